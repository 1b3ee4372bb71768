/*
 * A state manager over a fork, in C.
 *
 * Shows every part of the interface that a host needs: checking that header and library belong
 * together, local writes with checkpoints and snapshots, code in two steps, answering the requests
 * of a fork, and what misuse gives. The "chain" below is two functions; a real host would ask a
 * node over JSON-RPC. Exits with 0 if everything was as expected.
 *
 *     cc -std=c11 -Icore/include core/examples/fork.c -Lzig-out/lib -lforkstate
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forkstate.h"

/* Stops the program with the place and the expression if a call gives another status. */
#define EXPECT(status, call) expect((status), (call), #call, __LINE__)
#define CHECK(condition) check((condition), #condition, __LINE__)

typedef struct {
    uint8_t bytes[20];
} Address;

typedef struct {
    uint8_t bytes[32];
} Word;

static const uint8_t contract_code[] = {0x60, 0x2a, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3};

static const Address alice = {{0xa1}};
static const Address contract = {{0xc0, 0xde}};

static void check(int holds, const char *what, int line)
{
    if (holds) return;
    fprintf(stderr, "fork.c:%d: not so: %s\n", line, what);
    exit(EXIT_FAILURE);
}

static void expect(int32_t status, int32_t result, const char *what, int line)
{
    int32_t got = result & STATE_MANAGER_STATUS_MASK;
    if (got == status) return;
    fprintf(stderr, "fork.c:%d: status %" PRId32 " instead of %" PRId32 ": %s\n", line, got, status,
            what);
    exit(EXIT_FAILURE);
}

/* A 256-bit big-endian number. */
static Word word(uint64_t value)
{
    Word result = {{0}};
    for (int at = 31; at >= 24; at--, value >>= 8) result.bytes[at] = (uint8_t)value;
    return result;
}

static uint64_t number(const uint8_t *bytes, size_t length)
{
    uint64_t value = 0;
    for (size_t at = 0; at < length; at++) value = value << 8 | bytes[at];
    return value;
}

/* The chain: what a node would answer. Alice has 1000 wei, the contract has code and one slot. */

static AccountFields chain_account(const uint8_t address[20])
{
    AccountFields account = {0};
    account.known = ACCOUNT_KNOWS_BALANCE | ACCOUNT_KNOWS_NONCE | ACCOUNT_KNOWS_CODE_HASH;
    if (memcmp(address, alice.bytes, sizeof alice.bytes) == 0) {
        memcpy(account.balance, word(1000).bytes, sizeof account.balance);
        account.nonce[7] = 5;
    } else if (memcmp(address, contract.bytes, sizeof contract.bytes) == 0) {
        account.nonce[7] = 1;
        EXPECT(STATE_MANAGER_SUCCESS,
               forkstate_keccak256(contract_code, sizeof contract_code, account.code_hash));
    }
    return account;
}

static Word chain_slot(const uint8_t address[20], const uint8_t slot[32])
{
    int is_first = number(slot, 32) == 1;
    return word(is_first && memcmp(address, contract.bytes, sizeof contract.bytes) == 0 ? 77 : 0);
}

/* Answers all open requests of a fork and says how many there were. */
static int answer_requests(uint32_t fork)
{
    for (int answered = 0;; answered++) {
        ForkRequest request;
        int32_t status = fork_backend_next_request(fork, &request) & STATE_MANAGER_STATUS_MASK;
        if (status == STATE_MANAGER_ERROR_NO_REQUEST) return answered;
        EXPECT(STATE_MANAGER_SUCCESS, status);

        if (request.kind == FORK_REQUEST_ACCOUNT) {
            AccountFields account = chain_account(request.address);
            EXPECT(STATE_MANAGER_SUCCESS, fork_backend_provide_account(fork, request.generation,
                                                                       request.id, &account));
        } else if (request.kind == FORK_REQUEST_STORAGE) {
            Word value = chain_slot(request.address, request.slot);
            EXPECT(STATE_MANAGER_SUCCESS, fork_backend_provide_storage(fork, request.generation,
                                                                       request.id, value.bytes));
        } else {
            CHECK(request.kind == FORK_REQUEST_CODE);
            EXPECT(STATE_MANAGER_SUCCESS,
                   fork_backend_provide_code(fork, request.generation, request.id, contract_code,
                                             sizeof contract_code));
        }
    }
}

