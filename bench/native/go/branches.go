package main

import "github.com/ethereum/go-ethereum/core/state"

// branches are independent copies of a state.
type branches struct {
	db     *state.StateDB
	load   load
	copies []*state.StateDB
}

func (*branches) prepare()   {}
func (b *branches) restore() { b.copies = nil }

func (b *branches) run() {
	for range b.load.calls {
		b.copies = append(b.copies, b.db.Copy())
	}
}

// digest is of a copy, if there is one, that a write to its origin must not change.
func (b *branches) digest() uint64 {
	if len(b.copies) == 0 {
		return storageDigest(b.db, b.load)
	}
	first := keyOf(b.load, 0)
	snapshot := b.db.Snapshot()
	b.db.SetState(first.address, first.slot, randomValue(written, 0))
	digest := storageDigest(b.copies[len(b.copies)-1], b.load)
	b.db.RevertToSnapshot(snapshot)
	return digest
}
