// The work of bench/groups/native-peers, done by geth's StateDB. All slots and accounts are loaded
// before. The slots and values of each call are made before, as geth takes them: bytes, and
// balances as 256-bit numbers.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Slots or accounts there are, accounts that slots belong to in turn, operations a round.
type load struct{ size, accounts, calls, rounds uint64 }

type workload struct {
	read reader
	uses uint64 // Keys a call.
	// The first and the last are not timed.
	prepare, run, restore func(*bench)
	digest                func(*bench) uint64
}

// The first round is to check it and does not count. The time includes the collector's.
func measure(work workload, load load) {
	b := newBench(load, work)
	work.prepare(b)
	work.run(b)
	changed := work.digest(b)
	work.restore(b)
	restored := work.digest(b)
	samples := make([]string, load.rounds)
	for round := range samples {
		work.prepare(b)
		start := processorNanoseconds()
		work.run(b)
		elapsed := processorNanoseconds() - start
		work.restore(b)
		samples[round] = fmt.Sprintf("%.3f", float64(elapsed)/float64(load.calls))
	}
	if work.digest(b) != restored {
		log.Fatal("the state is not what it was")
	}
	list := strings.Join(samples, ",")
	fmt.Printf("{\"digest\":\"%016x%016x\",\"nanoseconds\":[%s]}\n", changed, restored, list)
}

func processorNanoseconds() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		log.Fatal(err)
	}
	return now.Nano()
}

func main() {
	if len(os.Args) != 7 || os.Args[1] != "StateDB" {
		log.Fatal("geth-peer StateDB WORKLOAD SIZE ACCOUNTS CALLS ROUNDS")
	}
	var load load
	numbers := strings.Join(os.Args[3:], " ")
	_, err := fmt.Sscan(numbers, &load.size, &load.accounts, &load.calls, &load.rounds)
	work, isKnown := workloads[os.Args[2]]
	if err != nil || !isKnown {
		log.Fatalf("no such work: %v", os.Args[1:])
	}
	measure(work, load)
}
