/* Rounds of a workload, timed with the processor time of this process. */

#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "keys.h"

/* How much is done. */
typedef struct {
    /* Slots or accounts there are. */
    uint64_t size;
    /* Accounts that the slots belong to in turn. */
    uint64_t accounts;
    /* Operations a round. */
    uint64_t calls;
    uint64_t rounds;
} Load;

typedef struct Bench Bench;

/* What a state has: slots, or balances. */
typedef struct {
    Word (*get)(uint32_t manager, const Key *);
    void (*set)(uint32_t manager, const Key *, const Word *);
} Kind;

typedef struct {
    const char *name;
    const Kind *kind;
    /* Keys that one call uses. */
    uint64_t uses;
    /* Before each round and after it, not timed. */
    void (*prepare)(Bench *);
    void (*run)(Bench *);
    void (*restore)(Bench *);
    /* Over the whole state, after a round and when it was restored. */
    uint64_t (*digest)(Bench *);
} Workload;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static int64_t processor_nanoseconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) fail("there is no clock");
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Runs one round to check it, then those that count; prints the digest and what they took. */
static void measure(const Workload *workload, Bench *bench, const Load *load)
{
    workload->prepare(bench);
    workload->run(bench);
    uint64_t changed = workload->digest(bench);
    workload->restore(bench);
    uint64_t restored = workload->digest(bench);
    printf("{\"digest\":\"%016" PRIx64 "%016" PRIx64 "\",\"nanoseconds\":[", changed, restored);
    for (uint64_t round = 0; round < load->rounds; round++) {
        workload->prepare(bench);
        int64_t start = processor_nanoseconds();
        workload->run(bench);
        int64_t elapsed = processor_nanoseconds() - start;
        workload->restore(bench);
        printf("%s%.3f", round == 0 ? "" : ",", (double)elapsed / (double)load->calls);
    }
    printf("]}\n");
    if (workload->digest(bench) != restored) fail("the state is not what it was");
}
