/**
 * The boundary to the core as TypeScript sees it. Generated from core/src/abi.zig; do not edit.
 *
 * Offsets of struct fields and sizes are in bytes. Byte strings are big-endian; integers inside
 * structs, and 4-byte results, are little-endian.
 */

/** The hash of these declarations; a binary must give the same. */
export const ABI_HASH = '0x8f0e19ce8fc3749adda6e16bf255f47993cb879fce03ad201e4e4d46d017c9a2'

/** Done. */
export const STATE_MANAGER_SUCCESS = 0

/** A null pointer, or a value out of its range. No effect. */
export const STATE_MANAGER_ERROR_INVALID_INPUT = 1

/** Memory is exhausted. The state is as it was before the call. */
export const STATE_MANAGER_ERROR_OUT_OF_MEMORY = 2

/** The snapshot id is stale, consumed, or of another manager. No effect. */
export const STATE_MANAGER_ERROR_INVALID_SNAPSHOT = 3

/** For hosts: fetching a request failed. The core itself never fetches and never returns it. */
export const STATE_MANAGER_ERROR_RPC_FAILED = 4

/**
 * For hosts: a hex argument is malformed. No hex crosses this boundary; the core never returns it.
 */
export const STATE_MANAGER_ERROR_INVALID_HEX = 5

/**
 * The value is unknown. Unless it was a peek, a request is open whose id was written; provide it
 * and read again.
 */
export const STATE_MANAGER_ERROR_RPC_PENDING = 6

/** The handle is null, unknown, destroyed, or of another type. No effect. */
export const STATE_MANAGER_ERROR_INVALID_HANDLE = 7

/** Commit or revert without an open checkpoint. No effect. */
export const STATE_MANAGER_ERROR_NO_CHECKPOINT = 8

/** A named limit was reached. No effect. */
export const STATE_MANAGER_ERROR_LIMIT_EXCEEDED = 9

/**
 * The value is unknown and FORK_BACKEND_MAX_OPEN_REQUESTS are open already. Answer some, then read
 * again.
 */
export const STATE_MANAGER_ERROR_QUEUE_FULL = 10

/** The request is not open, or of an earlier generation. The answer was dropped. */
export const STATE_MANAGER_ERROR_STALE_REQUEST = 11

/** The caller's buffer is too short; the needed length was written. Nothing else was. */
export const STATE_MANAGER_ERROR_BUFFER_TOO_SMALL = 12

/** The queue of requests is empty. */
export const STATE_MANAGER_ERROR_NO_REQUEST = 13

/** keccak256 of the code provided is not the code hash requested. The request is still open. */
export const STATE_MANAGER_ERROR_CODE_HASH_MISMATCH = 14

/**
 * A proof does not prove what is claimed under the root, or a trie node is malformed or does not
 * fit its place. No fact is added.
 */
export const STATE_MANAGER_ERROR_PROOF_INVALID = 15

/** The nodes that a request asks for are still not there. The request is still open. */
export const STATE_MANAGER_ERROR_MISSING_TRIE_NODE = 16

/** The fork backend was not told the state root of its block: fork_backend_set_state_root. */
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
 * Bit of the returned integer: WebAssembly memory grew, renew your views. Never set by native
 * builds.
 */
export const STATE_MANAGER_GREW = 256

/** Never a valid handle. */
export const STATE_MANAGER_NULL_HANDLE = 0

/**
 * Live managers and fork backends in one process or WebAssembly instance. Each place serves 4,095
 * handles, one after the other; then making one fails for good.
 */
export const STATE_MANAGER_MAX_HANDLES = 1048576

/** Open checkpoints of one manager. */
export const STATE_MANAGER_MAX_CHECKPOINT_DEPTH = 1048576

/** Live snapshots of one manager. */
export const STATE_MANAGER_MAX_SNAPSHOTS = 1048576

/** Length of one code. */
export const STATE_MANAGER_MAX_CODE_BYTES = 16777216