/* Reading never waits. What is unknown opens a request; once it is answered, read again. */
static uint64_t read_balance(uint32_t manager, uint32_t fork, Address address)
{
    uint8_t balance[32];
    uint32_t request = 0;
    int32_t status = state_manager_get_balance_sync(manager, address.bytes, balance, &request);
    if (status == STATE_MANAGER_ERROR_RPC_PENDING) {
        CHECK(request != 0);
        CHECK(answer_requests(fork) > 0);
        status = state_manager_get_balance_sync(manager, address.bytes, balance, NULL);
    }
    EXPECT(STATE_MANAGER_SUCCESS, status);
    return number(balance, sizeof balance);
}

static uint64_t read_slot(uint32_t manager, uint32_t fork, Address address, uint64_t slot)
{
    Word value;
    uint32_t request = 0;
    Word key = word(slot);
    int32_t status =
        state_manager_get_storage_sync(manager, address.bytes, key.bytes, value.bytes, &request);
    if (status == STATE_MANAGER_ERROR_RPC_PENDING) {
        CHECK(answer_requests(fork) > 0);
        status =
            state_manager_get_storage_sync(manager, address.bytes, key.bytes, value.bytes, NULL);
    }
    EXPECT(STATE_MANAGER_SUCCESS, status);
    return number(value.bytes, sizeof value.bytes);
}

static void write_balance(uint32_t manager, Address address, uint64_t wei)
{
    EXPECT(STATE_MANAGER_SUCCESS,
           state_manager_set_balance(manager, address.bytes, word(wei).bytes));
}

static void write_slot(uint32_t manager, Address address, uint64_t slot, uint64_t value)
{
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_set_storage(manager, address.bytes,
                                                            word(slot).bytes, word(value).bytes));
}

static void show_abi(void)
{
    static const uint8_t expected[32] = FORKSTATE_ABI_HASH_BYTES;
    uint8_t hash[32];
    EXPECT(STATE_MANAGER_SUCCESS, forkstate_abi_hash(hash));
    CHECK(memcmp(hash, expected, sizeof hash) == 0);
    printf("header and library agree: %s\n", FORKSTATE_ABI_HASH);
}

static void show_memory_only(void)
{
    ManagerConfig config = {.seed = 42};
    uint32_t manager = STATE_MANAGER_NULL_HANDLE;
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_create(&config, &manager));
    CHECK(manager != STATE_MANAGER_NULL_HANDLE);
    CHECK(read_balance(manager, STATE_MANAGER_NULL_HANDLE, alice) == 0);

    write_balance(manager, alice, 7);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_checkpoint(manager));
    write_balance(manager, alice, 8);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_checkpoint(manager));
    write_balance(manager, alice, 9);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_commit(manager));
    CHECK(read_balance(manager, STATE_MANAGER_NULL_HANDLE, alice) == 9);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_revert(manager));
    CHECK(read_balance(manager, STATE_MANAGER_NULL_HANDLE, alice) == 7);
    EXPECT(STATE_MANAGER_ERROR_NO_CHECKPOINT, state_manager_revert(manager));
    EXPECT(STATE_MANAGER_ERROR_NO_CHECKPOINT, state_manager_commit(manager));
    printf("checkpoints: 7 -> 8 -> 9, commit and revert give 7\n");

    uint8_t first[8], second[8];
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_snapshot(manager, first));
    write_slot(manager, alice, 1, 10);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_snapshot(manager, second));
    write_slot(manager, alice, 1, 20);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_revert_to_snapshot(manager, first));
    CHECK(read_slot(manager, STATE_MANAGER_NULL_HANDLE, alice, 1) == 0);
    EXPECT(STATE_MANAGER_ERROR_INVALID_SNAPSHOT, state_manager_revert_to_snapshot(manager, first));
    EXPECT(STATE_MANAGER_ERROR_INVALID_SNAPSHOT, state_manager_revert_to_snapshot(manager, second));
    printf("snapshots: back to the first, both ids used up\n");

    EXPECT(STATE_MANAGER_SUCCESS, state_manager_destroy(manager));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, state_manager_destroy(manager));
}

