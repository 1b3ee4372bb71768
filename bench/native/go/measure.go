package main

import (
	"fmt"
	"log"
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

type workload interface {
	// Before each round and after it, not timed.
	prepare()
	run()
	restore()
	// Over the whole state, after a round and when it was restored.
	digest() uint64
}

// measure runs one round to check it, then those that count; prints the digest and what they took
// of the processor, the collector included.
func measure(work workload, load load) {
	work.prepare()
	work.run()
	changed := work.digest()
	work.restore()
	restored := work.digest()
	samples := make([]string, load.rounds)
	for round := range samples {
		work.prepare()
		start := processorNanoseconds()
		work.run()
		elapsed := processorNanoseconds() - start
		work.restore()
		samples[round] = fmt.Sprintf("%.3f", float64(elapsed)/float64(load.calls))
	}
	if work.digest() != restored {
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