/** Entries of one table (accounts or slots of one layer). */
export const STATE_MANAGER_MAX_ENTRIES = 268435456

/** Frozen layers below one manager; a branch beyond it copies instead of sharing. */
export const STATE_MANAGER_MAX_LAYERS = 24

/** Requests of one fork backend that are queued or in flight. */
export const FORK_BACKEND_MAX_OPEN_REQUESTS = 65536

/** Bound of the trie nodes of a fork backend whose max_node_bytes is 0. */
export const FORK_BACKEND_DEFAULT_NODE_BYTES = 67108864

/** Keys that one forkstate_find_preimage tries. */
export const FORKSTATE_MAX_PREIMAGE_TRIES = 16777216

/** Size of the call frame a host may lay out for its calls. */
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
 * ForkRequest.kind: the trie node whose hash is in `slot`, the sibling of a leaf that is deleted.
 */
export const FORK_REQUEST_NODE = 6

/** ForkRequest.trie: the node is of the trie of accounts. */
export const FORK_TRIE_ACCOUNTS = 1

/** ForkRequest.trie: the node is of the storage trie of `address`. */
export const FORK_TRIE_STORAGE = 2

/** ProofOutcome.fault: the proof is sound. */
export const PROOF_FAULT_NONE = 0

/** ProofOutcome.fault: the list is not lengths with as many bytes. */
export const PROOF_FAULT_MALFORMED_LIST = 1

/** ProofOutcome.fault: the list ends before the path does. */
export const PROOF_FAULT_MISSING_NODE = 2

/** ProofOutcome.fault: the list goes on where the path has ended. */
export const PROOF_FAULT_EXTRA_NODE = 3

/** ProofOutcome.fault: keccak256 of the node is not the reference to it. */
export const PROOF_FAULT_WRONG_HASH = 4

/** ProofOutcome.fault: RLP that is malformed or not canonical. */
export const PROOF_FAULT_BAD_RLP = 5

/** ProofOutcome.fault: a list that is no node. */
export const PROOF_FAULT_BAD_NODE = 6

/** ProofOutcome.fault: a path that is badly encoded, empty, or too long. */
export const PROOF_FAULT_BAD_PATH = 7

/** ProofOutcome.fault: a branch with a value, or with less than two children. */
export const PROOF_FAULT_BAD_BRANCH = 8

/** ProofOutcome.fault: a child that is neither a hash nor a short node. */
export const PROOF_FAULT_BAD_REFERENCE = 9

/** ProofOutcome.fault: the leaf holds no canonical account or slot value. */
export const PROOF_FAULT_BAD_VALUE = 10

/** ProofOutcome.fault: the claimed balance is not that of the leaf. */
export const PROOF_FAULT_WRONG_BALANCE = 11

/** ProofOutcome.fault: the claimed nonce is not that of the leaf. */
export const PROOF_FAULT_WRONG_NONCE = 12

/** ProofOutcome.fault: the claimed code hash is not that of the leaf. */
export const PROOF_FAULT_WRONG_CODE_HASH = 13

/** ProofOutcome.fault: the claimed storage root is not that of the leaf. */
export const PROOF_FAULT_WRONG_STORAGE_ROOT = 14

/** ProofOutcome.fault: the claimed value is not that of the leaf. */
export const PROOF_FAULT_WRONG_VALUE = 15

/** ProofOutcome.fault: something is claimed of a key that is proven absent. */
export const PROOF_FAULT_NOT_ABSENT = 16

/** AccountRecord.presence: nothing is known. */
export const ACCOUNT_UNKNOWN = 0

/** AccountRecord.presence: not in the state. */
export const ACCOUNT_ABSENT = 1

/** AccountRecord.presence: in the state, with balance 0, nonce 0 and no code (EIP-161). */
export const ACCOUNT_EMPTY = 2

