package main

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
)

// Keys and values by their number, the same in every program: words of splitmix64.
type sequence uint64

const (
	addresses sequence = iota + 1
	slots
	values
	choices
	written
)

func mix(word uint64) uint64 {
	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9
	word = (word ^ (word >> 27)) * 0x94d049bb133111eb
	return word ^ (word >> 31)
}

func randomWord(of sequence, number uint64) uint64 {
	return mix(uint64(of) + (number+1)*0x9e3779b97f4a7c15)
}

func randomValue(of sequence, number uint64) (value common.Hash) {
	for at := range uint64(4) {
		binary.BigEndian.PutUint64(value[8*at:], randomWord(of, 4*number+at))
	}
	return value
}

func randomAddress(number uint64) common.Address {
	value := randomValue(addresses, number)
	return common.Address(value[:common.AddressLength])
}

func fold(digest uint64, value common.Hash) uint64 {
	for at := 0; at < common.HashLength; at += 8 {
		digest = mix(digest ^ binary.BigEndian.Uint64(value[at:]))
	}
	return digest
}

type key struct {
	address common.Address
	slot    common.Hash
}

func keyOf(load load, index uint64) key {
	return key{randomAddress(index % load.accounts), randomValue(slots, index)}
}
