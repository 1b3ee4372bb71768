/**
 * The boundary to the core as TypeScript sees it. Generated from core/src/abi.zig; do not edit.
 *
 * Offsets of struct fields and sizes are in bytes. Byte strings are big-endian; integers inside
 * structs, and 4-byte results, are little-endian.
 */

/** The hash of these declarations; a binary must give the same. */
export const ABI_HASH = '0xf28dbbe7270fdef2e24737552e4ac64695ffa772c84f0ee0fa77044ffc0791f4'

/** Done. */
export const STATE_MANAGER_SUCCESS = 0

/** A null pointer, or a value out of its range. No effect. */
export const STATE_MANAGER_ERROR_INVALID_INPUT = 1

/** Memory is exhausted. The state is as it was before the call. */
export const STATE_MANAGER_ERROR_OUT_OF_MEMORY = 2

/** The snapshot id is stale, consumed, or belongs to another manager. No effect. */
export const STATE_MANAGER_ERROR_INVALID_SNAPSHOT = 3

/** For hosts: fetching a request failed. The core itself never fetches and never returns it. */
export const STATE_MANAGER_ERROR_RPC_FAILED = 4

/**
 * For hosts: a hex argument is malformed. No hex crosses this boundary; the core never returns it.
 */
export const STATE_MANAGER_ERROR_INVALID_HEX = 5

/**
 * The value is unknown. Unless the read was a peek, a request for it is now open and its id was
 * written; answer the request and read again.
 */
export const STATE_MANAGER_ERROR_RPC_PENDING = 6

/** The handle is null, unknown, destroyed, or of another type. No effect. */
export const STATE_MANAGER_ERROR_INVALID_HANDLE = 7

/** Commit or revert without an open checkpoint. No effect. */
export const STATE_MANAGER_ERROR_NO_CHECKPOINT = 8

/** A named limit was reached. No effect. */
export const STATE_MANAGER_ERROR_LIMIT_EXCEEDED = 9

/**
 * The value is unknown, and FORK_BACKEND_MAX_OPEN_REQUESTS requests are already open. Answer some,
 * then read again.
 */
export const STATE_MANAGER_ERROR_QUEUE_FULL = 10

/** The request is not open, or belongs to an earlier generation. The answer was dropped. */
export const STATE_MANAGER_ERROR_STALE_REQUEST = 11

/** The caller's buffer is too short. The needed length was written, and nothing else. */
export const STATE_MANAGER_ERROR_BUFFER_TOO_SMALL = 12

/** The queue of requests is empty. */
export const STATE_MANAGER_ERROR_NO_REQUEST = 13

/** keccak256 of the code provided is not the requested code hash. The request stays open. */
export const STATE_MANAGER_ERROR_CODE_HASH_MISMATCH = 14

/**
 * A proof does not prove the claim under the root, or a trie node is malformed or does not fit its
 * place. No fact is added.
 */
export const STATE_MANAGER_ERROR_PROOF_INVALID = 15

/** The trie nodes that the request asks for are still unknown. The request stays open. */
export const STATE_MANAGER_ERROR_MISSING_TRIE_NODE = 16

/** The state root of the fork backend's block was not set with fork_backend_set_state_root. */
export const STATE_MANAGER_ERROR_NO_STATE_ROOT = 17

/** Names of the statuses, by value. */
export const STATUS_NAMES = {
  0: 'STATE_MANAGER_SUCCESS',
  1: 'STATE_MANAGER_ERROR_INVALID_INPUT',
  2: 'STATE_MANAGER_ERROR_OUT_OF_MEMORY',
  3: 'STATE_MANAGER_ERROR_INVALID_SNAPSHOT',
  4: 'STATE_MANAGER_ERROR_RPC_FAILED',
  5: 'STATE_MANAGER_ERROR_INVALID_HEX',
  6: 'STATE_MANAGER_ERROR_RPC_PENDING',
  7: 'STATE_MANAGER_ERROR_INVALID_HANDLE',
  8: 'STATE_MANAGER_ERROR_NO_CHECKPOINT',
  9: 'STATE_MANAGER_ERROR_LIMIT_EXCEEDED',
  10: 'STATE_MANAGER_ERROR_QUEUE_FULL',
  11: 'STATE_MANAGER_ERROR_STALE_REQUEST',
  12: 'STATE_MANAGER_ERROR_BUFFER_TOO_SMALL',
  13: 'STATE_MANAGER_ERROR_NO_REQUEST',
  14: 'STATE_MANAGER_ERROR_CODE_HASH_MISMATCH',
  15: 'STATE_MANAGER_ERROR_PROOF_INVALID',
  16: 'STATE_MANAGER_ERROR_MISSING_TRIE_NODE',
  17: 'STATE_MANAGER_ERROR_NO_STATE_ROOT',
} as const

/** Every status a call can return, without STATE_MANAGER_GREW. */
export type Status = keyof typeof STATUS_NAMES

/** The part of the returned integer that is the status. */
export const STATE_MANAGER_STATUS_MASK = 255

/**
 * Bit of the returned integer: WebAssembly memory grew, so views must be renewed. Native builds
 * never set it.
 */
export const STATE_MANAGER_GREW = 256

/** Never a valid handle. */
export const STATE_MANAGER_NULL_HANDLE = 0

/**
 * Maximum of live managers and fork backends in one process or WebAssembly instance. Each place in
 * the table serves 4,095 handles, one after another; when all are used up, no further handle can be
 * made.
 */
export const STATE_MANAGER_MAX_HANDLES = 1048576

/** Maximum of open checkpoints of one manager. */
export const STATE_MANAGER_MAX_CHECKPOINT_DEPTH = 1048576

/** Maximum of live snapshots of one manager. */
export const STATE_MANAGER_MAX_SNAPSHOTS = 1048576

/** Maximum length of one code, in bytes. */
export const STATE_MANAGER_MAX_CODE_BYTES = 16777216

/** Maximum of entries in one table (accounts or slots of one layer). */
export const STATE_MANAGER_MAX_ENTRIES = 268435456

/** Maximum of frozen layers below one manager. A branch beyond it copies instead of sharing. */
export const STATE_MANAGER_MAX_LAYERS = 24

/** Maximum of open requests of one fork backend, queued or taken. */
export const FORK_BACKEND_MAX_OPEN_REQUESTS = 65536

/** Bound of the trie nodes of a fork backend whose max_trie_node_bytes is 0, in bytes. */
export const FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES = 67108864