/** AccountRecord.presence: in the state and not empty. */
export const ACCOUNT_LIVE = 3

/** AccountRecord.known: `balance` holds. */
export const ACCOUNT_KNOWS_BALANCE = 1

/** AccountRecord.known: `nonce` holds. */
export const ACCOUNT_KNOWS_NONCE = 2

/** AccountRecord.known: `code_hash` holds. */
export const ACCOUNT_KNOWS_CODE_HASH = 4

/** AccountRecord.known: `storage_root` holds. */
export const ACCOUNT_KNOWS_STORAGE_ROOT = 8

/** AccountChange.exists: as on the chain. */
export const CHANGE_INHERITS = 0

/** AccountChange.exists: a write made it exist. */
export const CHANGE_EXISTS = 1

/** AccountChange.exists: it was deleted. */
export const CHANGE_DELETED = 2

/** Size of ManagerConfig. How a manager is made. */
export const MANAGER_CONFIG_BYTES = 8

/**
 * Offset of ManagerConfig.seed, 64 bits. Secret random number; seeds the hash tables against chosen
 * keys.
 */
export const MANAGER_CONFIG_SEED = 0

/**
 * Size of ForkConfig. How a fork backend is made. max_entries is at least 1; a single fact larger
 * than max_bytes is kept until the next one arrives.
 */
export const FORK_CONFIG_BYTES = 32

/**
 * Offset of ForkConfig.seed, 64 bits. Secret random number; seeds the hash tables against chosen
 * keys.
 */
export const FORK_CONFIG_SEED = 0

/**
 * Offset of ForkConfig.max_entries, 64 bits. Bound of cached facts (accounts, slots, codes); at
 * least 1.
 */
export const FORK_CONFIG_MAX_ENTRIES = 8

/**
 * Offset of ForkConfig.max_bytes, 64 bits. Bound of their bytes; a single larger fact still is kept
 * until the next one.
 */
export const FORK_CONFIG_MAX_BYTES = 16

/**
 * Offset of ForkConfig.max_node_bytes, 64 bits. Bound of the bytes of trie nodes that can be
 * fetched again; 0 means FORK_BACKEND_DEFAULT_NODE_BYTES. Not bounded are nodes that local writes
 * made, and any while a request for nodes is open.
 */
export const FORK_CONFIG_MAX_NODE_BYTES = 24

/**
 * Size of AccountRecord. One account. Byte strings are big-endian; known holds ACCOUNT_KNOWS_*
 * bits, presence an ACCOUNT_* value.
 */
export const ACCOUNT_RECORD_BYTES = 112

/** Offset of AccountRecord.balance, 32 bytes. Wei, 32-byte big-endian. */
export const ACCOUNT_RECORD_BALANCE = 0

/** Offset of AccountRecord.nonce, 8 bytes. 8-byte big-endian (EIP-2681). */
export const ACCOUNT_RECORD_NONCE = 32

/**
 * Offset of AccountRecord.code_hash, 32 bytes. keccak256 of the code; keccak256 of nothing for no
 * code.
 */
export const ACCOUNT_RECORD_CODE_HASH = 40

/**
 * Offset of AccountRecord.storage_root, 32 bytes. Root of the storage trie at the pinned block;
 * known only while no local write touches it.
 */
export const ACCOUNT_RECORD_STORAGE_ROOT = 72

/** Offset of AccountRecord.known, 8 bits. ACCOUNT_KNOWS_* bits. */
export const ACCOUNT_RECORD_KNOWN = 104

/** Offset of AccountRecord.presence, 8 bits. ACCOUNT_UNKNOWN, _ABSENT, _EMPTY or _LIVE. */
export const ACCOUNT_RECORD_PRESENCE = 105

/**
 * Size of ForkRequest. One thing the core needs from the chain. slot is the code hash for
 * FORK_REQUEST_CODE, the hash of the node for FORK_REQUEST_NODE, and zero for FORK_REQUEST_ACCOUNT
 * and FORK_REQUEST_ACCOUNT_PROOF.
 */
