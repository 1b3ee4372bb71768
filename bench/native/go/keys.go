package main

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
)

// Keys and values by their number, the same in every program: words of splitmix64.

// sequence is the seed of a sequence of words.
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

// randomWord is the output of splitmix64 with this number, from 0.
func randomWord(of sequence, number uint64) uint64 {
	return mix(uint64(of) + (number+1)*0x9e3779b97f4a7c15)
}

// putWords puts words of a sequence, big-endian.
func putWords(bytes []byte, of sequence, first uint64) {
	for at := 0; at < len(bytes); at += 8 {
		binary.BigEndian.PutUint64(bytes[at:], randomWord(of, first+uint64(at/8)))
	}
}

// randomValue is four words of a sequence.
func randomValue(of sequence, number uint64) (value common.Hash) {
	putWords(value[:], of, 4*number)
	return value
}

// randomAddress is the first 20 bytes of three words.
func randomAddress(number uint64) common.Address {
	var bytes [24]byte
	putWords(bytes[:], addresses, 3*number)
	return common.Address(bytes[:common.AddressLength])
}

// fold adds a value to a digest.
func fold(digest uint64, value common.Hash) uint64 {
	for at := 0; at < common.HashLength; at += 8 {
		digest = mix(digest ^ binary.BigEndian.Uint64(value[at:]))
	}
	return digest
}

// key is a slot and its account, as geth takes them.
type key struct {
	address common.Address
	slot    common.Hash
}

func keyOf(load load, index uint64) key {
	return key{randomAddress(index % load.accounts), randomValue(slots, index)}
}

// listOf makes as many, each from its number.
func listOf[Item any](count uint64, itemOf func(number uint64) Item) []Item {
	list := make([]Item, count)
	for at := range list {
		list[at] = itemOf(uint64(at))
	}
	return list
}
