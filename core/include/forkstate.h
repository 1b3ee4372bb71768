/*
 * forkstate: an EVM state manager, its C interface. Generated from core/src/abi.zig; do not edit.
 *
 * Results. Every function returns an int32_t whose low byte is the status:
 * `result & STATE_MANAGER_STATUS_MASK`. In the native library the other bits are 0.
 *
 * Handles. A handle is a number that names a manager or a fork backend. It is made by a create or
 * branch call, owned by the caller, and lives until the matching destroy call. Null, unknown and
 * destroyed handles, and handles of the other type, give STATE_MANAGER_ERROR_INVALID_HANDLE.
 *
 * Pointers. All memory passed by pointer is the caller's. It is read or written during the call
 * only and never kept. It may be null only where it says so; any other null pointer gives
 * STATE_MANAGER_ERROR_INVALID_INPUT. Memory that is written must not overlap other arguments.
 * A call that fails writes nothing, unless its description says what.
 *
 * Bytes. Addresses, slots, 256-bit values, nonces and snapshot ids are big-endian bytes of fixed
 * width. Struct fields and uint32_t are in host order. Any pointer may have any alignment.
 *
 * Memory. "May grow memory" means that the call may allocate; without memory it returns
 * STATE_MANAGER_ERROR_OUT_OF_MEMORY and the state is as before the call. Every other call works
 * without memory. (In WebAssembly builds growth also sets STATE_MANAGER_GREW in the result.)
 *
 * Threads. Managers that share nothing may be used on several threads at a time. A manager, its
 * branches, its fork backend and the other managers over that backend may not.
 */

#ifndef FORKSTATE_H
#define FORKSTATE_H

#include <stddef.h>
#include <stdint.h>

#ifndef FORKSTATE_API
#ifdef _WIN32
#define FORKSTATE_API __declspec(dllimport)
#else
#define FORKSTATE_API
#endif
#endif