export const FORK_REQUEST_BYTES = 136

/** Offset of ForkRequest.id, 32 bits. */
export const FORK_REQUEST_ID = 0

/** Offset of ForkRequest.generation, 32 bits. */
export const FORK_REQUEST_GENERATION = 4

/**
 * Offset of ForkRequest.kind, 32 bits. FORK_REQUEST_ACCOUNT, _STORAGE, _CODE, _ACCOUNT_PROOF,
 * _STORAGE_PROOF or _NODE.
 */
export const FORK_REQUEST_KIND = 8

/**
 * Offset of ForkRequest.address, 20 bytes. For a node of the trie of accounts: the account that is
 * deleted.
 */
export const FORK_REQUEST_ADDRESS = 12

/**
 * Offset of ForkRequest.slot, 32 bytes. The slot of a storage or storage proof request; the code
 * hash of a code request; the hash of the node of a node request; else zero.
 */
export const FORK_REQUEST_SLOT = 32

/**
 * Offset of ForkRequest.trie, 32 bits. FORK_TRIE_ACCOUNTS or FORK_TRIE_STORAGE for a node request,
 * else 0.
 */
export const FORK_REQUEST_TRIE = 64

/** Offset of ForkRequest.path_nibbles, 32 bits. Nibbles in `path`. */
export const FORK_REQUEST_PATH_NIBBLES = 68

/**
 * Offset of ForkRequest.path, 32 bytes. Of a node request: the path from the root of the trie to
 * the node, two nibbles a byte, the high one first.
 */
export const FORK_REQUEST_PATH = 72

/**
 * Offset of ForkRequest.changed_slot, 32 bytes. Of a request for a node of a storage trie: the slot
 * that is set to zero.
 */
export const FORK_REQUEST_CHANGED_SLOT = 104

/** Size of ProofOutcome. What a check of a proof found: a PROOF_FAULT_* value, and where. */
export const PROOF_OUTCOME_BYTES = 12

/** Offset of ProofOutcome.fault, 32 bits. PROOF_FAULT_NONE or why the proof is refused. */
export const PROOF_OUTCOME_FAULT = 0

/**
 * Offset of ProofOutcome.depth, 32 bits. Number of the node in the list at which the check failed.
 */
export const PROOF_OUTCOME_DEPTH = 4

/**
 * Offset of ProofOutcome.presence, 32 bits. Of a sound account proof: ACCOUNT_ABSENT, _EMPTY or
 * _LIVE.
 */
export const PROOF_OUTCOME_PRESENCE = 8

/** Size of WitnessInfo. Sizes of a witness that was collected. */
export const WITNESS_INFO_BYTES = 40

/** Offset of WitnessInfo.nodes, 64 bits. Trie nodes, and the bytes of their list. */
export const WITNESS_INFO_NODES = 0

/** Offset of WitnessInfo.node_bytes, 64 bits. */
export const WITNESS_INFO_NODE_BYTES = 8

/**
 * Offset of WitnessInfo.codes, 64 bits. Codes, and the bytes of their list, which follows that of
 * the nodes.
 */
export const WITNESS_INFO_CODES = 16

/** Offset of WitnessInfo.code_bytes, 64 bits. */
export const WITNESS_INFO_CODE_BYTES = 24

/**
 * Offset of WitnessInfo.incomplete, 64 bits. 1 if facts were evicted or cleared since the fork
 * began, or it was pinned to another block: what was read is then not all known.
 */
export const WITNESS_INFO_INCOMPLETE = 32

/** Size of AccountChange. What was written locally of one account. */
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
 * Offset of AccountChange.known, 8 bits. ACCOUNT_KNOWS_* bits of the three fields before: only
 * these were written.
 */
export const ACCOUNT_CHANGE_KNOWN = 92