/** Maximum of keys that one call of forkstate_find_preimage tries. */
export const FORKSTATE_MAX_PREIMAGE_TRIES = 16777216

/** Size of the call frame that a host may lay out for its calls, in bytes. */
export const FORKSTATE_FRAME_BYTES = 1024

/** ForkRequest.kind: all fields of an account. */
export const FORK_REQUEST_ACCOUNT = 1

/** ForkRequest.kind: one storage slot. */
export const FORK_REQUEST_STORAGE = 2

/** ForkRequest.kind: the code of an account whose code hash is in `slot`. */
export const FORK_REQUEST_CODE = 3

/** ForkRequest.kind: the trie nodes on the path to an account. */
export const FORK_REQUEST_ACCOUNT_PROOF = 4

/** ForkRequest.kind: the trie nodes on the paths to an account and its slot. */
export const FORK_REQUEST_STORAGE_PROOF = 5

/**
 * ForkRequest.kind: the trie node whose hash is in `slot`: the sibling of a leaf that a local write
 * deletes.
 */
export const FORK_REQUEST_TRIE_NODE = 6

/** ForkRequest.trie: the trie node belongs to the trie of accounts. */
export const FORK_TRIE_ACCOUNTS = 1

/** ForkRequest.trie: the trie node belongs to the storage trie of `address`. */
export const FORK_TRIE_STORAGE = 2

/** ProofOutcome.fault: the proof is sound. */
export const PROOF_FAULT_NONE = 0

/** ProofOutcome.fault: a length in the list exceeds the bytes that follow it. */
export const PROOF_FAULT_MALFORMED_LIST = 1

/** ProofOutcome.fault: the list ends before the path does. */
export const PROOF_FAULT_MISSING_TRIE_NODE = 2

/** ProofOutcome.fault: the list goes on where the path has ended. */
export const PROOF_FAULT_EXTRA_TRIE_NODE = 3

/** ProofOutcome.fault: keccak256 of a trie node is not the reference to it. */
export const PROOF_FAULT_WRONG_HASH = 4

/** ProofOutcome.fault: RLP is malformed or not canonical. */
export const PROOF_FAULT_BAD_RLP = 5

/** ProofOutcome.fault: an RLP list is not a trie node. */
export const PROOF_FAULT_BAD_TRIE_NODE = 6

/** ProofOutcome.fault: a path is badly encoded, empty, or too long. */
export const PROOF_FAULT_BAD_PATH = 7

/** ProofOutcome.fault: a branch has a value, or fewer than two children. */
export const PROOF_FAULT_BAD_BRANCH = 8

/** ProofOutcome.fault: a child is neither a hash nor an embedded trie node. */
export const PROOF_FAULT_BAD_REFERENCE = 9

/** ProofOutcome.fault: the leaf holds no canonical account or slot value. */
export const PROOF_FAULT_BAD_VALUE = 10

/** ProofOutcome.fault: the claimed balance differs from the leaf. */
export const PROOF_FAULT_WRONG_BALANCE = 11

/** ProofOutcome.fault: the claimed nonce differs from the leaf. */
export const PROOF_FAULT_WRONG_NONCE = 12

/** ProofOutcome.fault: the claimed code hash differs from the leaf. */
export const PROOF_FAULT_WRONG_CODE_HASH = 13

/** ProofOutcome.fault: the claimed storage root differs from the leaf. */
export const PROOF_FAULT_WRONG_STORAGE_ROOT = 14

/** ProofOutcome.fault: the claimed value differs from the leaf. */
export const PROOF_FAULT_WRONG_VALUE = 15

/** ProofOutcome.fault: the proof shows that the key is absent, but a value was claimed. */
export const PROOF_FAULT_NOT_ABSENT = 16

/** AccountFields.presence: nothing is known. */
export const ACCOUNT_UNKNOWN = 0

/** AccountFields.presence: not in the state. */
export const ACCOUNT_ABSENT = 1

/** AccountFields.presence: in the state, with balance 0, nonce 0 and no code (EIP-161). */
export const ACCOUNT_EMPTY = 2

/** AccountFields.presence: in the state and not empty. */
export const ACCOUNT_LIVE = 3

/** AccountFields.known: `balance` is known. */
export const ACCOUNT_KNOWS_BALANCE = 1

/** AccountFields.known: `nonce` is known. */
export const ACCOUNT_KNOWS_NONCE = 2

/** AccountFields.known: `code_hash` is known. */
export const ACCOUNT_KNOWS_CODE_HASH = 4

/** AccountFields.known: `storage_root` is known. */
export const ACCOUNT_KNOWS_STORAGE_ROOT = 8

/** AccountChange.exists: the account exists if it does on the chain. */
export const CHANGE_INHERITS = 0

/** AccountChange.exists: a write made the account exist. */
export const CHANGE_EXISTS = 1

/** AccountChange.exists: the account was deleted. */
export const CHANGE_DELETED = 2

/** Size of ManagerConfig. How a manager is made. */
export const MANAGER_CONFIG_BYTES = 8

/**
 * Offset of ManagerConfig.seed, 64 bits. Secret random number that seeds the hash tables, so that
 * chosen keys cannot collide.
 */
export const MANAGER_CONFIG_SEED = 0

/** Size of ForkConfig. How a fork backend is made. */
export const FORK_CONFIG_BYTES = 32

/**
 * Offset of ForkConfig.seed, 64 bits. Secret random number that seeds the hash tables, so that
 * chosen keys cannot collide.
 */
export const FORK_CONFIG_SEED = 0

/**
 * Offset of ForkConfig.max_entries, 64 bits. Maximum number of cached facts (accounts, slots,
 * codes); at least 1.
 */
export const FORK_CONFIG_MAX_ENTRIES = 8

/**
 * Offset of ForkConfig.max_bytes, 64 bits. Maximum size of the cached facts, in bytes. A single
 * larger fact is kept until the next one arrives.
 */
export const FORK_CONFIG_MAX_BYTES = 16

/**
 * Offset of ForkConfig.max_trie_node_bytes, 64 bits. Maximum size of the trie nodes that can be
 * fetched again, in bytes; 0 means FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES. The bound does not cover
 * trie nodes that local writes made, and is lifted while a request for trie nodes is open.
 */
export const FORK_CONFIG_MAX_TRIE_NODE_BYTES = 24

/**
 * Size of AccountFields. The fields of one account, of which only those named by `known` are known.
 */
export const ACCOUNT_FIELDS_BYTES = 112

