package main

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
)

// scopeWrites is the number of writes in one checkpoint.
const scopeWrites = 10

func nothing() {}

var workloads = map[string]func(load) workload{
	"storage-read":  storageReads,
	"balance-read":  balanceReads,
	"balance-write": balanceWrites,
	"scope-revert":  func(load load) workload { return scopes(load, true) },
	"scope-commit":  func(load load) workload { return scopes(load, false) },
	"overwrite":     overwrites,
	"undo":          undo,
	"insert":        inserts,
	"branch":        branches,
}

// chosenKey is one that is there, by chance: what a call, or a write of it, uses.
func chosenKey(load load, at uint64) key {
	return keyOf(load, randomWord(choices, at)%load.size)
}

func chosenKeys(load load, count uint64) []key {
	return listOf(count, func(at uint64) key { return chosenKey(load, at) })
}

func chosenAddresses(load load) []common.Address {
	return listOf(load.calls, func(at uint64) common.Address { return chosenKey(load, at).address })
}

// writtenValues are values that are not there, for as many writes.
func writtenValues(count uint64) []common.Hash {
	return listOf(count, func(at uint64) common.Hash { return randomValue(written, at) })
}

func storageReads(load load) workload {
	db := loadedState(load, readSlot)
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
	digest := func() uint64 { return mix(digestOf(db, load, readSlot, 0) ^ total) }
	return workload{nothing, run, nothing, digest}
}

func balanceReads(load load) workload {
	db := loadedState(load, readBalance)
	addresses := chosenAddresses(load)
	var total uint64
	run := func() {
		sum := uint64(0)
		for _, address := range addresses {
			sum += db.GetBalance(address)[0]
		}
		total = sum
	}
	digest := func() uint64 { return digestOf(db, load, readBalance, total) }
	return workload{nothing, run, nothing, digest}
}

// checkpointed is a state that is written to after a snapshot.
type checkpointed struct {
	load  load
	read  reader
	db    *state.StateDB
	outer int
}

func (c *checkpointed) open()          { c.outer = c.db.Snapshot() }
func (c *checkpointed) revert()        { c.db.RevertToSnapshot(c.outer) }
func (c *checkpointed) digest() uint64 { return digestOf(c.db, c.load, c.read, 0) }

func (c *checkpointed) workload(run func()) workload {
	return workload{c.open, run, c.revert, c.digest}
}

// balanceWrites are one a call.
func balanceWrites(load load) workload {
	c := checkpointed{load: load, read: readBalance, db: loadedState(load, readBalance)}
	addresses := chosenAddresses(load)
	balances := listOf(load.calls, func(at uint64) uint256.Int {
		value := randomValue(written, at)
		return *new(uint256.Int).SetBytes32(value[:])
	})
	return c.workload(func() {
		for at, address := range addresses {
			c.db.SetBalance(address, &balances[at], tracing.BalanceChangeUnspecified)
		}
	})
}

// writes are of slots.
type writes struct {
	checkpointed
	keys   []key
	values []common.Hash
}

func newWrites(load load, count uint64) *writes {
	c := checkpointed{load: load, read: readSlot, db: loadedState(load, readSlot)}
	return &writes{c, chosenKeys(load, count), writtenValues(count)}
}

func (w *writes) write(first, count int) {
	for at := first; at < first+count; at++ {
		w.db.SetState(w.keys[at].address, w.keys[at].slot, w.values[at])
	}
}

func (w *writes) writeAll() { w.write(0, len(w.keys)) }

func overwrites(load load) workload {
	w := newWrites(load, load.calls)
	return w.workload(w.writeAll)
}

// undo reverts what overwrites wrote.
func undo(load load) workload {
	w := newWrites(load, load.calls)
	prepare := func() {
		w.open()
		w.writeAll()
	}
	return workload{prepare, w.revert, nothing, w.digest}
}

// scopes are snapshots with a few writes each, inside another one; to commit is to do nothing.
func scopes(load load, areReverted bool) workload {
	w := newWrites(load, load.calls*scopeWrites)
	return w.workload(func() {
		for first := 0; first < len(w.keys); first += scopeWrites {
			snapshot := w.db.Snapshot()
			w.write(first, scopeWrites)
			if areReverted {
				w.db.RevertToSnapshot(snapshot)
			}
		}
	})
}

// inserts are writes of slots that are not there, each call another.
func inserts(load load) workload {
	keys := listOf(load.calls, func(at uint64) key { return keyOf(load, at) })
	c := checkpointed{load: load, read: readSlot}
	w := &writes{c, keys, writtenValues(load.calls)}
	prepare := func() {
		w.db = newState(new(chain))
		w.open()
	}
	return workload{prepare, w.writeAll, nothing, w.digest}
}

// branches are independent copies of a state. The digest is of one, if there is one, that a write
// to its origin must not change.
func branches(load load) workload {
	db := loadedState(load, readSlot)
	var copies []*state.StateDB
	run := func() {
		for range load.calls {
			copies = append(copies, db.Copy())
		}
	}
	digest := func() uint64 {
		if len(copies) == 0 {
			return digestOf(db, load, readSlot, 0)
		}
		first := keyOf(load, 0)
		snapshot := db.Snapshot()
		db.SetState(first.address, first.slot, randomValue(written, 0))
		defer db.RevertToSnapshot(snapshot)
		return digestOf(copies[len(copies)-1], load, readSlot, 0)
	}
	return workload{nothing, run, func() { copies = nil }, digest}
}