#ifdef __cplusplus
#define FORKSTATE_STATIC_ASSERT static_assert
extern "C" {
#else
#define FORKSTATE_STATIC_ASSERT _Static_assert
#endif

/**
 * What forkstate_abi_hash must give; a library that gives another was built from other declarations
 * than these.
 */
#define FORKSTATE_ABI_HASH "0xf28dbbe7270fdef2e24737552e4ac64695ffa772c84f0ee0fa77044ffc0791f4"

/** FORKSTATE_ABI_HASH as an initialiser of uint8_t[32]. */
#define FORKSTATE_ABI_HASH_BYTES \
    {0xf2, 0x8d, 0xbb, 0xe7, 0x27, 0x0f, 0xde, 0xf2, \
     0xe2, 0x47, 0x37, 0x55, 0x2e, 0x4a, 0xc6, 0x46, \
     0x95, 0xff, 0xa7, 0x72, 0xc8, 0x4f, 0x0e, 0xe0, \
     0xfa, 0x77, 0x04, 0x4f, 0xfc, 0x07, 0x91, 0xf4}

/** The status in the low byte of a result. */
enum StateManagerStatus {
    /** Done. */
    STATE_MANAGER_SUCCESS = 0,
    /** A null pointer, or a value out of its range. No effect. */
    STATE_MANAGER_ERROR_INVALID_INPUT = 1,
    /** Memory is exhausted. The state is as it was before the call. */
    STATE_MANAGER_ERROR_OUT_OF_MEMORY = 2,
    /** The snapshot id is stale, consumed, or belongs to another manager. No effect. */
    STATE_MANAGER_ERROR_INVALID_SNAPSHOT = 3,
    /** For hosts: fetching a request failed. The core itself never fetches and never returns it. */
    STATE_MANAGER_ERROR_RPC_FAILED = 4,
    /**
     * For hosts: a hex argument is malformed. No hex crosses this boundary; the core never returns
     * it.
     */
    STATE_MANAGER_ERROR_INVALID_HEX = 5,
    /**
     * The value is unknown. Unless the read was a peek, a request for it is now open and its id was
     * written; answer the request and read again.
     */
    STATE_MANAGER_ERROR_RPC_PENDING = 6,
    /** The handle is null, unknown, destroyed, or of another type. No effect. */
    STATE_MANAGER_ERROR_INVALID_HANDLE = 7,
    /** Commit or revert without an open checkpoint. No effect. */
    STATE_MANAGER_ERROR_NO_CHECKPOINT = 8,
    /** A named limit was reached. No effect. */
    STATE_MANAGER_ERROR_LIMIT_EXCEEDED = 9,
    /**
     * The value is unknown, and FORK_BACKEND_MAX_OPEN_REQUESTS requests are already open. Answer
     * some, then read again.
     */
    STATE_MANAGER_ERROR_QUEUE_FULL = 10,
    /** The request is not open, or belongs to an earlier generation. The answer was dropped. */
    STATE_MANAGER_ERROR_STALE_REQUEST = 11,
    /** The caller's buffer is too short. The needed length was written, and nothing else. */
    STATE_MANAGER_ERROR_BUFFER_TOO_SMALL = 12,
    /** The queue of requests is empty. */
    STATE_MANAGER_ERROR_NO_REQUEST = 13,
    /** keccak256 of the code provided is not the requested code hash. The request stays open. */
    STATE_MANAGER_ERROR_CODE_HASH_MISMATCH = 14,
    /**
     * A proof does not prove the claim under the root, or a trie node is malformed or does not fit
     * its place. No fact is added.
     */
    STATE_MANAGER_ERROR_PROOF_INVALID = 15,
    /** The trie nodes that the request asks for are still unknown. The request stays open. */
    STATE_MANAGER_ERROR_MISSING_TRIE_NODE = 16,
    /** The state root of the fork backend's block was not set with fork_backend_set_state_root. */
    STATE_MANAGER_ERROR_NO_STATE_ROOT = 17,
};

/** The part of the returned integer that is the status. */
#define STATE_MANAGER_STATUS_MASK 255

/**
 * Bit of the returned integer: WebAssembly memory grew, so views must be renewed. Native builds
 * never set it.
 */
#define STATE_MANAGER_GREW 256

/** Never a valid handle. */
#define STATE_MANAGER_NULL_HANDLE 0

/**
 * Maximum of live managers and fork backends in one process or WebAssembly instance. Each place in
 * the table serves 4,095 handles, one after another; when all are used up, no further handle can be
 * made.
 */
#define STATE_MANAGER_MAX_HANDLES 1048576

/** Maximum of open checkpoints of one manager. */
#define STATE_MANAGER_MAX_CHECKPOINT_DEPTH 1048576

/** Maximum of live snapshots of one manager. */
#define STATE_MANAGER_MAX_SNAPSHOTS 1048576

/** Maximum length of one code, in bytes. */
#define STATE_MANAGER_MAX_CODE_BYTES 16777216

/** Maximum of entries in one table (accounts or slots of one layer). */
#define STATE_MANAGER_MAX_ENTRIES 268435456

/** Maximum of frozen layers below one manager. A branch beyond it copies instead of sharing. */
#define STATE_MANAGER_MAX_LAYERS 24

/** Maximum of open requests of one fork backend, queued or taken. */
#define FORK_BACKEND_MAX_OPEN_REQUESTS 65536

/** Bound of the trie nodes of a fork backend whose max_trie_node_bytes is 0, in bytes. */
#define FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES 67108864

/** Maximum of keys that one call of forkstate_find_preimage tries. */
#define FORKSTATE_MAX_PREIMAGE_TRIES 16777216

/** Size of the call frame that a host may lay out for its calls, in bytes. */
#define FORKSTATE_FRAME_BYTES 1024

/** ForkRequest.kind: all fields of an account. */
#define FORK_REQUEST_ACCOUNT 1

/** ForkRequest.kind: one storage slot. */
#define FORK_REQUEST_STORAGE 2

/** ForkRequest.kind: the code of an account whose code hash is in `slot`. */
#define FORK_REQUEST_CODE 3

/** ForkRequest.kind: the trie nodes on the path to an account. */
#define FORK_REQUEST_ACCOUNT_PROOF 4

/** ForkRequest.kind: the trie nodes on the paths to an account and its slot. */
#define FORK_REQUEST_STORAGE_PROOF 5

/**
 * ForkRequest.kind: the trie node whose hash is in `slot`: the sibling of a leaf that a local write
 * deletes.
 */
#define FORK_REQUEST_TRIE_NODE 6

/** ForkRequest.trie: the trie node belongs to the trie of accounts. */
#define FORK_TRIE_ACCOUNTS 1

/** ForkRequest.trie: the trie node belongs to the storage trie of `address`. */
#define FORK_TRIE_STORAGE 2

/** ProofOutcome.fault: the proof is sound. */
#define PROOF_FAULT_NONE 0

/** ProofOutcome.fault: a length in the list exceeds the bytes that follow it. */
#define PROOF_FAULT_MALFORMED_LIST 1

/** ProofOutcome.fault: the list ends before the path does. */
#define PROOF_FAULT_MISSING_TRIE_NODE 2

/** ProofOutcome.fault: the list goes on where the path has ended. */
#define PROOF_FAULT_EXTRA_TRIE_NODE 3

/** ProofOutcome.fault: keccak256 of a trie node is not the reference to it. */
#define PROOF_FAULT_WRONG_HASH 4

/** ProofOutcome.fault: RLP is malformed or not canonical. */
#define PROOF_FAULT_BAD_RLP 5

/** ProofOutcome.fault: an RLP list is not a trie node. */
#define PROOF_FAULT_BAD_TRIE_NODE 6

/** ProofOutcome.fault: a path is badly encoded, empty, or too long. */
#define PROOF_FAULT_BAD_PATH 7

/** ProofOutcome.fault: a branch has a value, or fewer than two children. */
#define PROOF_FAULT_BAD_BRANCH 8

/** ProofOutcome.fault: a child is neither a hash nor an embedded trie node. */
#define PROOF_FAULT_BAD_REFERENCE 9

/** ProofOutcome.fault: the leaf holds no canonical account or slot value. */
#define PROOF_FAULT_BAD_VALUE 10

/** ProofOutcome.fault: the claimed balance differs from the leaf. */
#define PROOF_FAULT_WRONG_BALANCE 11

/** ProofOutcome.fault: the claimed nonce differs from the leaf. */
#define PROOF_FAULT_WRONG_NONCE 12

/** ProofOutcome.fault: the claimed code hash differs from the leaf. */
#define PROOF_FAULT_WRONG_CODE_HASH 13

/** ProofOutcome.fault: the claimed storage root differs from the leaf. */
#define PROOF_FAULT_WRONG_STORAGE_ROOT 14

/** ProofOutcome.fault: the claimed value differs from the leaf. */
#define PROOF_FAULT_WRONG_VALUE 15

/** ProofOutcome.fault: the proof shows that the key is absent, but a value was claimed. */
#define PROOF_FAULT_NOT_ABSENT 16

/** AccountFields.presence: nothing is known. */
#define ACCOUNT_UNKNOWN 0

/** AccountFields.presence: not in the state. */
#define ACCOUNT_ABSENT 1

/** AccountFields.presence: in the state, with balance 0, nonce 0 and no code (EIP-161). */
#define ACCOUNT_EMPTY 2

/** AccountFields.presence: in the state and not empty. */
#define ACCOUNT_LIVE 3

/** AccountFields.known: `balance` is known. */
#define ACCOUNT_KNOWS_BALANCE 1

/** AccountFields.known: `nonce` is known. */
#define ACCOUNT_KNOWS_NONCE 2

/** AccountFields.known: `code_hash` is known. */
#define ACCOUNT_KNOWS_CODE_HASH 4

/** AccountFields.known: `storage_root` is known. */
#define ACCOUNT_KNOWS_STORAGE_ROOT 8

/** AccountChange.exists: the account exists if it does on the chain. */
#define CHANGE_INHERITS 0

/** AccountChange.exists: a write made the account exist. */
#define CHANGE_EXISTS 1

/** AccountChange.exists: the account was deleted. */
#define CHANGE_DELETED 2

/** How a manager is made. */
typedef struct ManagerConfig {
    /** Secret random number that seeds the hash tables, so that chosen keys cannot collide. */
    uint64_t seed;
} ManagerConfig;

FORKSTATE_STATIC_ASSERT(sizeof(ManagerConfig) == 8, "size of ManagerConfig");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerConfig, seed) == 0, "seed");