/** Offset of AccountFields.balance, 32 bytes. Wei, 32-byte big-endian. */
export const ACCOUNT_FIELDS_BALANCE = 0

/** Offset of AccountFields.nonce, 8 bytes. 8-byte big-endian (EIP-2681). */
export const ACCOUNT_FIELDS_NONCE = 32

/**
 * Offset of AccountFields.code_hash, 32 bytes. keccak256 of the code; keccak256 of nothing for no
 * code.
 */
export const ACCOUNT_FIELDS_CODE_HASH = 40

/**
 * Offset of AccountFields.storage_root, 32 bytes. Root of the storage trie at the pinned block;
 * known only if no local write changed the storage.
 */
export const ACCOUNT_FIELDS_STORAGE_ROOT = 72

/** Offset of AccountFields.known, 8 bits. ACCOUNT_KNOWS_* bits. */
export const ACCOUNT_FIELDS_KNOWN = 104

/** Offset of AccountFields.presence, 8 bits. ACCOUNT_UNKNOWN, _ABSENT, _EMPTY or _LIVE. */
export const ACCOUNT_FIELDS_PRESENCE = 105

/** Size of ForkRequest. One thing the core needs from the chain. */
export const FORK_REQUEST_BYTES = 136

/** Offset of ForkRequest.id, 32 bits. */
export const FORK_REQUEST_ID = 0

/** Offset of ForkRequest.generation, 32 bits. */
export const FORK_REQUEST_GENERATION = 4

/**
 * Offset of ForkRequest.kind, 32 bits. FORK_REQUEST_ACCOUNT, _STORAGE, _CODE, _ACCOUNT_PROOF,
 * _STORAGE_PROOF or _TRIE_NODE.
 */
export const FORK_REQUEST_KIND = 8

/**
 * Offset of ForkRequest.address, 20 bytes. The account. For a trie node of the trie of accounts:
 * the account that is deleted.
 */
export const FORK_REQUEST_ADDRESS = 12

/**
 * Offset of ForkRequest.slot, 32 bytes. The slot of a storage or storage proof request, the code
 * hash of a code request, or the hash of the trie node of a trie node request; else zero.
 */
export const FORK_REQUEST_SLOT = 32

/**
 * Offset of ForkRequest.trie, 32 bits. Trie node requests: FORK_TRIE_ACCOUNTS or FORK_TRIE_STORAGE;
 * else 0.
 */
export const FORK_REQUEST_TRIE = 64

/** Offset of ForkRequest.path_nibbles, 32 bits. Number of nibbles in `path`. */
export const FORK_REQUEST_PATH_NIBBLES = 68

/**
 * Offset of ForkRequest.path, 32 bytes. Trie node requests: the path from the root of the trie to
 * the trie node, two nibbles per byte, the high one first.
 */
export const FORK_REQUEST_PATH = 72

/**
 * Offset of ForkRequest.changed_slot, 32 bytes. Requests for a trie node of a storage trie: the
 * slot that is set to zero.
 */
export const FORK_REQUEST_CHANGED_SLOT = 104

/** Size of ProofOutcome. The result of checking a proof: a PROOF_FAULT_* value, and where. */
export const PROOF_OUTCOME_BYTES = 12

/** Offset of ProofOutcome.fault, 32 bits. PROOF_FAULT_NONE, or why the proof is refused. */
export const PROOF_OUTCOME_FAULT = 0

/**
 * Offset of ProofOutcome.depth, 32 bits. Number of the trie node in the list at which the check
 * failed, from 0.
 */
export const PROOF_OUTCOME_DEPTH = 4

/**
 * Offset of ProofOutcome.presence, 32 bits. For a sound account proof: ACCOUNT_ABSENT, _EMPTY or
 * _LIVE.
 */
export const PROOF_OUTCOME_PRESENCE = 8

/** Size of WitnessInfo. Sizes of a witness that was collected. */
export const WITNESS_INFO_BYTES = 40

/** Offset of WitnessInfo.trie_nodes, 64 bits. Number of trie nodes. */
export const WITNESS_INFO_TRIE_NODES = 0

/** Offset of WitnessInfo.trie_node_bytes, 64 bits. Size of the list of trie nodes, in bytes. */
export const WITNESS_INFO_TRIE_NODE_BYTES = 8

/** Offset of WitnessInfo.codes, 64 bits. Number of codes. */
export const WITNESS_INFO_CODES = 16

/**
 * Offset of WitnessInfo.code_bytes, 64 bits. Size of the list of codes, in bytes; it follows the
 * list of trie nodes.
 */
export const WITNESS_INFO_CODE_BYTES = 24

/**
 * Offset of WitnessInfo.incomplete, 64 bits. 1 if facts of the pinned block were evicted or
 * cleared, so some reads may be missing in the witness; else 0.
 */
export const WITNESS_INFO_INCOMPLETE = 32

/** Size of AccountChange. What was written locally to one account. */
export const ACCOUNT_CHANGE_BYTES = 96

/** Offset of AccountChange.address, 20 bytes. */
export const ACCOUNT_CHANGE_ADDRESS = 0

/** Offset of AccountChange.balance, 32 bytes. Wei, 32-byte big-endian. */
export const ACCOUNT_CHANGE_BALANCE = 20

/** Offset of AccountChange.nonce, 8 bytes. 8-byte big-endian. */
export const ACCOUNT_CHANGE_NONCE = 52

/** Offset of AccountChange.code_hash, 32 bytes. keccak256 of the code. */
export const ACCOUNT_CHANGE_CODE_HASH = 60

/**
 * Offset of AccountChange.known, 8 bits. ACCOUNT_KNOWS_* bits of the balance, nonce and code hash:
 * only these were written.
 */
export const ACCOUNT_CHANGE_KNOWN = 92

/** Offset of AccountChange.exists, 8 bits. CHANGE_INHERITS, CHANGE_EXISTS or CHANGE_DELETED. */
export const ACCOUNT_CHANGE_EXISTS = 93

/**
 * Offset of AccountChange.storage_cleared, 8 bits. 1 if every slot that is not listed is zero; else
 * 0.
 */
export const ACCOUNT_CHANGE_STORAGE_CLEARED = 94

/** Size of SlotChange. One slot that was written locally. */
export const SLOT_CHANGE_BYTES = 84

/** Offset of SlotChange.address, 20 bytes. */
export const SLOT_CHANGE_ADDRESS = 0

/** Offset of SlotChange.slot, 32 bytes. */
export const SLOT_CHANGE_SLOT = 20

