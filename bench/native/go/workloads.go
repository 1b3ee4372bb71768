package main

import (
	"encoding/binary"
	"log"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// In one checkpoint.
const scopeWrites = 10

var workloads = map[string]workload{
	"storage-read":  {readSlot, 1, nothing, readStorage, nothing, digestReads},
	"scope-revert":  {readSlot, scopeWrites, open, revertScopes, revert, digest},
	"scope-commit":  {readSlot, scopeWrites, open, commitScopes, revert, digest},
	"overwrite":     {readSlot, 1, open, writeAll, revert, digest},
	"undo":          {readSlot, 1, openAndWrite, revert, nothing, digest},
	"insert":        {readSlot, 1, renewAndOpen, writeAll, nothing, digest},
	"balance-read":  {readBalance, 1, nothing, readBalances, nothing, digest},
	"balance-write": {readBalance, 1, open, writeBalances, revert, digest},
	"branch":        {readSlot, 1, nothing, branch, dropBranches, digestBranch},
}

// chain is below a state: its value is that of the slot, or the balance, that is being loaded.
type chain struct{ value common.Hash }

func (*chain) Has(common.Address, common.Hash) bool     { return false }
func (*chain) Code(common.Address, common.Hash) []byte  { return nil }
func (*chain) CodeSize(common.Address, common.Hash) int { return 0 }

func (c *chain) Storage(common.Address, common.Hash) (common.Hash, error) { return c.value, nil }

// Account gives one that is not empty, so that it stays.
func (c *chain) Account(common.Address) (*types.StateAccount, error) {
	account := types.NewEmptyStateAccount()
	account.Nonce = 1
	account.Balance = new(uint256.Int).SetBytes32(c.value[:])
	return account, nil
}

type reader func(db *state.StateDB, load load, index uint64) common.Hash

func readSlot(db *state.StateDB, load load, index uint64) common.Hash {
	key := keyOf(load, index)
	return db.GetState(key.address, key.slot)
}

func readBalance(db *state.StateDB, _ load, index uint64) common.Hash {
	return db.GetBalance(randomAddress(index)).Bytes32()
}

func loadedState(load load, read reader) *state.StateDB {
	below := new(chain)
	db, err := state.NewWithReader(types.EmptyRootHash, state.NewDatabaseForTesting(), below)
	if err != nil {
		log.Fatal(err)
	}
	for index := range load.size {
		below.value = randomValue(values, index)
		read(db, load, index)
	}
	below.value = common.Hash{}
	return db
}

type bench struct {
	load load
	db   *state.StateDB
	read reader
	// For each call, or each write of it, in order: keys that are there, values that are not.
	keys     []key
	values   []common.Hash
	balances []uint256.Int
	outer    int    // The snapshot around what is written.
	sum      uint64 // Of what was read.
	branches []*state.StateDB
}

func newBench(load load, work workload) *bench {
	b := &bench{load: load, db: loadedState(load, work.read), read: work.read}
	count := load.calls * work.uses
	b.keys, b.values = make([]key, count), make([]common.Hash, count)
	b.balances = make([]uint256.Int, count)
	for at := range count {
		b.keys[at] = keyOf(load, randomWord(choices, at)%load.size)
		b.values[at] = randomValue(written, at)
		b.balances[at].SetBytes32(b.values[at][:])
	}
	return b
}

func digestOf(b *bench, db *state.StateDB, digest uint64) uint64 {
	for index := range b.load.size {
		digest = fold(digest, b.read(db, b.load, index))
	}
	return digest
}

func digest(b *bench) uint64      { return digestOf(b, b.db, b.sum) }
func digestReads(b *bench) uint64 { return mix(digestOf(b, b.db, 0) ^ b.sum) }

func nothing(*bench)  {}
func open(b *bench)   { b.outer = b.db.Snapshot() }
func revert(b *bench) { b.db.RevertToSnapshot(b.outer) }

func readStorage(b *bench) {
	sum := uint64(0)
	for at := range b.keys {
		value := b.db.GetState(b.keys[at].address, b.keys[at].slot)
		sum += binary.BigEndian.Uint64(value[24:])
	}
	b.sum = sum
}

func write(b *bench, first, count int) {
	for at := first; at < first+count; at++ {
		b.db.SetState(b.keys[at].address, b.keys[at].slot, b.values[at])
	}
}

func writeAll(b *bench) { write(b, 0, len(b.keys)) }

func openAndWrite(b *bench) {
	open(b)
	writeAll(b)
}

func revertScopes(b *bench) {
	for first := 0; first < len(b.keys); first += scopeWrites {
		snapshot := b.db.Snapshot()
		write(b, first, scopeWrites)
		b.db.RevertToSnapshot(snapshot)
	}
}

// commitScopes has nothing to do to commit.
func commitScopes(b *bench) {
	for first := 0; first < len(b.keys); first += scopeWrites {
		b.db.Snapshot()
		write(b, first, scopeWrites)
	}
}

// renewAndOpen begins with no slots, each call to write another.
func renewAndOpen(b *bench) {
	for at := range b.keys {
		b.keys[at] = keyOf(b.load, uint64(at))
	}
	b.db = loadedState(load{}, b.read)
	open(b)
}

func readBalances(b *bench) {
	sum := uint64(0)
	for at := range b.keys {
		sum += b.db.GetBalance(b.keys[at].address)[0]
	}
	b.sum = sum
}

func writeBalances(b *bench) {
	for at := range b.keys {
		b.db.SetBalance(b.keys[at].address, &b.balances[at], tracing.BalanceChangeUnspecified)
	}
}

func branch(b *bench) {
	for range b.load.calls {
		b.branches = append(b.branches, b.db.Copy())
	}
}

func dropBranches(b *bench) { b.branches = nil }

// digestBranch is of a branch, if there is one, that a write to its origin must not change.
func digestBranch(b *bench) uint64 {
	if len(b.branches) == 0 {
		return digest(b)
	}
	first := keyOf(b.load, 0)
	open(b)
	b.db.SetState(first.address, first.slot, randomValue(written, 0))
	defer revert(b)
	return digestOf(b, b.branches[len(b.branches)-1], 0)
}
