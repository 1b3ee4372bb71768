package main

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
)

type storageReads struct {
	db   *state.StateDB
	load load
	keys []key
	sum  uint64
}

func newStorageReads(load load) *storageReads {
	return &storageReads{db: filledState(load), load: load, keys: chosenKeys(load, load.calls)}
}

func (*storageReads) prepare() {}
func (*storageReads) restore() {}

func (r *storageReads) run() {
	sum := uint64(0)
	for at := range r.keys {
		key := &r.keys[at]
		sum += lowWord(r.db.GetState(key.address, key.slot))
	}
	r.sum = sum
}

func (r *storageReads) digest() uint64 { return mix(storageDigest(r.db, r.load) ^ r.sum) }

type balanceReads struct {
	db        *state.StateDB
	load      load
	addresses []common.Address
	sum       uint64
}

func newBalanceReads(load load) *balanceReads {
	return &balanceReads{db: fundedState(load), load: load, addresses: chosenAddresses(load)}
}

func (*balanceReads) prepare() {}
func (*balanceReads) restore() {}

func (r *balanceReads) run() {
	sum := uint64(0)
	for _, address := range r.addresses {
		sum += r.db.GetBalance(address)[0]
	}
	r.sum = sum
}

func (r *balanceReads) digest() uint64 { return balanceDigest(r.db, r.load, r.sum) }

// chosenAddresses are accounts that are there, by chance: which one each call uses.
func chosenAddresses(load load) []common.Address {
	list := make([]common.Address, load.calls)
	for at, key := range chosenKeys(load, load.calls) {
		list[at] = key.address
	}
	return list
}