/** Offset of SlotChange.value, 32 bytes. */
export const SLOT_CHANGE_VALUE = 52

/** Size of ManagerStats. Sizes and counters of one manager. */
export const MANAGER_STATS_BYTES = 80

/** Offset of ManagerStats.overlay_accounts, 64 bits. Accounts with local writes, in all layers. */
export const MANAGER_STATS_OVERLAY_ACCOUNTS = 0

/**
 * Offset of ManagerStats.overlay_slots, 64 bits. Storage slots with local writes, in all layers.
 */
export const MANAGER_STATS_OVERLAY_SLOTS = 8

/** Offset of ManagerStats.overlay_bytes, 64 bits. Memory of the local writes, tables included. */
export const MANAGER_STATS_OVERLAY_BYTES = 16

/** Offset of ManagerStats.overlay_hits, 64 bits. Reads answered from local writes. */
export const MANAGER_STATS_OVERLAY_HITS = 24

/** Offset of ManagerStats.code_entries, 64 bits. Codes written locally; branches share them. */
export const MANAGER_STATS_CODE_ENTRIES = 32

/** Offset of ManagerStats.code_bytes, 64 bits. Size of the codes written locally. */
export const MANAGER_STATS_CODE_BYTES = 40

/** Offset of ManagerStats.journal_bytes, 64 bits. Memory of the undo records. */
export const MANAGER_STATS_JOURNAL_BYTES = 48

/** Offset of ManagerStats.checkpoint_depth, 64 bits. Open checkpoints. */
export const MANAGER_STATS_CHECKPOINT_DEPTH = 56

/** Offset of ManagerStats.snapshots, 64 bits. Live snapshots. */
export const MANAGER_STATS_SNAPSHOTS = 64

/**
 * Offset of ManagerStats.layers, 64 bits. Layers of local writes: the manager's own, and those it
 * shares with branches.
 */
export const MANAGER_STATS_LAYERS = 72

/** Size of ForkStats. Sizes and counters of one fork backend. */
export const FORK_STATS_BYTES = 152

/** Offset of ForkStats.base_accounts, 64 bits. Accounts of the chain in the cache. */
export const FORK_STATS_BASE_ACCOUNTS = 0

/** Offset of ForkStats.base_slots, 64 bits. Storage slots of the chain in the cache. */
export const FORK_STATS_BASE_SLOTS = 8

/** Offset of ForkStats.base_codes, 64 bits. Codes of the chain in the cache. */
export const FORK_STATS_BASE_CODES = 16

/**
 * Offset of ForkStats.base_bytes, 64 bits. Estimated memory of the cached facts, tables included.
 */
export const FORK_STATS_BASE_BYTES = 24

/** Offset of ForkStats.base_hits, 64 bits. Reads answered from cached facts. */
export const FORK_STATS_BASE_HITS = 32

/**
 * Offset of ForkStats.base_misses, 64 bits. Reads that neither cached facts nor trie nodes could
 * answer.
 */
export const FORK_STATS_BASE_MISSES = 40

/** Offset of ForkStats.evictions, 64 bits. Facts evicted to keep the cache within its bounds. */
export const FORK_STATS_EVICTIONS = 48

/** Offset of ForkStats.open_requests, 64 bits. Requests to the chain that are not answered yet. */
export const FORK_STATS_OPEN_REQUESTS = 56

/** Offset of ForkStats.queued_requests, 64 bits. Open requests that the host has not taken yet. */
export const FORK_STATS_QUEUED_REQUESTS = 64

/**
 * Offset of ForkStats.generation, 64 bits. The present generation; answers to requests of an
 * earlier one are dropped.
 */
export const FORK_STATS_GENERATION = 72

/**
 * Offset of ForkStats.trie_hits, 64 bits. Reads that no cached fact answered, but trie nodes did.
 */
export const FORK_STATS_TRIE_HITS = 80

/**
 * Offset of ForkStats.trie_nodes, 64 bits. Trie nodes in memory, including those that local writes
 * made.
 */
export const FORK_STATS_TRIE_NODES = 88

/** Offset of ForkStats.trie_node_bytes, 64 bits. Estimated memory of the trie nodes. */
export const FORK_STATS_TRIE_NODE_BYTES = 96

/**
 * Offset of ForkStats.local_trie_node_bytes, 64 bits. Estimated memory of the trie nodes that local
 * writes made.
 */
export const FORK_STATS_LOCAL_TRIE_NODE_BYTES = 104

/**
 * Offset of ForkStats.trie_node_evictions, 64 bits. Trie nodes evicted to keep them within their
 * bound.
 */
export const FORK_STATS_TRIE_NODE_EVICTIONS = 112

/** Offset of ForkStats.base_account_bytes, 64 bits. Estimated memory of the cached accounts. */
export const FORK_STATS_BASE_ACCOUNT_BYTES = 120

/** Offset of ForkStats.base_slot_bytes, 64 bits. Estimated memory of the cached storage slots. */
export const FORK_STATS_BASE_SLOT_BYTES = 128

/** Offset of ForkStats.base_code_bytes, 64 bits. Estimated memory of the cached codes. */
export const FORK_STATS_BASE_CODE_BYTES = 136

/**
 * Offset of ForkStats.prefetched_reads, 64 bits. Accounts and storage slots that were prefetched
 * and later read.
 */
export const FORK_STATS_PREFETCHED_READS = 144

/** Sizes and counters of one manager. */
export interface ManagerStats {
  /** Accounts with local writes, in all layers. */
  readonly overlayAccounts: number
  /** Storage slots with local writes, in all layers. */
  readonly overlaySlots: number
  /** Memory of the local writes, tables included. In bytes. */
  readonly overlayBytes: number
  /** Reads answered from local writes. */
  readonly overlayHits: number
  /** Codes written locally; branches share them. */
  readonly codeEntries: number
  /** Size of the codes written locally. In bytes. */
  readonly codeBytes: number
  /** Memory of the undo records. In bytes. */
  readonly journalBytes: number
  /** Open checkpoints. */
  readonly checkpointDepth: number
  /** Live snapshots. */
  readonly snapshots: number
  /** Layers of local writes: the manager's own, and those it shares with branches. */
  readonly layers: number
}