/** How a fork backend is made. */
typedef struct ForkConfig {
    /** Secret random number that seeds the hash tables, so that chosen keys cannot collide. */
    uint64_t seed;
    /** Maximum number of cached facts (accounts, slots, codes); at least 1. */
    uint64_t max_entries;
    /**
     * Maximum size of the cached facts, in bytes. A single larger fact is kept until the next one
     * arrives.
     */
    uint64_t max_bytes;
    /**
     * Maximum size of the trie nodes that can be fetched again, in bytes; 0 means
     * FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES. The bound does not cover trie nodes that local writes
     * made, and is lifted while a request for trie nodes is open.
     */
    uint64_t max_trie_node_bytes;
} ForkConfig;

FORKSTATE_STATIC_ASSERT(sizeof(ForkConfig) == 32, "size of ForkConfig");
FORKSTATE_STATIC_ASSERT(offsetof(ForkConfig, seed) == 0, "seed");
FORKSTATE_STATIC_ASSERT(offsetof(ForkConfig, max_entries) == 8, "max_entries");
FORKSTATE_STATIC_ASSERT(offsetof(ForkConfig, max_bytes) == 16, "max_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkConfig, max_trie_node_bytes) == 24, "max_trie_node_bytes");

/** The fields of one account, of which only those named by `known` are known. */
typedef struct AccountFields {
    /** Wei, 32-byte big-endian. */
    uint8_t balance[32];
    /** 8-byte big-endian (EIP-2681). */
    uint8_t nonce[8];
    /** keccak256 of the code; keccak256 of nothing for no code. */
    uint8_t code_hash[32];
    /**
     * Root of the storage trie at the pinned block; known only if no local write changed the
     * storage.
     */
    uint8_t storage_root[32];
    /** ACCOUNT_KNOWS_* bits. */
    uint8_t known;
    /** ACCOUNT_UNKNOWN, _ABSENT, _EMPTY or _LIVE. */
    uint8_t presence;
    uint8_t reserved[6];
} AccountFields;

FORKSTATE_STATIC_ASSERT(sizeof(AccountFields) == 112, "size of AccountFields");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, balance) == 0, "balance");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, nonce) == 32, "nonce");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, code_hash) == 40, "code_hash");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, storage_root) == 72, "storage_root");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, known) == 104, "known");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, presence) == 105, "presence");
FORKSTATE_STATIC_ASSERT(offsetof(AccountFields, reserved) == 106, "reserved");

/** One thing the core needs from the chain. */
typedef struct ForkRequest {
    uint32_t id;
    uint32_t generation;
    /** FORK_REQUEST_ACCOUNT, _STORAGE, _CODE, _ACCOUNT_PROOF, _STORAGE_PROOF or _TRIE_NODE. */
    uint32_t kind;
    /** The account. For a trie node of the trie of accounts: the account that is deleted. */
    uint8_t address[20];
    /**
     * The slot of a storage or storage proof request, the code hash of a code request, or the hash
     * of the trie node of a trie node request; else zero.
     */
    uint8_t slot[32];
    /** Trie node requests: FORK_TRIE_ACCOUNTS or FORK_TRIE_STORAGE; else 0. */
    uint32_t trie;
    /** Number of nibbles in `path`. */
    uint32_t path_nibbles;
    /**
     * Trie node requests: the path from the root of the trie to the trie node, two nibbles per
     * byte, the high one first.
     */
    uint8_t path[32];
    /** Requests for a trie node of a storage trie: the slot that is set to zero. */
    uint8_t changed_slot[32];
} ForkRequest;

FORKSTATE_STATIC_ASSERT(sizeof(ForkRequest) == 136, "size of ForkRequest");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, id) == 0, "id");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, generation) == 4, "generation");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, kind) == 8, "kind");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, address) == 12, "address");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, slot) == 32, "slot");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, trie) == 64, "trie");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, path_nibbles) == 68, "path_nibbles");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, path) == 72, "path");
FORKSTATE_STATIC_ASSERT(offsetof(ForkRequest, changed_slot) == 104, "changed_slot");

