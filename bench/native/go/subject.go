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

// reader reads the slot or the balance with this number.
type reader func(db *state.StateDB, load load, index uint64) common.Hash

func readSlot(db *state.StateDB, load load, index uint64) common.Hash {
	key := keyOf(load, index)
	return db.GetState(key.address, key.slot)
}

func readBalance(db *state.StateDB, _ load, index uint64) common.Hash {
	return db.GetBalance(randomAddress(index)).Bytes32()
}

// loadedState has values of all slots, or accounts: it was made to read them.
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