/** Reads the ManagerStats at an offset; exact up to 2^53. */
export function decodeManagerStats(view: DataView, offset: number): ManagerStats {
  const read = (at: number) => Number(view.getBigUint64(offset + at, true))
  return {
    overlayAccounts: read(MANAGER_STATS_OVERLAY_ACCOUNTS),
    overlaySlots: read(MANAGER_STATS_OVERLAY_SLOTS),
    overlayBytes: read(MANAGER_STATS_OVERLAY_BYTES),
    overlayHits: read(MANAGER_STATS_OVERLAY_HITS),
    codeEntries: read(MANAGER_STATS_CODE_ENTRIES),
    codeBytes: read(MANAGER_STATS_CODE_BYTES),
    journalBytes: read(MANAGER_STATS_JOURNAL_BYTES),
    checkpointDepth: read(MANAGER_STATS_CHECKPOINT_DEPTH),
    snapshots: read(MANAGER_STATS_SNAPSHOTS),
    layers: read(MANAGER_STATS_LAYERS),
  }
}

/** Sizes and counters of one fork backend. */
export interface ForkStats {
  /** Accounts of the chain in the cache. */
  readonly baseAccounts: number
  /** Storage slots of the chain in the cache. */
  readonly baseSlots: number
  /** Codes of the chain in the cache. */
  readonly baseCodes: number
  /** Estimated memory of the cached facts, tables included. In bytes. */
  readonly baseBytes: number
  /** Reads answered from cached facts. */
  readonly baseHits: number
  /** Reads that neither cached facts nor trie nodes could answer. */
  readonly baseMisses: number
  /** Facts evicted to keep the cache within its bounds. */
  readonly evictions: number
  /** Requests to the chain that are not answered yet. */
  readonly openRequests: number
  /** Reads that no cached fact answered, but trie nodes did. */
  readonly trieHits: number
  /** Trie nodes in memory, including those that local writes made. */
  readonly trieNodes: number
  /** Estimated memory of the trie nodes. In bytes. */
  readonly trieNodeBytes: number
  /** Estimated memory of the trie nodes that local writes made. In bytes. */
  readonly localTrieNodeBytes: number
  /** Trie nodes evicted to keep them within their bound. */
  readonly trieNodeEvictions: number
  /** Estimated memory of the cached accounts. In bytes. */
  readonly baseAccountBytes: number
  /** Estimated memory of the cached storage slots. In bytes. */
  readonly baseSlotBytes: number
  /** Estimated memory of the cached codes. In bytes. */
  readonly baseCodeBytes: number
  /** Accounts and storage slots that were prefetched and later read. */
  readonly prefetchedReads: number
}

/** Reads the ForkStats at an offset; exact up to 2^53. */
export function decodeForkStats(view: DataView, offset: number): ForkStats {
  const read = (at: number) => Number(view.getBigUint64(offset + at, true))
  return {
    baseAccounts: read(FORK_STATS_BASE_ACCOUNTS),
    baseSlots: read(FORK_STATS_BASE_SLOTS),
    baseCodes: read(FORK_STATS_BASE_CODES),
    baseBytes: read(FORK_STATS_BASE_BYTES),
    baseHits: read(FORK_STATS_BASE_HITS),
    baseMisses: read(FORK_STATS_BASE_MISSES),
    evictions: read(FORK_STATS_EVICTIONS),
    openRequests: read(FORK_STATS_OPEN_REQUESTS),
    trieHits: read(FORK_STATS_TRIE_HITS),
    trieNodes: read(FORK_STATS_TRIE_NODES),
    trieNodeBytes: read(FORK_STATS_TRIE_NODE_BYTES),
    localTrieNodeBytes: read(FORK_STATS_LOCAL_TRIE_NODE_BYTES),
    trieNodeEvictions: read(FORK_STATS_TRIE_NODE_EVICTIONS),
    baseAccountBytes: read(FORK_STATS_BASE_ACCOUNT_BYTES),
    baseSlotBytes: read(FORK_STATS_BASE_SLOT_BYTES),
    baseCodeBytes: read(FORK_STATS_BASE_CODE_BYTES),
    prefetchedReads: read(FORK_STATS_PREFETCHED_READS),
  }
}

/**
 * The functions of the core, the same in every build. Arguments are unsigned 32-bit numbers:
 * handles, numbers, and pointers, which are offsets into the memory of the engine; 0 is the null
 * pointer. A result's status is `result & STATE_MANAGER_STATUS_MASK`. No pointer is kept after the
 * call.
 */
export interface CoreFunctions {
  /**
   * Makes a manager over an empty state: accounts that were not written are absent, and slots zero.
   *
   * @param config Pointer to a ManagerConfig, read.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_create(config: number, outManager: number): number

  /**
   * Makes a manager that reads through a fork backend whatever was not written locally. The backend
   * lives as long as any manager over it, even after fork_backend_destroy.
   *
   * @param config Pointer to a ManagerConfig, read.
   * @param fork Handle of a fork backend.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_create_with_fork(config: number, fork: number, outManager: number): number

  /**
   * Makes an independent manager that starts from this one's present state, without checkpoints or
   * snapshots. O(1): both share the writes made so far, which are frozen. A manager and its
   * branches must not be used from two threads at the same time.
   *
   * @param manager Handle of a manager.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_branch(manager: number, outManager: number): number

  /**
   * Destroys a manager and frees its memory. Its branches stay alive.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_destroy(manager: number): number

  /**
   * Balance in wei, 32-byte big-endian; 0 for an absent account. If it is unknown, the result is
   * STATE_MANAGER_ERROR_RPC_PENDING and out_request receives the id of the request; a null
   * out_request makes the read a peek, which opens no request. The same holds for every *_sync
   * read.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outBalance Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_balance_sync(
    manager: number,
    address: number,
    outBalance: number,
    outRequest: number,
  ): number

  /**
   * Nonce, 8-byte big-endian; 0 for an absent account.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outNonce Pointer to 8 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_nonce_sync(
    manager: number,
    address: number,
    outNonce: number,
    outRequest: number,
  ): number

  /**
   * Value of a storage slot, 32 bytes.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @param outValue Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_storage_sync(
    manager: number,
    address: number,
    slot: number,
    outValue: number,
    outRequest: number,
  ): number

  /**
   * keccak256 of the account's code; keccak256 of nothing if it has none or is absent.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outHash Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_code_hash_sync(
    manager: number,
    address: number,
    outHash: number,
    outRequest: number,
  ): number

  /**
   * Length of the account's code in bytes (4 bytes, host order). The first step of reading code.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outLength Pointer to 4 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_code_length_sync(
    manager: number,
    address: number,
    outLength: number,
    outRequest: number,
  ): number

  /**
   * Copies the account's code into the caller's buffer; out_length receives its length. If the
   * buffer is too short, the result is STATE_MANAGER_ERROR_BUFFER_TOO_SMALL, out_length receives
   * the needed length, and no code is written.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outLength Pointer to 4 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_code_sync(
    manager: number,
    address: number,
    buffer: number,
    bufferBytes: number,
    outLength: number,
    outRequest: number,
  ): number

  /**
   * Like state_manager_get_code_sync, for a code hash that was read before; address names the
   * account whose code a request would ask for.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param codeHash Pointer to 32 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outLength Pointer to 4 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_code_by_hash_sync(
    manager: number,
    address: number,
    codeHash: number,
    buffer: number,
    bufferBytes: number,
    outLength: number,
    outRequest: number,
  ): number

  /**
   * Presence, balance, nonce and code hash at once, and the storage root where it is known.
   * STATE_MANAGER_ERROR_RPC_PENDING if any of the first four is unknown; the known fields are
   * written even then.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outAccount Pointer to a AccountFields, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_account_sync(
    manager: number,
    address: number,
    outAccount: number,
    outRequest: number,
  ): number

  /**
   * Writes a balance. Other fields stay as they are, even if unknown. Every write makes an absent
   * account exist.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param balance Pointer to 32 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_set_balance(manager: number, address: number, balance: number): number

  /**
   * Writes a nonce (EIP-2681: 64 bits).
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param nonce Pointer to 8 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_set_nonce(manager: number, address: number, nonce: number): number

  /**
   * Writes a storage slot. Zero is a value like any other.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @param value Pointer to 32 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_set_storage(manager: number, address: number, slot: number, value: number): number

  /**
   * Writes the code and its hash. EIP-7702 designators are code like any other.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param code Pointer to bytes, read; may be null if there are none.
   * @param codeBytes Length in bytes of what the pointer before points to.
   * @returns A status. May grow memory.
   */
  state_manager_set_code(manager: number, address: number, code: number, codeBytes: number): number