/** Offset of AccountChange.exists, 8 bits. CHANGE_INHERITS, CHANGE_EXISTS or CHANGE_DELETED. */
export const ACCOUNT_CHANGE_EXISTS = 93

/** Offset of AccountChange.storage_cleared, 8 bits. 1 if all slots that are not listed are zero. */
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

/** Offset of ManagerStats.overlay_accounts, 64 bits. */
export const MANAGER_STATS_OVERLAY_ACCOUNTS = 0

/** Offset of ManagerStats.overlay_slots, 64 bits. */
export const MANAGER_STATS_OVERLAY_SLOTS = 8

/** Offset of ManagerStats.overlay_bytes, 64 bits. */
export const MANAGER_STATS_OVERLAY_BYTES = 16

/** Offset of ManagerStats.overlay_hits, 64 bits. */
export const MANAGER_STATS_OVERLAY_HITS = 24

/** Offset of ManagerStats.code_entries, 64 bits. */
export const MANAGER_STATS_CODE_ENTRIES = 32

/** Offset of ManagerStats.code_bytes, 64 bits. */
export const MANAGER_STATS_CODE_BYTES = 40

/** Offset of ManagerStats.journal_bytes, 64 bits. */
export const MANAGER_STATS_JOURNAL_BYTES = 48

/** Offset of ManagerStats.checkpoint_depth, 64 bits. */
export const MANAGER_STATS_CHECKPOINT_DEPTH = 56

/** Offset of ManagerStats.snapshots, 64 bits. */
export const MANAGER_STATS_SNAPSHOTS = 64

/** Offset of ManagerStats.layers, 64 bits. */
export const MANAGER_STATS_LAYERS = 72

/** Size of ForkStats. Sizes and counters of one fork backend. */
export const FORK_STATS_BYTES = 152

/** Offset of ForkStats.base_accounts, 64 bits. */
export const FORK_STATS_BASE_ACCOUNTS = 0

/** Offset of ForkStats.base_slots, 64 bits. */
export const FORK_STATS_BASE_SLOTS = 8

/** Offset of ForkStats.base_codes, 64 bits. */
export const FORK_STATS_BASE_CODES = 16

/** Offset of ForkStats.base_bytes, 64 bits. */
export const FORK_STATS_BASE_BYTES = 24

/** Offset of ForkStats.base_hits, 64 bits. */
export const FORK_STATS_BASE_HITS = 32

/** Offset of ForkStats.base_misses, 64 bits. */
export const FORK_STATS_BASE_MISSES = 40

/** Offset of ForkStats.evictions, 64 bits. */
export const FORK_STATS_EVICTIONS = 48

/** Offset of ForkStats.open_requests, 64 bits. */
export const FORK_STATS_OPEN_REQUESTS = 56

/** Offset of ForkStats.queued_requests, 64 bits. */
export const FORK_STATS_QUEUED_REQUESTS = 64

/** Offset of ForkStats.generation, 64 bits. */
export const FORK_STATS_GENERATION = 72

/** Offset of ForkStats.trie_hits, 64 bits. Reads that no fact answered but trie nodes did. */
export const FORK_STATS_TRIE_HITS = 80

/** Offset of ForkStats.nodes, 64 bits. Trie nodes, those that local writes made included. */
export const FORK_STATS_NODES = 88

/** Offset of ForkStats.node_bytes, 64 bits. */
export const FORK_STATS_NODE_BYTES = 96

/** Offset of ForkStats.local_node_bytes, 64 bits. Of these, made by local writes. */
export const FORK_STATS_LOCAL_NODE_BYTES = 104

/** Offset of ForkStats.node_evictions, 64 bits. */
export const FORK_STATS_NODE_EVICTIONS = 112

/** Offset of ForkStats.base_account_bytes, 64 bits. What base_bytes is made of. */
export const FORK_STATS_BASE_ACCOUNT_BYTES = 120