/** The result of checking a proof: a PROOF_FAULT_* value, and where. */
typedef struct ProofOutcome {
    /** PROOF_FAULT_NONE, or why the proof is refused. */
    uint32_t fault;
    /** Number of the trie node in the list at which the check failed, from 0. */
    uint32_t depth;
    /** For a sound account proof: ACCOUNT_ABSENT, _EMPTY or _LIVE. */
    uint32_t presence;
} ProofOutcome;

FORKSTATE_STATIC_ASSERT(sizeof(ProofOutcome) == 12, "size of ProofOutcome");
FORKSTATE_STATIC_ASSERT(offsetof(ProofOutcome, fault) == 0, "fault");
FORKSTATE_STATIC_ASSERT(offsetof(ProofOutcome, depth) == 4, "depth");
FORKSTATE_STATIC_ASSERT(offsetof(ProofOutcome, presence) == 8, "presence");

/** Sizes of a witness that was collected. */
typedef struct WitnessInfo {
    /** Number of trie nodes. */
    uint64_t trie_nodes;
    /** Size of the list of trie nodes, in bytes. */
    uint64_t trie_node_bytes;
    /** Number of codes. */
    uint64_t codes;
    /** Size of the list of codes, in bytes; it follows the list of trie nodes. */
    uint64_t code_bytes;
    /**
     * 1 if facts of the pinned block were evicted or cleared, so some reads may be missing in the
     * witness; else 0.
     */
    uint64_t incomplete;
} WitnessInfo;

FORKSTATE_STATIC_ASSERT(sizeof(WitnessInfo) == 40, "size of WitnessInfo");
FORKSTATE_STATIC_ASSERT(offsetof(WitnessInfo, trie_nodes) == 0, "trie_nodes");
FORKSTATE_STATIC_ASSERT(offsetof(WitnessInfo, trie_node_bytes) == 8, "trie_node_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(WitnessInfo, codes) == 16, "codes");
FORKSTATE_STATIC_ASSERT(offsetof(WitnessInfo, code_bytes) == 24, "code_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(WitnessInfo, incomplete) == 32, "incomplete");

/** What was written locally to one account. */
typedef struct AccountChange {
    uint8_t address[20];
    /** Wei, 32-byte big-endian. */
    uint8_t balance[32];
    /** 8-byte big-endian. */
    uint8_t nonce[8];
    /** keccak256 of the code. */
    uint8_t code_hash[32];
    /** ACCOUNT_KNOWS_* bits of the balance, nonce and code hash: only these were written. */
    uint8_t known;
    /** CHANGE_INHERITS, CHANGE_EXISTS or CHANGE_DELETED. */
    uint8_t exists;
    /** 1 if every slot that is not listed is zero; else 0. */
    uint8_t storage_cleared;
    uint8_t reserved[1];
} AccountChange;

FORKSTATE_STATIC_ASSERT(sizeof(AccountChange) == 96, "size of AccountChange");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, address) == 0, "address");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, balance) == 20, "balance");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, nonce) == 52, "nonce");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, code_hash) == 60, "code_hash");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, known) == 92, "known");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, exists) == 93, "exists");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, storage_cleared) == 94, "storage_cleared");
FORKSTATE_STATIC_ASSERT(offsetof(AccountChange, reserved) == 95, "reserved");

/** One slot that was written locally. */
typedef struct SlotChange {
    uint8_t address[20];
    uint8_t slot[32];
    uint8_t value[32];
} SlotChange;

FORKSTATE_STATIC_ASSERT(sizeof(SlotChange) == 84, "size of SlotChange");
FORKSTATE_STATIC_ASSERT(offsetof(SlotChange, address) == 0, "address");
FORKSTATE_STATIC_ASSERT(offsetof(SlotChange, slot) == 20, "slot");
FORKSTATE_STATIC_ASSERT(offsetof(SlotChange, value) == 52, "value");

/** Sizes and counters of one manager. */
typedef struct ManagerStats {
    /** Accounts with local writes, in all layers. */
    uint64_t overlay_accounts;
    /** Storage slots with local writes, in all layers. */
    uint64_t overlay_slots;
    /** Memory of the local writes, tables included. */
    uint64_t overlay_bytes;
    /** Reads answered from local writes. */
    uint64_t overlay_hits;
    /** Codes written locally; branches share them. */
    uint64_t code_entries;
    /** Size of the codes written locally. */
    uint64_t code_bytes;
    /** Memory of the undo records. */
    uint64_t journal_bytes;
    /** Open checkpoints. */
    uint64_t checkpoint_depth;
    /** Live snapshots. */
    uint64_t snapshots;
    /** Layers of local writes: the manager's own, and those it shares with branches. */
    uint64_t layers;
} ManagerStats;

FORKSTATE_STATIC_ASSERT(sizeof(ManagerStats) == 80, "size of ManagerStats");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, overlay_accounts) == 0, "overlay_accounts");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, overlay_slots) == 8, "overlay_slots");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, overlay_bytes) == 16, "overlay_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, overlay_hits) == 24, "overlay_hits");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, code_entries) == 32, "code_entries");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, code_bytes) == 40, "code_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, journal_bytes) == 48, "journal_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, checkpoint_depth) == 56, "checkpoint_depth");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, snapshots) == 64, "snapshots");
FORKSTATE_STATIC_ASSERT(offsetof(ManagerStats, layers) == 72, "layers");