  /**
   * Makes the account absent and its storage zero, whatever the chain holds. O(1).
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_delete_account(manager: number, address: number): number

  /**
   * Makes every slot of the account zero, whatever the chain holds. O(1). Other fields stay as they
   * are, and an absent account stays absent.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_clear_storage(manager: number, address: number): number

  /**
   * Opens a checkpoint. O(1).
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_checkpoint(manager: number): number

  /**
   * Closes the innermost checkpoint and keeps its changes. O(1).
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_commit(manager: number): number

  /**
   * Closes the innermost checkpoint and undoes its changes. O(changes). Snapshots taken inside it
   * become invalid.
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_revert(manager: number): number

  /**
   * Takes a snapshot. Its id (8-byte big-endian) is never reused.
   *
   * @param manager Handle of a manager.
   * @param outId Pointer to 8 bytes, written.
   * @returns A status. May grow memory.
   */
  state_manager_snapshot(manager: number, outId: number): number

  /**
   * Restores the state and the checkpoint depth of the snapshot. It and all later snapshots become
   * invalid.
   *
   * @param manager Handle of a manager.
   * @param id Pointer to 8 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_revert_to_snapshot(manager: number, id: number): number

  /**
   * Root of the state trie after all local writes, 32 bytes. If trie nodes are missing, the call
   * opens every request it needs, first for the proofs of written keys, writes the id of the last
   * one to out_request, and is pending. STATE_MANAGER_ERROR_NO_STATE_ROOT if the state root of the
   * fork's block was not set. The same holds for the other roots, proofs and witnesses.
   *
   * @param manager Handle of a manager.
   * @param outRoot Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_state_root_sync(manager: number, outRoot: number, outRequest: number): number

  /**
   * Root of the account's storage trie after all local writes, 32 bytes; the root of an empty trie
   * for an absent account.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outRoot Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_storage_root_sync(
    manager: number,
    address: number,
    outRoot: number,
    outRequest: number,
  ): number

  /**
   * The proof of the account, or of its absence, under the local state root (EIP-1186): for each
   * trie node from the root its length in 4 bytes, little-endian, then its RLP. If the buffer is
   * too short, the result is STATE_MANAGER_ERROR_BUFFER_TOO_SMALL and out_length receives the
   * needed length.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outLength Pointer to 4 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_account_proof_sync(
    manager: number,
    address: number,
    buffer: number,
    bufferBytes: number,
    outLength: number,
    outRequest: number,
  ): number

  /**
   * Like state_manager_get_account_proof_sync, for a slot under the account's local storage root.
   * The list is empty if the account has no storage.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outLength Pointer to 4 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_storage_proof_sync(
    manager: number,
    address: number,
    slot: number,
    buffer: number,
    bufferBytes: number,
    outLength: number,
    outRequest: number,
  ): number

  /**
   * Collects a witness, which is enough to run again without a chain: the codes, and the block's
   * trie nodes for all facts of the fork backend, all local writes and all computed roots. It
   * replaces an earlier witness and is kept until state_manager_drop_witness.
   *
   * @param manager Handle of a manager.
   * @param outInfo Pointer to a WitnessInfo, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_collect_witness_sync(manager: number, outInfo: number, outRequest: number): number

  /**
   * Copies as much of the collected witness as fits, from an offset on: the trie nodes, then the
   * codes, each after its length as in proofs. Past the end it copies nothing.
   *
   * @param manager Handle of a manager.
   * @param offset A number.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outLength Pointer to 4 bytes, written.
   * @returns A status. Never grows memory.
   */
  state_manager_read_witness(
    manager: number,
    offset: number,
    buffer: number,
    bufferBytes: number,
    outLength: number,
  ): number

  /**
   * Frees the collected witness, if any.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_drop_witness(manager: number): number

  /**
   * Lists accounts with local writes as AccountChange structs, as many as fit. Start with a cursor
   * of zeros and continue with out_cursor until its 8 bytes are all 0xff. Any change to the manager
   * in between makes a cursor meaningless.
   *
   * @param manager Handle of a manager.
   * @param cursor Pointer to 8 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outCount Pointer to 4 bytes, written.
   * @param outCursor Pointer to 8 bytes, written.
   * @returns A status. Never grows memory.
   */
  state_manager_list_accounts(
    manager: number,
    cursor: number,
    buffer: number,
    bufferBytes: number,
    outCount: number,
    outCursor: number,
  ): number

