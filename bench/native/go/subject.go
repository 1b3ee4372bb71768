package main

import (
	"log"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// chain answers what is read below a state: the value or balance that is just being loaded.
type chain struct{ value common.Hash }

func (*chain) Has(common.Address, common.Hash) bool     { return false }
func (*chain) Code(common.Address, common.Hash) []byte  { return nil }
func (*chain) CodeSize(common.Address, common.Hash) int { return 0 }

func (c *chain) Storage(common.Address, common.Hash) (common.Hash, error) {
	return c.value, nil
}

// Account gives one that is not empty, so that it stays.
func (c *chain) Account(common.Address) (*types.StateAccount, error) {
	account := types.NewEmptyStateAccount()
	account.Nonce = 1
	account.Balance = new(uint256.Int).SetBytes32(c.value[:])
	return account, nil
}

// newState has loaded as much as it is made to read, once for each value there is.
func newState(size uint64, read func(db *state.StateDB, index uint64)) *state.StateDB {
	below := new(chain)
	db, err := state.NewWithReader(types.EmptyRootHash, state.NewDatabaseForTesting(), below)
	if err != nil {
		log.Fatal(err)
	}
	for index := range size {
		below.value = randomValue(values, index)
		read(db, index)
	}
	below.value = common.Hash{}
	return db
}

// storageOf is a state with the slots and how they are digested, balancesOf one with the accounts.
func storageOf(load load) (*state.StateDB, func() uint64) {
	db := newState(load.size, func(db *state.StateDB, index uint64) {
		key := keyOf(load, index)
		db.GetState(key.address, key.slot)
	})
	return db, func() uint64 { return storageDigest(db, load) }
}

func balancesOf(load load) *state.StateDB {
	return newState(load.size, func(db *state.StateDB, index uint64) {
		db.GetBalance(randomAddress(index))
	})
}

func storageDigest(db *state.StateDB, load load) (digest uint64) {
	for index := range load.size {
		key := keyOf(load, index)
		digest = fold(digest, db.GetState(key.address, key.slot))
	}
	return digest
}

func balanceDigest(db *state.StateDB, load load, digest uint64) uint64 {
	for index := range load.size {
		digest = fold(digest, db.GetBalance(randomAddress(index)).Bytes32())
	}
	return digest
}
