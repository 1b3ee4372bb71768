package main

import (
	"log"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// chain answers what is read below a state: the account or value that is just being loaded.
type chain struct {
	balance uint256.Int
	value   common.Hash
}

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
	account.Balance = c.balance.Clone()
	return account, nil
}

func newState(below *chain) *state.StateDB {
	db, err := state.NewWithReader(types.EmptyRootHash, state.NewDatabaseForTesting(), below)
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// filledState has loaded the slots, all of them.
func filledState(load load) *state.StateDB {
	below := new(chain)
	db := newState(below)
	for index := range load.size {
		key := keyOf(load, index)
		below.value = randomValue(values, index)
		db.GetState(key.address, key.slot)
	}
	below.value = common.Hash{}
	return db
}

// fundedState has loaded the accounts, all of them.
func fundedState(load load) *state.StateDB {
	below := new(chain)
	db := newState(below)
	for index := range load.size {
		balance := randomValue(values, index)
		below.balance.SetBytes32(balance[:])
		db.GetBalance(randomAddress(index))
	}
	return db
}

func storageDigest(db *state.StateDB, load load) uint64 {
	digest := uint64(0)
	for index := range load.size {
		key := keyOf(load, index)
		digest = fold(digest, db.GetState(key.address, key.slot))
	}
	return digest
}

func balanceDigest(db *state.StateDB, load load, sum uint64) uint64 {
	digest := sum
	for index := range load.size {
		digest = fold(digest, db.GetBalance(randomAddress(index)).Bytes32())
	}
	return digest
}