/* First the length, then the bytes, into memory of the caller. */
static void show_code(uint32_t manager, uint32_t fork)
{
    uint32_t length = 0, request = 0;
    EXPECT(STATE_MANAGER_ERROR_RPC_PENDING,
           state_manager_get_code_length_sync(manager, contract.bytes, &length, &request));
    int32_t status = STATE_MANAGER_ERROR_RPC_PENDING;
    while (status == STATE_MANAGER_ERROR_RPC_PENDING) {
        CHECK(answer_requests(fork) > 0);
        status = state_manager_get_code_length_sync(manager, contract.bytes, &length, &request);
    }
    EXPECT(STATE_MANAGER_SUCCESS, status);
    CHECK(length == sizeof contract_code);

    uint8_t *code = malloc(length);
    CHECK(code != NULL);
    memset(code, 0, length);
    uint32_t needed = 0;
    EXPECT(STATE_MANAGER_ERROR_BUFFER_TOO_SMALL,
           state_manager_get_code_sync(manager, contract.bytes, code, length - 1, &needed, NULL));
    CHECK(needed == length && code[0] == 0);
    EXPECT(STATE_MANAGER_SUCCESS,
           state_manager_get_code_sync(manager, contract.bytes, code, length, &needed, NULL));
    CHECK(memcmp(code, contract_code, length) == 0);
    free(code);
    printf("code of the contract: %" PRIu32 " bytes, a shorter buffer was refused\n", length);
}

static void show_branch(uint32_t manager, uint32_t fork)
{
    uint32_t branch = STATE_MANAGER_NULL_HANDLE;
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_branch(manager, &branch));
    write_balance(branch, alice, 1);
    write_balance(manager, alice, 2);
    CHECK(read_balance(branch, fork, alice) == 1);
    CHECK(read_balance(manager, fork, alice) == 2);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_destroy(branch));
    printf("a branch and its parent do not see each other's writes\n");
}

static void show_fork(void)
{
    ForkConfig fork_config = {.seed = 1, .max_entries = 1000, .max_bytes = 1 << 20};
    ManagerConfig config = {.seed = 2};
    uint32_t fork = STATE_MANAGER_NULL_HANDLE, manager = STATE_MANAGER_NULL_HANDLE;
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_create(&fork_config, &fork));
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_create_with_fork(&config, fork, &manager));

    uint8_t balance[32];
    EXPECT(STATE_MANAGER_ERROR_RPC_PENDING,
           state_manager_get_balance_sync(manager, alice.bytes, balance, NULL));
    CHECK(answer_requests(fork) == 0);
    CHECK(read_balance(manager, fork, alice) == 1000);
    CHECK(read_slot(manager, fork, contract, 1) == 77);
    CHECK(read_slot(manager, fork, contract, 2) == 0);
    printf("fork: alice has 1000 wei, slot 1 of the contract is 77; a peek asked for nothing\n");

    EXPECT(STATE_MANAGER_SUCCESS, state_manager_checkpoint(manager));
    write_balance(manager, alice, 5);
    write_slot(manager, contract, 1, 0);
    CHECK(read_slot(manager, fork, contract, 1) == 0);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_revert(manager));
    CHECK(read_balance(manager, fork, alice) == 1000);
    CHECK(read_slot(manager, fork, contract, 1) == 77);
    printf("local writes hide the chain until they are reverted\n");

    show_code(manager, fork);
    show_branch(manager, fork);

    ForkStats stats;
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_stats(fork, &stats));
    CHECK(stats.open_requests == 0 && stats.base_accounts == 2);
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_destroy(fork));
    CHECK(read_balance(manager, STATE_MANAGER_NULL_HANDLE, alice) == 2);
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_destroy(manager));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, fork_backend_stats(fork, &stats));
}