/** Sizes and counters of one fork backend. */
typedef struct ForkStats {
    /** Accounts of the chain in the cache. */
    uint64_t base_accounts;
    /** Storage slots of the chain in the cache. */
    uint64_t base_slots;
    /** Codes of the chain in the cache. */
    uint64_t base_codes;
    /** Estimated memory of the cached facts, tables included. */
    uint64_t base_bytes;
    /** Reads answered from cached facts. */
    uint64_t base_hits;
    /** Reads that neither cached facts nor trie nodes could answer. */
    uint64_t base_misses;
    /** Facts evicted to keep the cache within its bounds. */
    uint64_t evictions;
    /** Requests to the chain that are not answered yet. */
    uint64_t open_requests;
    /** Open requests that the host has not taken yet. */
    uint64_t queued_requests;
    /** The present generation; answers to requests of an earlier one are dropped. */
    uint64_t generation;
    /** Reads that no cached fact answered, but trie nodes did. */
    uint64_t trie_hits;
    /** Trie nodes in memory, including those that local writes made. */
    uint64_t trie_nodes;
    /** Estimated memory of the trie nodes. */
    uint64_t trie_node_bytes;
    /** Estimated memory of the trie nodes that local writes made. */
    uint64_t local_trie_node_bytes;
    /** Trie nodes evicted to keep them within their bound. */
    uint64_t trie_node_evictions;
    /** Estimated memory of the cached accounts. */
    uint64_t base_account_bytes;
    /** Estimated memory of the cached storage slots. */
    uint64_t base_slot_bytes;
    /** Estimated memory of the cached codes. */
    uint64_t base_code_bytes;
    /** Accounts and storage slots that were prefetched and later read. */
    uint64_t prefetched_reads;
} ForkStats;

FORKSTATE_STATIC_ASSERT(sizeof(ForkStats) == 152, "size of ForkStats");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_accounts) == 0, "base_accounts");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_slots) == 8, "base_slots");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_codes) == 16, "base_codes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_bytes) == 24, "base_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_hits) == 32, "base_hits");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_misses) == 40, "base_misses");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, evictions) == 48, "evictions");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, open_requests) == 56, "open_requests");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, queued_requests) == 64, "queued_requests");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, generation) == 72, "generation");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, trie_hits) == 80, "trie_hits");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, trie_nodes) == 88, "trie_nodes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, trie_node_bytes) == 96, "trie_node_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, local_trie_node_bytes) == 104, "local_trie_node_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, trie_node_evictions) == 112, "trie_node_evictions");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_account_bytes) == 120, "base_account_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_slot_bytes) == 128, "base_slot_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, base_code_bytes) == 136, "base_code_bytes");
FORKSTATE_STATIC_ASSERT(offsetof(ForkStats, prefetched_reads) == 144, "prefetched_reads");

