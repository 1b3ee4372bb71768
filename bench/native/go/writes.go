package main

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
)

// scopeWrites is the number of writes in one checkpoint.
const scopeWrites = 10

// writes are journaled, one a call, all after one snapshot.
type writes struct {
	db     *state.StateDB
	load   load
	keys   []key
	values []common.Hash
	outer  int
}

func newWrites(load load, count uint64) *writes {
	return &writes{
		db:     filledState(load),
		load:   load,
		keys:   chosenKeys(load, count),
		values: writtenValues(count),
	}
}

func (w *writes) prepare() { w.outer = w.db.Snapshot() }
func (w *writes) restore() { w.db.RevertToSnapshot(w.outer) }
func (w *writes) run()     { w.write(0, len(w.keys)) }

func (w *writes) digest() uint64 { return storageDigest(w.db, w.load) }

func (w *writes) write(first, count int) {
	for at := first; at < first+count; at++ {
		w.db.SetState(w.keys[at].address, w.keys[at].slot, w.values[at])
	}
}

// undo reverts what writes wrote.
type undo struct{ *writes }

func (u undo) prepare() {
	u.writes.prepare()
	u.writes.run()
}
func (u undo) run()   { u.writes.restore() }
func (undo) restore() {}

// revertedScopes and committedScopes are snapshots with a few writes each, inside another one.
type revertedScopes struct{ *writes }

func (s revertedScopes) run() {
	for first := 0; first < len(s.keys); first += scopeWrites {
		snapshot := s.db.Snapshot()
		s.write(first, scopeWrites)
		s.db.RevertToSnapshot(snapshot)
	}
}

type committedScopes struct{ *writes }

func (s committedScopes) run() {
	for first := 0; first < len(s.keys); first += scopeWrites {
		s.db.Snapshot()
		s.write(first, scopeWrites)
	}
}

// inserts are writes of slots that are not there, each call another.
type inserts struct{ *writes }

func newInserts(load load) inserts {
	work := &writes{load: load, values: writtenValues(load.calls), keys: make([]key, load.calls)}
	for index := range work.keys {
		work.keys[index] = keyOf(load, uint64(index))
	}
	return inserts{work}
}

func (i inserts) prepare() {
	i.db = newState(new(chain))
	i.writes.prepare()
}
func (inserts) restore() {}

// balanceWrites are journaled, all after one snapshot.
type balanceWrites struct {
	*balanceReads
	balances []uint256.Int
	outer    int
}

func newBalanceWrites(load load) *balanceWrites {
	balances := make([]uint256.Int, load.calls)
	for at, value := range writtenValues(load.calls) {
		balances[at].SetBytes32(value[:])
	}
	return &balanceWrites{balanceReads: newBalanceReads(load), balances: balances}
}

func (w *balanceWrites) prepare() { w.outer = w.db.Snapshot() }
func (w *balanceWrites) restore() { w.db.RevertToSnapshot(w.outer) }

func (w *balanceWrites) run() {
	for at, address := range w.addresses {
		w.db.SetBalance(address, &w.balances[at], tracing.BalanceChangeUnspecified)
	}
}