/** Offset of ForkStats.base_slot_bytes, 64 bits. */
export const FORK_STATS_BASE_SLOT_BYTES = 128

/** Offset of ForkStats.base_code_bytes, 64 bits. */
export const FORK_STATS_BASE_CODE_BYTES = 136

/**
 * Offset of ForkStats.prefetched_reads, 64 bits. Facts noted as read ahead that were read later.
 */
export const FORK_STATS_PREFETCHED_READS = 144

/**
 * The functions of the core, the same in every build. Arguments are unsigned 32-bit numbers:
 * handles, numbers, and pointers, which are offsets into the memory of the engine; 0 is the null
 * pointer. A result's status is `result & STATE_MANAGER_STATUS_MASK`. No pointer is kept after the
 * call.
 */
export interface CoreFunctions {
  /**
   * Makes a manager over an empty state: what is not written reads absent or zero.
   *
   * @param config Pointer to a ManagerConfig, read.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_create(config: number, outManager: number): number

  /**
   * Makes a manager that reads what is not written through a fork backend. The backend lives as
   * long as any manager over it, also after fork_backend_destroy.
   *
   * @param config Pointer to a ManagerConfig, read.
   * @param fork Handle of a fork backend.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_create_with_fork(config: number, fork: number, outManager: number): number

  /**
   * Makes an independent manager that starts from this one's present state, without checkpoints or
   * snapshots. O(1): both share what was written so far, frozen. A manager and its branches must
   * not be used from two threads at a time.
   *
   * @param manager Handle of a manager.
   * @param outManager Pointer to 4 bytes, written: the handle, the caller's to destroy.
   * @returns A status. May grow memory.
   */
  state_manager_branch(manager: number, outManager: number): number

  /**
   * Destroys a manager and frees its memory. Its branches live on.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_destroy(manager: number): number

  /**
   * Balance in wei, 32-byte big-endian; 0 for an absent account. When unknown:
   * STATE_MANAGER_ERROR_RPC_PENDING with the request id in out_request; a null out_request peeks,
   * opening no request. The same holds for every *_sync read.
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
   * Length of the account's code in bytes (4 bytes, host order). First step of reading code.
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
   * The account's code, into the caller's buffer; out_length is its length. A short buffer gives
   * STATE_MANAGER_ERROR_BUFFER_TOO_SMALL with the needed length and writes no code.
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
   * As state_manager_get_code_sync for a code hash read before; address names the account to ask
   * the chain for.
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
   * STATE_MANAGER_ERROR_RPC_PENDING if any of the first four is unknown; what is known is written
   * also then.
   *
   * @param manager Handle of a manager.
   * @param address Pointer to 20 bytes, read.
   * @param outAccount Pointer to a AccountRecord, written.
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
   * Writes a balance. Other fields keep what they have, unknown included. Every write makes an
   * absent account exist.
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
   * Writes a storage slot; zero is a value like any other.
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
   * Makes every slot of the account zero, whatever the chain holds. O(1). Other fields stay; an
   * absent account stays absent.
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
   * die.
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_revert(manager: number): number

  /**
   * Takes a snapshot; its id (8-byte big-endian) is never used again.
   *
   * @param manager Handle of a manager.
   * @param outId Pointer to 8 bytes, written.
   * @returns A status. May grow memory.
   */
  state_manager_snapshot(manager: number, outId: number): number

  /**
   * Restores state and checkpoint depth of the snapshot. It and all later ones die.
   *
   * @param manager Handle of a manager.
   * @param id Pointer to 8 bytes, read.
   * @returns A status. May grow memory.
   */
  state_manager_revert_to_snapshot(manager: number, id: number): number