/**
 * Makes a manager over an empty state: accounts that were not written are absent, and slots zero.
 *
 * @param config The caller's; read during the call.
 * @param out_manager The caller's; receives a handle, which the caller owns and destroys.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_create(
    const ManagerConfig *config,
    uint32_t *out_manager);

/**
 * Makes a manager that reads through a fork backend whatever was not written locally. The backend
 * lives as long as any manager over it, even after fork_backend_destroy.
 *
 * @param config The caller's; read during the call.
 * @param fork Handle of a fork backend.
 * @param out_manager The caller's; receives a handle, which the caller owns and destroys.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_create_with_fork(
    const ManagerConfig *config,
    uint32_t fork,
    uint32_t *out_manager);

/**
 * Makes an independent manager that starts from this one's present state, without checkpoints or
 * snapshots. O(1): both share the writes made so far, which are frozen. A manager and its branches
 * must not be used from two threads at the same time.
 *
 * @param manager Handle of a manager.
 * @param out_manager The caller's; receives a handle, which the caller owns and destroys.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_branch(
    uint32_t manager,
    uint32_t *out_manager);

/**
 * Destroys a manager and frees its memory. Its branches stay alive.
 *
 * @param manager Handle of a manager.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_destroy(
    uint32_t manager);

/**
 * Balance in wei, 32-byte big-endian; 0 for an absent account. If it is unknown, the result is
 * STATE_MANAGER_ERROR_RPC_PENDING and out_request receives the id of the request; a null
 * out_request makes the read a peek, which opens no request. The same holds for every *_sync read.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_balance The caller's; 32 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_balance_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t out_balance[32],
    uint32_t *out_request);

/**
 * Nonce, 8-byte big-endian; 0 for an absent account.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_nonce The caller's; 8 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_nonce_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t out_nonce[8],
    uint32_t *out_request);

/**
 * Value of a storage slot, 32 bytes.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @param out_value The caller's; 32 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_storage_sync(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t slot[32],
    uint8_t out_value[32],
    uint32_t *out_request);

/**
 * keccak256 of the account's code; keccak256 of nothing if it has none or is absent.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_hash The caller's; 32 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_code_hash_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t out_hash[32],
    uint32_t *out_request);

/**
 * Length of the account's code in bytes (4 bytes, host order). The first step of reading code.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_code_length_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint32_t *out_length,
    uint32_t *out_request);

/**
 * Copies the account's code into the caller's buffer; out_length receives its length. If the buffer
 * is too short, the result is STATE_MANAGER_ERROR_BUFFER_TOO_SMALL, out_length receives the needed
 * length, and no code is written.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_code_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_length,
    uint32_t *out_request);

/**
 * Like state_manager_get_code_sync, for a code hash that was read before; address names the account
 * whose code a request would ask for.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param code_hash The caller's; 32 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_code_by_hash_sync(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t code_hash[32],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_length,
    uint32_t *out_request);

/**
 * Presence, balance, nonce and code hash at once, and the storage root where it is known.
 * STATE_MANAGER_ERROR_RPC_PENDING if any of the first four is unknown; the known fields are written
 * even then.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_account The caller's; written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_account_sync(
    uint32_t manager,
    const uint8_t address[20],
    AccountFields *out_account,
    uint32_t *out_request);

/**
 * Writes a balance. Other fields stay as they are, even if unknown. Every write makes an absent
 * account exist.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param balance The caller's; 32 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_set_balance(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t balance[32]);

/**
 * Writes a nonce (EIP-2681: 64 bits).
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param nonce The caller's; 8 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_set_nonce(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t nonce[8]);

/**
 * Writes a storage slot. Zero is a value like any other.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @param value The caller's; 32 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_set_storage(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t slot[32],
    const uint8_t value[32]);

/**
 * Writes the code and its hash. EIP-7702 designators are code like any other.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param code The caller's; read during the call. May be null if its length is 0.
 * @param code_bytes Bytes at `code`.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_set_code(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t *code,
    uint32_t code_bytes);

/**
 * Makes the account absent and its storage zero, whatever the chain holds. O(1).
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_delete_account(
    uint32_t manager,
    const uint8_t address[20]);

/**
 * Makes every slot of the account zero, whatever the chain holds. O(1). Other fields stay as they
 * are, and an absent account stays absent.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_clear_storage(
    uint32_t manager,
    const uint8_t address[20]);

/**
 * Opens a checkpoint. O(1).
 *
 * @param manager Handle of a manager.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_checkpoint(
    uint32_t manager);

/**
 * Closes the innermost checkpoint and keeps its changes. O(1).
 *
 * @param manager Handle of a manager.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_commit(
    uint32_t manager);

/**
 * Closes the innermost checkpoint and undoes its changes. O(changes). Snapshots taken inside it
 * become invalid.
 *
 * @param manager Handle of a manager.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_revert(
    uint32_t manager);

/**
 * Takes a snapshot. Its id (8-byte big-endian) is never reused.
 *
 * @param manager Handle of a manager.
 * @param out_id The caller's; 8 bytes, written during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_snapshot(
    uint32_t manager,
    uint8_t out_id[8]);

/**
 * Restores the state and the checkpoint depth of the snapshot. It and all later snapshots become
 * invalid.
 *
 * @param manager Handle of a manager.
 * @param id The caller's; 8 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_revert_to_snapshot(
    uint32_t manager,
    const uint8_t id[8]);

/**
 * Root of the state trie after all local writes, 32 bytes. If trie nodes are missing, the call
 * opens every request it needs, first for the proofs of written keys, writes the id of the last one
 * to out_request, and is pending. STATE_MANAGER_ERROR_NO_STATE_ROOT if the state root of the fork's
 * block was not set. The same holds for the other roots, proofs and witnesses.
 *
 * @param manager Handle of a manager.
 * @param out_root The caller's; 32 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_state_root_sync(
    uint32_t manager,
    uint8_t out_root[32],
    uint32_t *out_request);

/**
 * Root of the account's storage trie after all local writes, 32 bytes; the root of an empty trie
 * for an absent account.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param out_root The caller's; 32 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_storage_root_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t out_root[32],
    uint32_t *out_request);

/**
 * The proof of the account, or of its absence, under the local state root (EIP-1186): for each trie
 * node from the root its length in 4 bytes, little-endian, then its RLP. If the buffer is too
 * short, the result is STATE_MANAGER_ERROR_BUFFER_TOO_SMALL and out_length receives the needed
 * length.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_account_proof_sync(
    uint32_t manager,
    const uint8_t address[20],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_length,
    uint32_t *out_request);

/**
 * Like state_manager_get_account_proof_sync, for a slot under the account's local storage root. The
 * list is empty if the account has no storage.
 *
 * @param manager Handle of a manager.
 * @param address The caller's; 20 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_get_storage_proof_sync(
    uint32_t manager,
    const uint8_t address[20],
    const uint8_t slot[32],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_length,
    uint32_t *out_request);

/**
 * Collects a witness, which is enough to run again without a chain: the codes, and the block's trie
 * nodes for all facts of the fork backend, all local writes and all computed roots. It replaces an
 * earlier witness and is kept until state_manager_drop_witness.
 *
 * @param manager Handle of a manager.
 * @param out_info The caller's; written during the call.
 * @param out_request The caller's; 4 bytes, written during the call. May be null: nothing is
 *   written.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_collect_witness_sync(
    uint32_t manager,
    WitnessInfo *out_info,
    uint32_t *out_request);

/**
 * Copies as much of the collected witness as fits, from an offset on: the trie nodes, then the
 * codes, each after its length as in proofs. Past the end it copies nothing.
 *
 * @param manager Handle of a manager.
 * @param offset A number, by value.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_length The caller's; 4 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_read_witness(
    uint32_t manager,
    uint32_t offset,
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_length);

/**
 * Frees the collected witness, if any.
 *
 * @param manager Handle of a manager.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_drop_witness(
    uint32_t manager);

/**
 * Lists accounts with local writes as AccountChange structs, as many as fit. Start with a cursor of
 * zeros and continue with out_cursor until its 8 bytes are all 0xff. Any change to the manager in
 * between makes a cursor meaningless.
 *
 * @param manager Handle of a manager.
 * @param cursor The caller's; 8 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_count The caller's; 4 bytes, written during the call.
 * @param out_cursor The caller's; 8 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_list_accounts(
    uint32_t manager,
    const uint8_t cursor[8],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_count,
    uint8_t out_cursor[8]);

/**
 * Like state_manager_list_accounts, for slots with local writes as SlotChange structs.
 *
 * @param manager Handle of a manager.
 * @param cursor The caller's; 8 bytes, read during the call.
 * @param buffer The caller's; written during the call. May be null if its length is 0.
 * @param buffer_bytes Bytes at `buffer`.
 * @param out_count The caller's; 4 bytes, written during the call.
 * @param out_cursor The caller's; 8 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_list_slots(
    uint32_t manager,
    const uint8_t cursor[8],
    uint8_t *buffer,
    uint32_t buffer_bytes,
    uint32_t *out_count,
    uint8_t out_cursor[8]);

/**
 * Drops local writes, journal, checkpoints, snapshots, and the facts of the fork backend.
 *
 * @param manager Handle of a manager.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t state_manager_clear_caches(
    uint32_t manager);

/**
 * Drops only the facts of the fork backend, like fork_backend_clear.
 *
 * @param manager Handle of a manager.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_clear_fork_cache(
    uint32_t manager);

/**
 * Reads sizes and counters.
 *
 * @param manager Handle of a manager.
 * @param out_stats The caller's; written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t state_manager_stats(
    uint32_t manager,
    ManagerStats *out_stats);

/**
 * Makes a fork backend: a bounded cache of facts at one block, and a queue of requests.
 *
 * @param config The caller's; read during the call.
 * @param out_fork The caller's; receives a handle, which the caller owns and destroys.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_create(
    const ForkConfig *config,
    uint32_t *out_fork);

/**
 * Destroys the handle. The memory is freed with the last manager over the backend.
 *
 * @param fork Handle of a fork backend.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_destroy(
    uint32_t fork);

/**
 * Takes the oldest queued request. It stays open until it is answered, failed or cleared.
 * STATE_MANAGER_ERROR_NO_REQUEST if the queue is empty.
 *
 * @param fork Handle of a fork backend.
 * @param out_request The caller's; written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_next_request(
    uint32_t fork,
    ForkRequest *out_request);

/**
 * Answers an account request. Only the fields in `known` are read. A zero code hash or storage root
 * means empty; an account whose fields are all empty is absent, unless presence is ACCOUNT_EMPTY.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @param account The caller's; read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_provide_account(
    uint32_t fork,
    uint32_t generation,
    uint32_t request,
    const AccountFields *account);

/**
 * Answers a storage request.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @param value The caller's; 32 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_provide_storage(
    uint32_t fork,
    uint32_t generation,
    uint32_t request,
    const uint8_t value[32]);

/**
 * Answers a code request. The code must hash to the code hash requested.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @param code The caller's; read during the call. May be null if its length is 0.
 * @param code_bytes Bytes at `code`.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_provide_code(
    uint32_t fork,
    uint32_t generation,
    uint32_t request,
    const uint8_t *code,
    uint32_t code_bytes);

/**
 * Closes a request without an answer. Nothing is cached, and the next read opens a new request.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_fail(
    uint32_t fork,
    uint32_t generation,
    uint32_t request);

/**
 * Adds an account fact that was not requested. Open requests are not touched.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param address The caller's; 20 bytes, read during the call.
 * @param account The caller's; read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_insert_account(
    uint32_t fork,
    uint32_t generation,
    const uint8_t address[20],
    const AccountFields *account);

/**
 * Adds a storage fact that was not requested.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param address The caller's; 20 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @param value The caller's; 32 bytes, read during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_insert_storage(
    uint32_t fork,
    uint32_t generation,
    const uint8_t address[20],
    const uint8_t slot[32],
    const uint8_t value[32]);

/**
 * Adds a code that was not requested, under its hash.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param code The caller's; read during the call. May be null if its length is 0.
 * @param code_bytes Bytes at `code`.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_insert_code(
    uint32_t fork,
    uint32_t generation,
    const uint8_t *code,
    uint32_t code_bytes);

/**
 * Sets the state root of the block, once a generation; a different root than before is invalid
 * input. Proof checks, roots and reads from trie nodes need it.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param root The caller's; 32 bytes, read during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_set_state_root(
    uint32_t fork,
    uint32_t generation,
    const uint8_t root[32]);

/**
 * Checks a proof of the account with this address, or of its absence, under the state root; the
 * fields in `known` must equal those of the leaf. Zero and the hash of nothing are the same code
 * hash and storage root. Keeps the trie nodes of a sound proof, and adds no fact.
 * STATE_MANAGER_ERROR_PROOF_INVALID with the reason in out_outcome.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param address The caller's; 20 bytes, read during the call.
 * @param account The caller's; read during the call.
 * @param proof The caller's; read during the call. May be null if its length is 0.
 * @param proof_bytes Bytes at `proof`.
 * @param out_outcome The caller's; written during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_check_account(
    uint32_t fork,
    uint32_t generation,
    const uint8_t address[20],
    const AccountFields *account,
    const uint8_t *proof,
    uint32_t proof_bytes,
    ProofOutcome *out_outcome);

/**
 * Checks a proof of a slot's value under a storage root that was proven before; a zero root means
 * an empty trie.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param storage_root The caller's; 32 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @param value The caller's; 32 bytes, read during the call.
 * @param proof The caller's; read during the call. May be null if its length is 0.
 * @param proof_bytes Bytes at `proof`.
 * @param out_outcome The caller's; written during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_check_storage(
    uint32_t fork,
    uint32_t generation,
    const uint8_t storage_root[32],
    const uint8_t slot[32],
    const uint8_t value[32],
    const uint8_t *proof,
    uint32_t proof_bytes,
    ProofOutcome *out_outcome);

/**
 * Adds a trie node under its hash, which out_hash receives. It is never evicted.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param trie_node The caller's; read during the call. May be null if its length is 0.
 * @param trie_node_bytes Bytes at `trie_node`.
 * @param out_hash The caller's; 32 bytes, written during the call.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_insert_trie_node(
    uint32_t fork,
    uint32_t generation,
    const uint8_t *trie_node,
    uint32_t trie_node_bytes,
    uint8_t out_hash[32]);

/**
 * Whether a trie node is known: 1 or 0.
 *
 * @param fork Handle of a fork backend.
 * @param hash The caller's; 32 bytes, read during the call.
 * @param out_found The caller's; 4 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_has_trie_node(
    uint32_t fork,
    const uint8_t hash[32],
    uint32_t *out_found);

/**
 * Closes a request for a proof or a trie node, once checks or inserts have added the trie nodes.
 * STATE_MANAGER_ERROR_MISSING_TRIE_NODE if they are still unknown.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_provide_trie_nodes(
    uint32_t fork,
    uint32_t generation,
    uint32_t request);

/**
 * Rebuilds the requested trie node from a proof of the changed key at a later block, where the trie
 * node was merged into its parent, and adds it. Its hash is known, so the proof needs no trust.
 * STATE_MANAGER_ERROR_MISSING_TRIE_NODE if the proof does not hold it. The request stays open.
 *
 * @param fork Handle of a fork backend.
 * @param generation A number, by value.
 * @param request A number, by value.
 * @param proof The caller's; read during the call. May be null if its length is 0.
 * @param proof_bytes Bytes at `proof`.
 * @return A status. May grow memory.
 */
