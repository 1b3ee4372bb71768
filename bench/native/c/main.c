/*
 * The work of bench/groups/native-peers, done by the native library of forkstate through its C
 * ABI, as a program that is linked to it does it.
 *
 *     forkstate-peer local|fork WORKLOAD SIZE ACCOUNTS CALLS ROUNDS
 *
 * `local`: the state was written; `fork`: it was fetched from a chain and is cached. The slots and
 * values of each call are made before, as the library takes them: bytes.
 */

#include "forkstate.h"
#include "measure.h"

enum { WRITES = 10 };

typedef struct {
    Address address;
    Word slot;
} Key;

struct Bench {
    Load load;
    int is_forked;
    uint32_t manager;
    /* The key that each call, or each write of it, uses, in order; and what it writes. */
    Key *keys;
    Word *values;
    uint64_t count;
    uint64_t sum;
    uint32_t *branches;
};

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

/* The state. */

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
    for (uint64_t index = 0; index < bench->load.size; index++) {
        Address address = random_address(index % bench->load.accounts);
        Word slot = random_value(SLOTS, index), value = random_value(VALUES, index);
        expect(fork_backend_insert_storage(fork, 1, address.bytes, slot.bytes, value.bytes));
    }
    expect(state_manager_create_with_fork(&config, fork, &bench->manager));
}

static Key key_of(const Bench *bench, uint64_t index)
{
    return (Key){random_address(index % bench->load.accounts), random_value(SLOTS, index)};
}

/* `writes` keys that are there, by chance, and values that are not. */
static void choose_keys(Bench *bench, uint64_t writes)
{
    bench->count = bench->load.calls * writes;
    bench->keys = allocate(bench->count, sizeof *bench->keys);
    bench->values = allocate(bench->count, sizeof *bench->values);
    for (uint64_t at = 0; at < bench->count; at++) {
        bench->keys[at] = key_of(bench, random_word(CHOICES, at) % bench->load.size);
        bench->values[at] = random_value(WRITTEN, at);
    }
}

static void fill_storage(Bench *bench)
{
    create(bench);
    if (bench->is_forked) return;
    for (uint64_t index = 0; index < bench->load.size; index++) {
        Key key = key_of(bench, index);
        Word value = random_value(VALUES, index);
        expect(state_manager_set_storage(bench->manager, key.address.bytes, key.slot.bytes,
                                         value.bytes));
    }
}

static uint64_t digest_of(const Bench *bench, uint32_t manager)
{
    uint64_t digest = 0;
    for (uint64_t index = 0; index < bench->load.size; index++) {
        Key key = key_of(bench, index);
        Word value;
        expect(state_manager_get_storage_sync(manager, key.address.bytes, key.slot.bytes,
                                              value.bytes, NULL));
        digest = fold(digest, &value);
    }
    return digest;
}

static uint64_t digest_storage(Bench *bench)
{
    return digest_of(bench, bench->manager);
}

static void do_nothing(Bench *bench)
{
    (void)bench;
}

/* Reads. */

static void setup_reads(Bench *bench)
{
    fill_storage(bench);
    choose_keys(bench, 1);
}

static void read_storage(Bench *bench)
{
    uint64_t sum = 0;
    for (uint64_t at = 0; at < bench->count; at++) {
        Word value;
        const Key *key = &bench->keys[at];
        expect(state_manager_get_storage_sync(bench->manager, key->address.bytes, key->slot.bytes,
                                              value.bytes, NULL));
        sum += load_big_endian(value.bytes + 24);
    }
    bench->sum = sum;
}

static uint64_t digest_reads(Bench *bench)
{
    return mix(digest_storage(bench) ^ bench->sum);
}

/* Journaled writes. */

static void setup_scopes(Bench *bench)
{
    fill_storage(bench);
    choose_keys(bench, WRITES);
}

static void write_keys(Bench *bench, uint64_t first, uint64_t count)
{
    for (uint64_t at = first; at < first + count; at++) {
        const Key *key = &bench->keys[at];
        expect(state_manager_set_storage(bench->manager, key->address.bytes, key->slot.bytes,
                                         bench->values[at].bytes));
    }
}

static void open_checkpoint(Bench *bench)
{
    expect(state_manager_checkpoint(bench->manager));
}

