// The work of bench/groups/native-peers.ts, done by geth's StateDB.
//
//	geth-peer StateDB WORKLOAD SIZE ACCOUNTS CALLS ROUNDS
//
// All slots and accounts are loaded before. The slots and values of each call are made before, as
// geth takes them: bytes, and balances as 256-bit numbers.
package main

import (
	"log"
	"os"
	"strconv"
)

func workloadOf(name string, load load) workload {
	switch name {
	case "storage-read":
		return newStorageReads(load)
	case "balance-read":
		return newBalanceReads(load)
	case "balance-write":
		return newBalanceWrites(load)
	case "scope-revert":
		return revertedScopes{newWrites(load, load.calls*scopeWrites)}
	case "scope-commit":
		return committedScopes{newWrites(load, load.calls*scopeWrites)}
	case "overwrite":
		return newWrites(load, load.calls)
	case "undo":
		return undo{newWrites(load, load.calls)}
	case "insert":
		return newInserts(load)
	case "branch":
		return &branches{db: filledState(load), load: load}
	}
	log.Fatalf("there is no %s", name)
	return nil
}

func main() {
	if len(os.Args) != 7 || os.Args[1] != "StateDB" {
		log.Fatal("geth-peer StateDB WORKLOAD SIZE ACCOUNTS CALLS ROUNDS")
	}
	var numbers [4]uint64
	for at, word := range os.Args[3:] {
		number, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			log.Fatal(err)
		}
		numbers[at] = number
	}
	load := load{size: numbers[0], accounts: numbers[1], calls: numbers[2], rounds: numbers[3]}
	measure(workloadOf(os.Args[2], load), load)
}