FORKSTATE_API int32_t fork_backend_rebuild_sibling(
    uint32_t fork,
    uint32_t generation,
    uint32_t request,
    const uint8_t *proof,
    uint32_t proof_bytes);

/**
 * Drops all facts and open requests and starts a new generation. Answers to requests of the old one
 * will be dropped.
 *
 * @param fork Handle of a fork backend.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_clear(
    uint32_t fork);

/**
 * Prepares the backend for another block. Like fork_backend_clear, but codes are kept, and slots
 * become valid again once their account is provided with the same storage root, unless keeps_slots
 * is 0.
 *
 * @param fork Handle of a fork backend.
 * @param keeps_slots A number, by value.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_repin(
    uint32_t fork,
    uint32_t keeps_slots);

/**
 * Notes that an account or slot (FORK_REQUEST_ACCOUNT or FORK_REQUEST_STORAGE) was prefetched, so
 * that its next read is counted in prefetched_reads. Does nothing if it is not cached.
 *
 * @param fork Handle of a fork backend.
 * @param kind A number, by value.
 * @param address The caller's; 20 bytes, read during the call.
 * @param slot The caller's; 32 bytes, read during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_note_prefetched(
    uint32_t fork,
    uint32_t kind,
    const uint8_t address[20],
    const uint8_t slot[32]);

/**
 * Reads sizes and counters.
 *
 * @param fork Handle of a fork backend.
 * @param out_stats The caller's; written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t fork_backend_stats(
    uint32_t fork,
    ForkStats *out_stats);

/**
 * keccak256 (the pre-standard SHA-3 of Ethereum).
 *
 * @param data The caller's; read during the call. May be null if its length is 0.
 * @param data_bytes Bytes at `data`.
 * @param out_hash The caller's; 32 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t forkstate_keccak256(
    const uint8_t *data,
    uint32_t data_bytes,
    uint8_t out_hash[32]);

/**
 * Searches for a key whose keccak256 begins with a path of at most 64 nibbles. It tries the
 * big-endian numbers from `first` on, in key_bytes bytes: 20 for an address or 32 for a slot.
 * out_found is 1 or 0; the key is the first key_bytes of out_key. At most
 * FORKSTATE_MAX_PREIMAGE_TRIES tries a call.
 *
 * @param path The caller's; 32 bytes, read during the call.
 * @param path_nibbles A number, by value.
 * @param key_bytes A number, by value.
 * @param first The caller's; 8 bytes, read during the call.
 * @param tries A number, by value.
 * @param out_key The caller's; 32 bytes, written during the call.
 * @param out_found The caller's; 4 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t forkstate_find_preimage(
    const uint8_t path[32],
    uint32_t path_nibbles,
    uint32_t key_bytes,
    const uint8_t first[8],
    uint32_t tries,
    uint8_t out_key[32],
    uint32_t *out_found);

/**
 * The hash of the declarations that this binary was built from. Compare it with FORKSTATE_ABI_HASH
 * before any other call.
 *
 * @param out_hash The caller's; 32 bytes, written during the call.
 * @return A status. Never grows memory.
 */
FORKSTATE_API int32_t forkstate_abi_hash(
    uint8_t out_hash[32]);

#undef FORKSTATE_STATIC_ASSERT

#ifdef __cplusplus
}
#endif

#endif
