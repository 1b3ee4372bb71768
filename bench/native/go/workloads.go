package main

import (
	"encoding/binary"
	"log"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
)

// scopeWrites is the number of writes in one checkpoint.
const scopeWrites = 10

func nothing() {}

func workloadOf(name string, load load) workload {
	switch name {
	case "storage-read":
		return storageReads(load)
	case "balance-read":
		return balances(load).reads()
	case "balance-write":
		return balances(load).writes()
	case "scope-revert", "scope-commit":
		return scopes(load, name == "scope-revert")
	case "overwrite":
		return newWrites(load, load.calls).workload()
	case "undo":
		return undo(newWrites(load, load.calls).workload())
	case "insert":
		return inserts(load)
	case "branch":
		return branches(load)
	}
	log.Fatalf("there is no %s", name)
	panic(name)
}

// chosenKeys are keys that are there, by chance: which one each call, or each write of it, uses.
func chosenKeys(load load, count uint64) []key {
	return listOf(count, func(at uint64) key { return keyOf(load, randomWord(choices, at)%load.size) })
}

// writtenValues are values that are not there, for as many writes.
func writtenValues(count uint64) []common.Hash {
	return listOf(count, func(at uint64) common.Hash { return randomValue(written, at) })
}

func storageReads(load load) workload {
	db, digest := storageOf(load)
	keys := chosenKeys(load, load.calls)
	var total uint64
	run := func() {
		sum := uint64(0)
		for at := range keys {
			value := db.GetState(keys[at].address, keys[at].slot)
			sum += binary.BigEndian.Uint64(value[24:])
		}
		total = sum
	}
	return workload{nothing, run, nothing, func() uint64 { return mix(digest() ^ total) }}
}

// writes are journaled, one a call, all after one snapshot.
type writes struct {
	load   load
	db     *state.StateDB
	keys   []key
	values []common.Hash
	outer  int
}

func newWrites(load load, count uint64) *writes {
	db, _ := storageOf(load)
	return &writes{load: load, db: db, keys: chosenKeys(load, count), values: writtenValues(count)}
}

func (w *writes) workload() workload {
	return workload{w.prepare, func() { w.write(0, len(w.keys)) }, w.restore, w.digest}
}

func (w *writes) prepare()       { w.outer = w.db.Snapshot() }
func (w *writes) restore()       { w.db.RevertToSnapshot(w.outer) }
func (w *writes) digest() uint64 { return storageDigest(w.db, w.load) }

func (w *writes) write(first, count int) {
	for at := first; at < first+count; at++ {
		w.db.SetState(w.keys[at].address, w.keys[at].slot, w.values[at])
	}
}

// undo reverts what writes wrote.
func undo(writes workload) workload {
	prepare := func() {
		writes.prepare()
		writes.run()
	}
	return workload{prepare, writes.restore, nothing, writes.digest}
}

// scopes are snapshots with a few writes each, inside another one; to commit is to do nothing.
func scopes(load load, areReverted bool) workload {
	w := newWrites(load, load.calls*scopeWrites)
	work := w.workload()
	work.run = func() {
		for first := 0; first < len(w.keys); first += scopeWrites {
			snapshot := w.db.Snapshot()
			w.write(first, scopeWrites)
			if areReverted {
				w.db.RevertToSnapshot(snapshot)
			}
		}
	}
	return work
}

// inserts are writes of slots that are not there, each call another.
func inserts(load load) workload {
	keys := listOf(load.calls, func(at uint64) key { return keyOf(load, at) })
	w := &writes{load: load, keys: keys, values: writtenValues(load.calls)}
	work := w.workload()
	work.prepare = func() {
		w.db = newState(0, nil)
		w.prepare()
	}
	work.restore = nothing
	return work
}

// accounts have balances, some of which are read or written in each round.
type accounts struct {
	load      load
	db        *state.StateDB
	addresses []common.Address
	sum       uint64
}

func balances(load load) *accounts {
	addressAt := func(at uint64) common.Address {
		return randomAddress(randomWord(choices, at) % load.size % load.accounts)
	}
	return &accounts{load: load, db: balancesOf(load), addresses: listOf(load.calls, addressAt)}
}

func (a *accounts) digest() uint64 { return balanceDigest(a.db, a.load, a.sum) }

func (a *accounts) reads() workload {
	run := func() {
		sum := uint64(0)
		for _, address := range a.addresses {
			sum += a.db.GetBalance(address)[0]
		}
		a.sum = sum
	}
	return workload{nothing, run, nothing, a.digest}
}

// writes are journaled, all after one snapshot.
func (a *accounts) writes() workload {
	balances := listOf(a.load.calls, func(at uint64) uint256.Int {
		value := randomValue(written, at)
		return *new(uint256.Int).SetBytes32(value[:])
	})
	outer := 0
	run := func() {
		for at, address := range a.addresses {
			a.db.SetBalance(address, &balances[at], tracing.BalanceChangeUnspecified)
		}
	}
	restore := func() { a.db.RevertToSnapshot(outer) }
	return workload{func() { outer = a.db.Snapshot() }, run, restore, a.digest}
}

// branches are independent copies of a state. The digest is of one, if there is one, that a write
// to its origin must not change.
func branches(load load) workload {
	db, digest := storageOf(load)
	var copies []*state.StateDB
	run := func() {
		for range load.calls {
			copies = append(copies, db.Copy())
		}
	}
	digestCopy := func() uint64 {
		if len(copies) == 0 {
			return digest()
		}
		first := keyOf(load, 0)
		snapshot := db.Snapshot()
		db.SetState(first.address, first.slot, randomValue(written, 0))
		defer db.RevertToSnapshot(snapshot)
		return storageDigest(copies[len(copies)-1], load)
	}
	return workload{nothing, run, func() { copies = nil }, digestCopy}
}