/* An answer that comes after the facts were cleared belongs to another generation. */
static void show_late_answer(void)
{
    ForkConfig fork_config = {.seed = 1, .max_entries = 10, .max_bytes = 4096};
    ManagerConfig config = {.seed = 2};
    uint32_t fork, manager, opened = 0;
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_create(&fork_config, &fork));
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_create_with_fork(&config, fork, &manager));
    uint8_t balance[32];
    EXPECT(STATE_MANAGER_ERROR_RPC_PENDING,
           state_manager_get_balance_sync(manager, alice.bytes, balance, &opened));
    ForkRequest request;
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_next_request(fork, &request));
    CHECK(request.id == opened);
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_clear(fork));
    AccountFields account = chain_account(request.address);
    EXPECT(STATE_MANAGER_ERROR_STALE_REQUEST,
           fork_backend_provide_account(fork, request.generation, request.id, &account));

    /* A request that cannot be answered is closed, and the next read asks again. */
    EXPECT(STATE_MANAGER_ERROR_RPC_PENDING,
           state_manager_get_balance_sync(manager, alice.bytes, balance, &opened));
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_next_request(fork, &request));
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_fail(fork, request.generation, request.id));
    CHECK(read_balance(manager, fork, alice) == 1000);
    printf("a late answer was dropped, a failed request was asked again\n");

    EXPECT(STATE_MANAGER_SUCCESS, state_manager_destroy(manager));
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_destroy(fork));
}

static void show_misuse(void)
{
    ForkConfig fork_config = {.seed = 1, .max_entries = 10, .max_bytes = 4096};
    ManagerConfig config = {.seed = 2};
    uint32_t fork, manager, unused;
    uint8_t value[32] = {0};
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_create(&fork_config, &fork));
    EXPECT(STATE_MANAGER_SUCCESS, state_manager_create(&config, &manager));

    EXPECT(STATE_MANAGER_ERROR_INVALID_INPUT, state_manager_create(NULL, &unused));
    EXPECT(STATE_MANAGER_ERROR_INVALID_INPUT, state_manager_create(&config, NULL));
    EXPECT(STATE_MANAGER_ERROR_INVALID_INPUT, state_manager_set_balance(manager, NULL, value));
    EXPECT(STATE_MANAGER_ERROR_INVALID_INPUT,
           state_manager_get_balance_sync(manager, alice.bytes, NULL, NULL));
    EXPECT(STATE_MANAGER_ERROR_INVALID_INPUT,
           state_manager_set_code(manager, alice.bytes, NULL, 1));

    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, state_manager_checkpoint(STATE_MANAGER_NULL_HANDLE));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, state_manager_checkpoint(manager + 1000));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, state_manager_checkpoint(fork));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, fork_backend_clear(manager));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE,
           state_manager_create_with_fork(&config, manager, &unused));

    EXPECT(STATE_MANAGER_SUCCESS, state_manager_destroy(manager));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE,
           state_manager_set_balance(manager, alice.bytes, value));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, state_manager_destroy(manager));
    EXPECT(STATE_MANAGER_SUCCESS, fork_backend_destroy(fork));
    EXPECT(STATE_MANAGER_ERROR_INVALID_HANDLE, fork_backend_destroy(fork));
    printf("null pointers, and null, unknown, stale and wrong handles are refused\n");
}

int main(void)
{
    show_abi();
    show_memory_only();
    show_fork();
    show_late_answer();
    show_misuse();
    printf("all as expected\n");
    return EXIT_SUCCESS;
}
