// The work of bench/groups/native-peers, done by geth's StateDB.
//
//	geth-peer StateDB WORKLOAD SIZE ACCOUNTS CALLS ROUNDS
//
// All slots and accounts are loaded before. The slots and values of each call are made before, as
// geth takes them: bytes, and balances as 256-bit numbers.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// load is how much is done.
type load struct {
	// Slots or accounts there are.
	size uint64
	// Accounts that the slots belong to in turn.
	accounts uint64
	// Operations a round.
	calls  uint64
	rounds uint64
}

// workload is what is timed, and what is done before each round and after it.
type workload struct {
	read reader
	// Keys that one call uses.
	uses    uint64
	prepare func(*bench)
	run     func(*bench)
	restore func(*bench)
	// Over the whole state, after a round and when it was restored.
	digest func(*bench) uint64
}

// measure runs one round to check it, then those that count; prints the digest and what they took
// of the processor, the collector included.
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