static void revert(Bench *bench)
{
    expect(state_manager_revert(bench->manager));
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

static void write_all(Bench *bench)
{
    write_keys(bench, 0, bench->count);
}

static void open_and_write(Bench *bench)
{
    open_checkpoint(bench);
    write_all(bench);
}

/* Writes of slots that are not there, each call another. */

static void setup_inserts(Bench *bench)
{
    choose_keys(bench, 1);
    for (uint64_t at = 0; at < bench->count; at++) bench->keys[at] = key_of(bench, at);
    create(bench);
}

static void renew_and_open(Bench *bench)
{
    expect(state_manager_destroy(bench->manager));
    create(bench);
    open_checkpoint(bench);
}

/* Balances. */

static void setup_balances(Bench *bench)
{
    create(bench);
    choose_keys(bench, 1);
    for (uint64_t index = 0; index < bench->load.size; index++) {
        Address address = random_address(index);
        Word balance = random_value(VALUES, index);
        expect(state_manager_set_balance(bench->manager, address.bytes, balance.bytes));
    }
}

static void read_balances(Bench *bench)
{
    uint64_t sum = 0;
    for (uint64_t at = 0; at < bench->count; at++) {
        Word balance;
        expect(state_manager_get_balance_sync(bench->manager, bench->keys[at].address.bytes,
                                              balance.bytes, NULL));
        sum += load_big_endian(balance.bytes + 24);
    }
    bench->sum = sum;
}

static void write_balances(Bench *bench)
{
    for (uint64_t at = 0; at < bench->count; at++) {
        expect(state_manager_set_balance(bench->manager, bench->keys[at].address.bytes,
                                         bench->values[at].bytes));
    }
}

static uint64_t digest_balances(Bench *bench)
{
    uint64_t digest = bench->sum;
    for (uint64_t index = 0; index < bench->load.size; index++) {
        Address address = random_address(index);
        Word balance;
        expect(state_manager_get_balance_sync(bench->manager, address.bytes, balance.bytes, NULL));
        digest = fold(digest, &balance);
    }
    return digest;
}

/* Branches. */

static void setup_branches(Bench *bench)
{
    fill_storage(bench);
    bench->branches = allocate(bench->load.calls, sizeof *bench->branches);
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
    if (last == STATE_MANAGER_NULL_HANDLE) return digest_storage(bench);
    Key key = key_of(bench, 0);
    Word value = random_value(VALUES, 0), other = random_value(WRITTEN, 0);
    expect(state_manager_set_storage(bench->manager, key.address.bytes, key.slot.bytes,
                                     other.bytes));
    uint64_t digest = digest_of(bench, last);
    expect(state_manager_set_storage(bench->manager, key.address.bytes, key.slot.bytes,
                                     value.bytes));
    return digest;
}

static const Workload workloads[] = {
    {"storage-read", setup_reads, do_nothing, read_storage, do_nothing, digest_reads},
    {"scope-revert", setup_scopes, open_checkpoint, revert_scopes, revert, digest_storage},
    {"scope-commit", setup_scopes, open_checkpoint, commit_scopes, revert, digest_storage},
    {"overwrite", setup_reads, open_checkpoint, write_all, revert, digest_storage},
    {"undo", setup_reads, open_and_write, revert, do_nothing, digest_storage},
    {"insert", setup_inserts, renew_and_open, write_all, do_nothing, digest_storage},
    {"balance-read", setup_balances, do_nothing, read_balances, do_nothing, digest_balances},
    {"balance-write", setup_balances, open_checkpoint, write_balances, revert, digest_balances},
    {"branch", setup_branches, do_nothing, branch, destroy_branches, digest_branch},
};

static void check_library(void)
{
    static const uint8_t expected[32] = FORKSTATE_ABI_HASH_BYTES;
    uint8_t found[32];
    expect(forkstate_abi_hash(found));
    if (memcmp(found, expected, sizeof found) != 0) fail("library and header do not fit");
}

int main(int count, char **words)
{
    if (count != 7) fail("forkstate-peer local|fork WORKLOAD SIZE ACCOUNTS CALLS ROUNDS");
    check_library();
    Bench bench = {0};
    bench.is_forked = strcmp(words[1], "fork") == 0;
    bench.load = (Load){
        .size = number_of(words[3]),
        .accounts = number_of(words[4]),
        .calls = number_of(words[5]),
        .rounds = number_of(words[6]),
    };
    for (size_t at = 0; at < sizeof workloads / sizeof *workloads; at++) {
        if (strcmp(workloads[at].name, words[2]) != 0) continue;
        measure(&workloads[at], &bench, &bench.load);
        return EXIT_SUCCESS;
    }
    fail("there is no such workload");
}