  /**
   * Root of the state trie after all local writes, 32 bytes. Pending opens every request it needs,
   * proofs of written keys first; out_request is the last of them.
   * STATE_MANAGER_ERROR_NO_STATE_ROOT on a fork that was not told its root. The same holds for the
   * other roots, proofs and witnesses.
   *
   * @param manager Handle of a manager.
   * @param outRoot Pointer to 32 bytes, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_get_state_root_sync(manager: number, outRoot: number, outRequest: number): number

  /**
   * Root of the account's storage trie after all local writes, 32 bytes; that of an empty trie for
   * an absent account.
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
   * node from the root its length in 4 bytes, little-endian, then its RLP. A short buffer gives
   * STATE_MANAGER_ERROR_BUFFER_TOO_SMALL with the needed length.
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
   * As state_manager_get_account_proof_sync, of a slot under the account's local storage root; no
   * nodes if the account has no storage.
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
   * Collects what is needed to run again without a chain: trie nodes of the block for all facts of
   * the fork backend, for all local writes and for the roots computed, and the codes. It replaces
   * the one collected before, and is kept until state_manager_drop_witness.
   *
   * @param manager Handle of a manager.
   * @param outInfo Pointer to a WitnessInfo, written.
   * @param outRequest Pointer to 4 bytes, written; or null.
   * @returns A status. May grow memory.
   */
  state_manager_collect_witness_sync(manager: number, outInfo: number, outRequest: number): number

  /**
   * Copies the collected witness from an offset on, as much as fits: the nodes, then the codes,
   * each with its length before it as in proofs. Past the end it copies nothing.
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
   * Frees the collected witness, if there is one.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_drop_witness(manager: number): number

  /**
   * Lists accounts with local writes as AccountChange structs, as many as fit. A cursor of zeros
   * begins; go on with out_cursor until its 8 bytes are all 0xff. Any change to the manager in
   * between ends the meaning of a cursor.
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
   * As state_manager_list_accounts, slots with local writes as SlotChange structs.
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
   * Drops local writes, journal, checkpoints, snapshots, and the facts of its fork backend.
   *
   * @param manager Handle of a manager.
   * @returns A status. May grow memory.
   */
  state_manager_clear_caches(manager: number): number

  /**
   * Drops the facts of its fork backend only: fork_backend_clear.
   *
   * @param manager Handle of a manager.
   * @returns A status. Never grows memory.
   */
  state_manager_clear_fork_cache(manager: number): number

  /**
   * Sizes and counters.
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
   * Destroys the handle; the memory is freed with the last manager over it.
   *
   * @param fork Handle of a fork backend.
   * @returns A status. Never grows memory.
   */
  fork_backend_destroy(fork: number): number

  /**
   * Takes the oldest queued request. It stays open until provided, failed or cleared.
   * STATE_MANAGER_ERROR_NO_REQUEST if there is none.
   *
   * @param fork Handle of a fork backend.
   * @param outRequest Pointer to a ForkRequest, written.
   * @returns A status. Never grows memory.
   */
  fork_backend_next_request(fork: number, outRequest: number): number

  /**
   * Answers an account request. Only fields of `known` are read. A zero code hash or storage root
   * means empty; an account whose fields are all empty is absent unless presence says
   * ACCOUNT_EMPTY.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @param account Pointer to a AccountRecord, read.
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
   * Closes a request without an answer: nothing is cached, the next read asks again.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_fail(fork: number, generation: number, request: number): number

  /**
   * Adds an account fact nobody asked for. Open requests are not touched.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param address Pointer to 20 bytes, read.
   * @param account Pointer to a AccountRecord, read.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_account(
    fork: number,
    generation: number,
    address: number,
    account: number,
  ): number

  /**
   * Adds a storage fact nobody asked for.
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
   * Adds a code nobody asked for, under its hash.
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
   * Says the state root of the block, once a generation; another root than before is invalid input.
   * Checks, roots and reads from trie nodes need it.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param root Pointer to 32 bytes, read.
   * @returns A status. Never grows memory.
   */
  fork_backend_set_state_root(fork: number, generation: number, root: number): number