  /**
   * Like state_manager_list_accounts, for slots with local writes as SlotChange structs.
   *
   * @param manager Handle of a manager.
   * @param cursor Pointer to 8 bytes, read.
   * @param buffer Pointer to bytes, written; may be null if there are none.
   * @param bufferBytes Length in bytes of what the pointer before points to.
   * @param outCount Pointer to 4 bytes, written.
   * @param outCursor Pointer to 8 bytes, written.
   * @returns A status. Never grows memory.
   */
  state_manager_list_slots(
    manager: number,
    cursor: number,
    buffer: number,
    bufferBytes: number,
    outCount: number,
    outCursor: number,
  ): number

  /**
   * Drops local writes, journal, checkpoints, snapshots, and the facts of the fork backend.
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_clear_caches(manager: number): number

  /**
   * Drops only the facts of the fork backend, like fork_backend_clear.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_clear_fork_cache(manager: number): number

  /**
   * Reads sizes and counters.
   *
   * @param manager Handle of a manager.
   * @param outStats Pointer to a ManagerStats, written.
   * @returns A status. Never grows memory.
   */
  state_manager_stats(manager: number, outStats: number): number

  /**
   * Makes a fork backend: a bounded cache of facts at one block, and a queue of requests.
   *
   * @param config Pointer to a ForkConfig, read.
   * @param outFork Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  fork_backend_create(config: number, outFork: number): number

  /**
   * Destroys the handle. The memory is freed with the last manager over the backend.
   *
   * @param fork Handle of a fork backend.
   * @returns A status. Never grows memory.
   */
  fork_backend_destroy(fork: number): number

  /**
   * Takes the oldest queued request. It stays open until it is answered, failed or cleared.
   * STATE_MANAGER_ERROR_NO_REQUEST if the queue is empty.
   *
   * @param fork Handle of a fork backend.
   * @param outRequest Pointer to a ForkRequest, written.
   * @returns A status. Never grows memory.
   */
  fork_backend_next_request(fork: number, outRequest: number): number

  /**
   * Answers an account request. Only the fields in `known` are read. A zero code hash or storage
   * root means empty; an account whose fields are all empty is absent, unless presence is
   * ACCOUNT_EMPTY.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @param account Pointer to a AccountFields, read.
   * @returns A status. May grow memory.
   */
  fork_backend_provide_account(
    fork: number,
    generation: number,
    request: number,
    account: number,
  ): number

  /**
   * Answers a storage request.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @param value Pointer to 32 bytes, read.
   * @returns A status. May grow memory.
   */
  fork_backend_provide_storage(
    fork: number,
    generation: number,
    request: number,
    value: number,
  ): number

  /**
   * Answers a code request. The code must hash to the code hash requested.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @param code Pointer to bytes, read; may be null if there are none.
   * @param codeBytes Length in bytes of what the pointer before points to.
   * @returns A status. May grow memory.
   */
  fork_backend_provide_code(
    fork: number,
    generation: number,
    request: number,
    code: number,
    codeBytes: number,
  ): number

  /**
   * Closes a request without an answer. Nothing is cached, and the next read opens a new request.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_fail(fork: number, generation: number, request: number): number

  /**
   * Adds an account fact that was not requested. Open requests are not touched.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param address Pointer to 20 bytes, read.
   * @param account Pointer to a AccountFields, read.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_account(
    fork: number,
    generation: number,
    address: number,
    account: number,
  ): number

  /**
   * Adds a storage fact that was not requested.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @param value Pointer to 32 bytes, read.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_storage(
    fork: number,
    generation: number,
    address: number,
    slot: number,
    value: number,
  ): number

  /**
   * Adds a code that was not requested, under its hash.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param code Pointer to bytes, read; may be null if there are none.
   * @param codeBytes Length in bytes of what the pointer before points to.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_code(
    fork: number,
    generation: number,
    code: number,
    codeBytes: number,
  ): number

  /**
   * Sets the state root of the block, once a generation; a different root than before is invalid
   * input. Proof checks, roots and reads from trie nodes need it.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param root Pointer to 32 bytes, read.
   * @returns A status. Never grows memory.
   */
  fork_backend_set_state_root(fork: number, generation: number, root: number): number

  /**
   * Checks a proof of the account with this address, or of its absence, under the state root; the
   * fields in `known` must equal those of the leaf. Zero and the hash of nothing are the same code
   * hash and storage root. Keeps the trie nodes of a sound proof, and adds no fact.
   * STATE_MANAGER_ERROR_PROOF_INVALID with the reason in out_outcome.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param address Pointer to 20 bytes, read.
   * @param account Pointer to a AccountFields, read.
   * @param proof Pointer to bytes, read; may be null if there are none.
   * @param proofBytes Length in bytes of what the pointer before points to.
   * @param outOutcome Pointer to a ProofOutcome, written.
   * @returns A status. May grow memory.
   */
  fork_backend_check_account(
    fork: number,
    generation: number,
    address: number,
    account: number,
    proof: number,
    proofBytes: number,
    outOutcome: number,
  ): number

  /**
   * Checks a proof of a slot's value under a storage root that was proven before; a zero root means
   * an empty trie.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param storageRoot Pointer to 32 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @param value Pointer to 32 bytes, read.
   * @param proof Pointer to bytes, read; may be null if there are none.
   * @param proofBytes Length in bytes of what the pointer before points to.
   * @param outOutcome Pointer to a ProofOutcome, written.
   * @returns A status. May grow memory.
   */
  fork_backend_check_storage(
    fork: number,
    generation: number,
    storageRoot: number,
    slot: number,
    value: number,
    proof: number,
    proofBytes: number,
    outOutcome: number,
  ): number

  /**
   * Adds a trie node under its hash, which out_hash receives. It is never evicted.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param trieNode Pointer to bytes, read; may be null if there are none.
   * @param trieNodeBytes Length in bytes of what the pointer before points to.
   * @param outHash Pointer to 32 bytes, written.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_trie_node(
    fork: number,
    generation: number,
    trieNode: number,
    trieNodeBytes: number,
    outHash: number,
  ): number

  /**
   * Whether a trie node is known: 1 or 0.
   *
   * @param fork Handle of a fork backend.
   * @param hash Pointer to 32 bytes, read.
   * @param outFound Pointer to 4 bytes, written.
   * @returns A status. Never grows memory.
   */
  fork_backend_has_trie_node(fork: number, hash: number, outFound: number): number

