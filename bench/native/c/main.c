/*
 * The work of bench/groups/native-peers, done by forkstate through its C ABI. `local`: the state
 * was written; `fork`: it was fetched from a chain and is cached. The slots and values of each call
 * are made before, as the library takes them: bytes.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "forkstate.h"

/*
 * Keys and values by their number: words of splitmix64, the same in every program here, so that
 * digests can be compared. For little-endian machines, as the ABI is.
 */

enum Sequence { ADDRESSES = 1, SLOTS, VALUES, CHOICES, WRITTEN };

/* Big-endian bytes. */
typedef union {
    uint8_t bytes[32];
    uint64_t words[4];
} Word;

typedef struct {
    uint8_t address[20];
    Word slot;
} Key;

static inline uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* The output of splitmix64 with this number, from 0. */
static inline uint64_t random_word(enum Sequence sequence, uint64_t number)
{
    return mix((uint64_t)sequence + (number + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

static inline Word random_value(enum Sequence sequence, uint64_t number)
{
    Word value;
    for (uint64_t at = 0; at < 4; at++) {
        value.words[at] = __builtin_bswap64(random_word(sequence, 4 * number + at));
    }
    return value;
}

static inline Key random_key(uint64_t number, uint64_t accounts)
{
    Word address = random_value(ADDRESSES, number % accounts);
    Key key = {.slot = random_value(SLOTS, number)};
    memcpy(key.address, address.bytes, sizeof key.address);
    return key;
}

static inline uint64_t fold(uint64_t digest, const Word *value)
{
    for (int at = 0; at < 4; at++) digest = mix(digest ^ __builtin_bswap64(value->words[at]));
    return digest;
}

/* In one checkpoint. */
enum { WRITES = 10 };

/* Slots or accounts there are, accounts that slots belong to in turn, operations a round. */
typedef struct {
    uint64_t size, accounts, calls, rounds;
} Load;

/* What a state has: slots, or balances; without `set`, none of them at first. */
typedef struct {
    Word (*get)(uint32_t manager, const Key *);
    void (*set)(uint32_t manager, const Key *, const Word *);
} Kind;

typedef struct {
    Load load;
    int is_forked;
    const Kind *kind;
    uint32_t manager;
    /* For each call, or each write of it, in order. */
    Key *keys;
    Word *values;
    uint64_t count;
    uint64_t sum; /* Of what was read. */
    uint32_t *branches;
} Bench;

typedef struct {
    const char *name;
    const Kind *kind;
    uint64_t uses; /* Keys a call. */
    /* The first and the last are not timed. */
    void (*prepare)(Bench *), (*run)(Bench *), (*restore)(Bench *);
    uint64_t (*digest)(Bench *);
} Workload;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static void expect(int32_t result)
{
    int32_t status = result & STATE_MANAGER_STATUS_MASK;
    if (status == STATE_MANAGER_SUCCESS) return;
    fprintf(stderr, "status %" PRId32 "\n", status);
    exit(EXIT_FAILURE);
}

static void *allocate(uint64_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);
    if (memory == NULL) fail("out of memory");
    return memory;
}

static void create(Bench *bench)
{
    ManagerConfig config = {.seed = random_word(CHOICES, UINT64_MAX)};
    if (!bench->is_forked) {
        expect(state_manager_create(&config, &bench->manager));
        return;
    }
    ForkConfig fork_config = {
        .seed = config.seed, .max_entries = UINT32_MAX, .max_bytes = UINT64_C(1) << 40};
    uint32_t fork;
    expect(fork_backend_create(&fork_config, &fork));
    for (uint64_t number = 0; number < bench->load.size; number++) {
        Key key = random_key(number, bench->load.accounts);
        Word value = random_value(VALUES, number);
        expect(fork_backend_insert_storage(fork, 1, key.address, key.slot.bytes, value.bytes));
    }
    expect(state_manager_create_with_fork(&config, fork, &bench->manager));
}

static inline Word get_storage(uint32_t manager, const Key *key)
{
    Word value;
    expect(state_manager_get_storage_sync(manager, key->address, key->slot.bytes, value.bytes,
                                          NULL));
    return value;
}

static inline void set_storage(uint32_t manager, const Key *key, const Word *value)
{
    expect(state_manager_set_storage(manager, key->address, key->slot.bytes, value->bytes));
}

static inline Word get_balance(uint32_t manager, const Key *key)
{
    Word balance;
    expect(state_manager_get_balance_sync(manager, key->address, balance.bytes, NULL));
    return balance;
}

static inline void set_balance(uint32_t manager, const Key *key, const Word *balance)
{
    expect(state_manager_set_balance(manager, key->address, balance->bytes));
}

static const Kind slots = {get_storage, set_storage}, balances = {get_balance, set_balance};
static const Kind new_slots = {get_storage, NULL};

/* Keys that are there, values that are not. */
static void choose_keys(Bench *bench, uint64_t uses)
{
    bench->count = bench->load.calls * uses;
    bench->keys = allocate(bench->count, sizeof *bench->keys);
    bench->values = allocate(bench->count, sizeof *bench->values);
    bench->branches = allocate(bench->load.calls, sizeof *bench->branches);
    for (uint64_t at = 0; at < bench->count; at++) {
        uint64_t number = random_word(CHOICES, at) % bench->load.size;
        bench->keys[at] = random_key(number, bench->load.accounts);
        bench->values[at] = random_value(WRITTEN, at);
    }
}

static void fill(Bench *bench)
{
    create(bench);
    if (bench->is_forked || bench->kind->set == NULL) return;
    for (uint64_t number = 0; number < bench->load.size; number++) {
        Key key = random_key(number, bench->load.accounts);
        Word value = random_value(VALUES, number);
        bench->kind->set(bench->manager, &key, &value);
    }
}

static uint64_t digest_of(const Bench *bench, uint32_t manager, uint64_t digest)
{
    for (uint64_t number = 0; number < bench->load.size; number++) {
        Key key = random_key(number, bench->load.accounts);
        Word value = bench->kind->get(manager, &key);
        digest = fold(digest, &value);
    }
    return digest;
}

static uint64_t digest_all(Bench *bench) { return digest_of(bench, bench->manager, bench->sum); }

static uint64_t digest_reads(Bench *bench)
{
    return mix(digest_of(bench, bench->manager, 0) ^ bench->sum);
}

static void do_nothing(Bench *bench) { (void)bench; }
static void open_checkpoint(Bench *bench) { expect(state_manager_checkpoint(bench->manager)); }
static void revert(Bench *bench) { expect(state_manager_revert(bench->manager)); }

static void read_storage(Bench *bench)
{
    uint64_t sum = 0;
    for (uint64_t at = 0; at < bench->count; at++) {
        Word value = get_storage(bench->manager, &bench->keys[at]);
        sum += __builtin_bswap64(value.words[3]);
    }
    bench->sum = sum;
}

static void write_keys(Bench *bench, uint64_t first, uint64_t count)
{
    for (uint64_t at = first; at < first + count; at++) {
        set_storage(bench->manager, &bench->keys[at], &bench->values[at]);
    }
}

static void write_all(Bench *bench) { write_keys(bench, 0, bench->count); }

static void open_and_write(Bench *bench)
{
    open_checkpoint(bench);
    write_all(bench);
}

static void revert_scopes(Bench *bench)
{
    for (uint64_t call = 0; call < bench->load.calls; call++) {
        expect(state_manager_checkpoint(bench->manager));
        write_keys(bench, call * WRITES, WRITES);
        expect(state_manager_revert(bench->manager));
    }
}

static void commit_scopes(Bench *bench)
{
    for (uint64_t call = 0; call < bench->load.calls; call++) {
        expect(state_manager_checkpoint(bench->manager));
        write_keys(bench, call * WRITES, WRITES);
        expect(state_manager_commit(bench->manager));
    }
}

/* Begins with no slots, each call to write another. */
static void renew_and_open(Bench *bench)
{
    for (uint64_t at = 0; at < bench->count; at++) {
        bench->keys[at] = random_key(at, bench->load.accounts);
    }
    expect(state_manager_destroy(bench->manager));
    create(bench);
    open_checkpoint(bench);
}

static void read_balances(Bench *bench)
{
    uint64_t sum = 0;
    for (uint64_t at = 0; at < bench->count; at++) {
        Word balance = get_balance(bench->manager, &bench->keys[at]);
        sum += __builtin_bswap64(balance.words[3]);
    }
    bench->sum = sum;
}

static void write_balances(Bench *bench)
{
    for (uint64_t at = 0; at < bench->count; at++) {
        set_balance(bench->manager, &bench->keys[at], &bench->values[at]);
    }
}

static void branch(Bench *bench)
{
    for (uint64_t call = 0; call < bench->load.calls; call++) {
        expect(state_manager_branch(bench->manager, &bench->branches[call]));
    }
}

static void destroy_branches(Bench *bench)
{
    for (uint64_t call = 0; call < bench->load.calls; call++) {
        expect(state_manager_destroy(bench->branches[call]));
        bench->branches[call] = STATE_MANAGER_NULL_HANDLE;
    }
}

/* Of a branch, if there is one, that a write to its parent must not change. */
static uint64_t digest_branch(Bench *bench)
{
    uint32_t last = bench->branches[bench->load.calls - 1];
    if (last == STATE_MANAGER_NULL_HANDLE) return digest_all(bench);
    Key key = random_key(0, bench->load.accounts);
    Word value = random_value(VALUES, 0), other = random_value(WRITTEN, 0);
    set_storage(bench->manager, &key, &other);
    uint64_t digest = digest_of(bench, last, 0);
    set_storage(bench->manager, &key, &value);
    return digest;
}

static const Workload workloads[] = {
    {"storage-read", &slots, 1, do_nothing, read_storage, do_nothing, digest_reads},
    {"scope-revert", &slots, WRITES, open_checkpoint, revert_scopes, revert, digest_all},
    {"scope-commit", &slots, WRITES, open_checkpoint, commit_scopes, revert, digest_all},
    {"overwrite", &slots, 1, open_checkpoint, write_all, revert, digest_all},
    {"undo", &slots, 1, open_and_write, revert, do_nothing, digest_all},
    {"insert", &new_slots, 1, renew_and_open, write_all, do_nothing, digest_all},
    {"balance-read", &balances, 1, do_nothing, read_balances, do_nothing, digest_all},
    {"balance-write", &balances, 1, open_checkpoint, write_balances, revert, digest_all},
    {"branch", &slots, 1, do_nothing, branch, destroy_branches, digest_branch},
};

static int64_t processor_nanoseconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) fail("there is no clock");
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The first round is to check it and does not count. */
static void measure(const Workload *workload, Bench *bench)
{
    workload->prepare(bench);
    workload->run(bench);
    uint64_t changed = workload->digest(bench);
    workload->restore(bench);
    uint64_t restored = workload->digest(bench);
    printf("{\"digest\":\"%016" PRIx64 "%016" PRIx64 "\",\"nanoseconds\":[", changed, restored);
    for (uint64_t round = 0; round < bench->load.rounds; round++) {
        workload->prepare(bench);
        int64_t start = processor_nanoseconds();
        workload->run(bench);
        int64_t elapsed = processor_nanoseconds() - start;
        workload->restore(bench);
        printf("%s%.3f", round == 0 ? "" : ",", (double)elapsed / (double)bench->load.calls);
    }
    printf("]}\n");
    if (workload->digest(bench) != restored) fail("the state is not what it was");
}

int main(int count, char **words)
{
    if (count != 7) fail("forkstate-peer local|fork WORKLOAD SIZE ACCOUNTS CALLS ROUNDS");
    static const uint8_t expected[32] = FORKSTATE_ABI_HASH_BYTES;
    uint8_t found[32];
    expect(forkstate_abi_hash(found));
    if (memcmp(found, expected, sizeof found) != 0) fail("library and header do not fit");
    Bench bench = {.is_forked = strcmp(words[1], "fork") == 0};
    uint64_t *load[] = {
        &bench.load.size, &bench.load.accounts, &bench.load.calls, &bench.load.rounds};
    for (int at = 0; at < 4; at++) *load[at] = strtoull(words[3 + at], NULL, 10);
    for (size_t at = 0; at < sizeof workloads / sizeof *workloads; at++) {
        if (strcmp(workloads[at].name, words[2]) != 0) continue;
        bench.kind = workloads[at].kind;
        choose_keys(&bench, workloads[at].uses);
        fill(&bench);
        measure(&workloads[at], &bench);
        return EXIT_SUCCESS;
    }
    fail("there is no such workload");
}