  /**
   * Checks a proof of an account, or of its absence, under the state root, for this address; the
   * fields of `known` must be those of the leaf. Zero and the hash of nothing are the same code
   * hash and storage root. Keeps the nodes of a sound proof, adds no fact.
   * STATE_MANAGER_ERROR_PROOF_INVALID with why in out_outcome.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param address Pointer to 20 bytes, read.
   * @param account Pointer to a AccountRecord, read.
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
   * Checks a proof of a slot's value under a storage root that was proven; a zero root is that of
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
   * Adds a trie node under its hash, which is written. It is never evicted.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param node Pointer to bytes, read; may be null if there are none.
   * @param nodeBytes Length in bytes of what the pointer before points to.
   * @param outHash Pointer to 32 bytes, written.
   * @returns A status. May grow memory.
   */
  fork_backend_insert_node(
    fork: number,
    generation: number,
    node: number,
    nodeBytes: number,
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
  fork_backend_has_node(fork: number, hash: number, outFound: number): number

  /**
   * Closes a request for a proof or a node whose nodes were added by checks or inserts.
   * STATE_MANAGER_ERROR_MISSING_TRIE_NODE if they are not there.
   *
   * @param fork Handle of a fork backend.
   * @param generation A number.
   * @param request A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_provide_nodes(fork: number, generation: number, request: number): number

  /**
   * Makes the node of a node request from a proof of the changed key at a later block, where the
   * node was merged into its parent, and adds it. It is known by its hash, so the proof needs no
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
   * Drops all facts and open requests and starts a new generation: answers to the old one are
   * dropped.
   *
   * @param fork Handle of a fork backend.
   * @returns A status. Never grows memory.
   */
  fork_backend_clear(fork: number): number

  /**
   * As fork_backend_clear, when another block comes: codes are kept, and slots count again once
   * their account is provided with the same storage root, unless keeps_slots is 0.
   *
   * @param fork Handle of a fork backend.
   * @param keepsSlots A number.
   * @returns A status. Never grows memory.
   */
  fork_backend_repin(fork: number, keepsSlots: number): number

  /**
   * Notes that an account or slot (FORK_REQUEST_ACCOUNT or FORK_REQUEST_STORAGE) was read ahead:
   * its next read is counted in prefetched_reads. Does nothing if it is not there.
   *
   * @param fork Handle of a fork backend.
   * @param kind A number.
   * @param address Pointer to 20 bytes, read.
   * @param slot Pointer to 32 bytes, read.
   * @returns A status. Never grows memory.
   */
  fork_backend_note_prefetched(fork: number, kind: number, address: number, slot: number): number

  /**
   * Sizes and counters.
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
   * Looks for a key whose keccak256 begins with a path of at most 64 nibbles: tries the big-endian
   * numbers from `first` on, in key_bytes bytes, 20 for an address or 32 for a slot. out_found is 1
   * or 0; the key is the first key_bytes of out_key. At most FORKSTATE_MAX_PREIMAGE_TRIES a call.
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
   * The hash of the declarations this binary was built from; compare with FORKSTATE_ABI_HASH before
   * any other call.
   *
   * @param outHash Pointer to 32 bytes, written.
   * @returns A status. Never grows memory.
   */
  forkstate_abi_hash(outHash: number): number
}

/** What only WebAssembly builds of the core have. */
export interface WasmOnlyFunctions {
  /**
   * WebAssembly only: a buffer of at least so many bytes for code in and out; valid until the next
   * reserve.
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
  fork_backend_insert_node: 5,
  fork_backend_has_node: 3,
  fork_backend_provide_nodes: 3,
  fork_backend_rebuild_sibling: 5,
  fork_backend_clear: 1,
  fork_backend_repin: 2,
  fork_backend_note_prefetched: 4,
  fork_backend_stats: 2,
  forkstate_keccak256: 3,
  forkstate_find_preimage: 7,
  forkstate_abi_hash: 1,
} as const satisfies Record<keyof CoreFunctions, number>