  /**
   * Closes a request for a proof or a trie node, once checks or inserts have added the trie nodes.
   * STATE_MANAGER_ERROR_MISSING_TRIE_NODE if they are still unknown.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_provide_trie_nodes(fork: number, generation: number, request: number): number

  /**
   * Rebuilds the requested trie node from a proof of the changed key at a later block, where the
   * trie node was merged into its parent, and adds it. Its hash is known, so the proof needs no
   * trust. STATE_MANAGER_ERROR_MISSING_TRIE_NODE if the proof does not hold it. The request stays
   * open.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @param proof Pointer to bytes, read; may be null if there are none.
   * @param proofBytes Length in bytes of what the pointer before points to.
   * @returns A status. May grow memory.
   */
  fork_backend_rebuild_sibling(
    fork: number,
    generation: number,
    request: number,
    proof: number,
    proofBytes: number,
  ): number

  /**
   * Drops all facts and open requests and starts a new generation. Answers to requests of the old
   * one will be dropped.
   *
   * @param fork Handle of a fork backend.
   * @returns A status. Never grows memory.
   */
  fork_backend_clear(fork: number): number

  /**
   * Prepares the backend for another block. Like fork_backend_clear, but codes are kept, and slots
   * become valid again once their account is provided with the same storage root, unless
   * keeps_slots is 0.
   *
   * @param fork Handle of a fork backend.
   * @param keepsSlots A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_repin(fork: number, keepsSlots: number): number

  /**
   * Notes that an account or slot (FORK_REQUEST_ACCOUNT or FORK_REQUEST_STORAGE) was prefetched, so
   * that its next read is counted in prefetched_reads. Does nothing if it is not cached.
   *
   * @param fork Handle of a fork backend.
   * @param kind A number.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @returns A status. Never grows memory.
   */
  fork_backend_note_prefetched(fork: number, kind: number, address: number, slot: number): number

  /**
   * Reads sizes and counters.
   *
   * @param fork Handle of a fork backend.
   * @param outStats Pointer to a ForkStats, written.
   * @returns A status. Never grows memory.
   */
  fork_backend_stats(fork: number, outStats: number): number

  /**
   * keccak256 (the pre-standard SHA-3 of Ethereum).
   *
   * @param data Pointer to bytes, read; may be null if there are none.
   * @param dataBytes Length in bytes of what the pointer before points to.
   * @param outHash Pointer to 32 bytes, written.
   * @returns A status. Never grows memory.
   */
  forkstate_keccak256(data: number, dataBytes: number, outHash: number): number

  /**
   * Searches for a key whose keccak256 begins with a path of at most 64 nibbles. It tries the
   * big-endian numbers from `first` on, in key_bytes bytes: 20 for an address or 32 for a slot.
   * out_found is 1 or 0; the key is the first key_bytes of out_key. At most
   * FORKSTATE_MAX_PREIMAGE_TRIES tries a call.
   *
   * @param path Pointer to 32 bytes, read.
   * @param pathNibbles A number.
   * @param keyBytes A number.
   * @param first Pointer to 8 bytes, read.
   * @param tries A number.
   * @param outKey Pointer to 32 bytes, written.
   * @param outFound Pointer to 4 bytes, written.
   * @returns A status. Never grows memory.
   */
  forkstate_find_preimage(
    path: number,
    pathNibbles: number,
    keyBytes: number,
    first: number,
    tries: number,
    outKey: number,
    outFound: number,
  ): number

  /**
   * The hash of the declarations that this binary was built from. Compare it with
   * FORKSTATE_ABI_HASH before any other call.
   *
   * @param outHash Pointer to 32 bytes, written.
   * @returns A status. Never grows memory.
   */
  forkstate_abi_hash(outHash: number): number
}

/** What only WebAssembly builds of the core have. */
export interface WasmOnlyFunctions {
  /**
   * WebAssembly only: reserves a buffer of at least so many bytes for code in and out. It is valid
   * until the next reserve.
   *
   * @param bytes A number.
   * @param outAddress Pointer to 4 bytes, written.
   * @returns A status. May grow memory.
   */
  forkstate_buffer_reserve(bytes: number, outAddress: number): number
}

/**
 * How many parameters each function has. The order is that of the declarations: the place of a
 * function in it is its index for the native addon.
 */
export const FUNCTION_PARAMETERS = {
  state_manager_create: 2,
  state_manager_create_with_fork: 3,
  state_manager_branch: 2,
  state_manager_destroy: 1,
  state_manager_get_balance_sync: 4,
  state_manager_get_nonce_sync: 4,
  state_manager_get_storage_sync: 5,
  state_manager_get_code_hash_sync: 4,
  state_manager_get_code_length_sync: 4,
  state_manager_get_code_sync: 6,
  state_manager_get_code_by_hash_sync: 7,
  state_manager_get_account_sync: 4,
  state_manager_set_balance: 3,
  state_manager_set_nonce: 3,
  state_manager_set_storage: 4,
  state_manager_set_code: 4,
  state_manager_delete_account: 2,
  state_manager_clear_storage: 2,
  state_manager_checkpoint: 1,
  state_manager_commit: 1,
  state_manager_revert: 1,
  state_manager_snapshot: 2,
  state_manager_revert_to_snapshot: 2,
  state_manager_get_state_root_sync: 3,
  state_manager_get_storage_root_sync: 4,
  state_manager_get_account_proof_sync: 6,
  state_manager_get_storage_proof_sync: 7,
  state_manager_collect_witness_sync: 3,
  state_manager_read_witness: 5,
  state_manager_drop_witness: 1,
  state_manager_list_accounts: 6,
  state_manager_list_slots: 6,
  state_manager_clear_caches: 1,
  state_manager_clear_fork_cache: 1,
  state_manager_stats: 2,
  fork_backend_create: 2,
  fork_backend_destroy: 1,
  fork_backend_next_request: 2,
  fork_backend_provide_account: 4,
  fork_backend_provide_storage: 4,
  fork_backend_provide_code: 5,
  fork_backend_fail: 3,
  fork_backend_insert_account: 4,
  fork_backend_insert_storage: 5,
  fork_backend_insert_code: 4,
  fork_backend_set_state_root: 3,
  fork_backend_check_account: 7,
  fork_backend_check_storage: 8,
  fork_backend_insert_trie_node: 5,
  fork_backend_has_trie_node: 3,
  fork_backend_provide_trie_nodes: 3,
  fork_backend_rebuild_sibling: 5,
  fork_backend_clear: 1,
  fork_backend_repin: 2,
  fork_backend_note_prefetched: 4,
  fork_backend_stats: 2,
  forkstate_keccak256: 3,
  forkstate_find_preimage: 7,
  forkstate_abi_hash: 1,
} as const satisfies Record<keyof CoreFunctions, number>
