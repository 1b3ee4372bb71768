//! The boundary, as data: every constant, limit, struct layout, status and signature of the C ABI.
//!
//! This is the only place where they are written. The C header, the TypeScript constants, the
//! exported symbols, the Node-API wrappers and the ABI hash are all derived from it (see
//! `generate/`, `boundary/exports.zig` and `boundary/addon.zig`). It contains no behaviour.
//!
//! Byte strings (addresses, slots, 256-bit values, nonces, ids passed by pointer) are big-endian
//! and of fixed width. Integers inside structs are in host order; all supported hosts are
//! little-endian.

const std = @import("std");

/// Bumped by hand only to force a new ABI hash when behaviour changes but no declaration does.
pub const revision = 1;

pub const Address = [20]u8;
pub const Word = [32]u8;
pub const Nonce = [8]u8;
pub const Id = [8]u8;

/// What a function returns, in the low byte of its `int32_t`.
pub const Status = enum(u8) {
    success = 0,
    invalid_input = 1,
    out_of_memory = 2,
    invalid_snapshot = 3,
    rpc_failed = 4,
    invalid_hex = 5,
    rpc_pending = 6,
    invalid_handle = 7,
    no_checkpoint = 8,
    limit_exceeded = 9,
    queue_full = 10,
    stale_request = 11,
    buffer_too_small = 12,
    no_request = 13,
    code_hash_mismatch = 14,
    proof_invalid = 15,
    missing_trie_node = 16,
    no_state_root = 17,
};

pub const StatusInfo = struct { status: Status, symbol: []const u8, doc: []const u8 };

/// Names of the statuses in C and TypeScript, in the order of their values.
pub const statuses = [_]StatusInfo{
    .{ .status = .success, .symbol = "STATE_MANAGER_SUCCESS", .doc = "Done." },
    .{
        .status = .invalid_input,
        .symbol = "STATE_MANAGER_ERROR_INVALID_INPUT",
        .doc = "A null pointer, or a value out of its range. No effect.",
    },
    .{
        .status = .out_of_memory,
        .symbol = "STATE_MANAGER_ERROR_OUT_OF_MEMORY",
        .doc = "Memory is exhausted. The state is as it was before the call.",
    },
    .{
        .status = .invalid_snapshot,
        .symbol = "STATE_MANAGER_ERROR_INVALID_SNAPSHOT",
        .doc = "The snapshot id is stale, consumed, or belongs to another manager. No effect.",
    },
    .{
        .status = .rpc_failed,
        .symbol = "STATE_MANAGER_ERROR_RPC_FAILED",
        .doc = "For hosts: fetching a request failed. The core itself never fetches and " ++
            "never returns it.",
    },
    .{
        .status = .invalid_hex,
        .symbol = "STATE_MANAGER_ERROR_INVALID_HEX",
        .doc = "For hosts: a hex argument is malformed. No hex crosses this boundary; the " ++
            "core never returns it.",
    },
    .{
        .status = .rpc_pending,
        .symbol = "STATE_MANAGER_ERROR_RPC_PENDING",
        .doc = "The value is unknown. Unless the read was a peek, a request for it is now open " ++
            "and its id was written; answer the request and read again.",
    },
    .{
        .status = .invalid_handle,
        .symbol = "STATE_MANAGER_ERROR_INVALID_HANDLE",
        .doc = "The handle is null, unknown, destroyed, or of another type. No effect.",
    },
    .{
        .status = .no_checkpoint,
        .symbol = "STATE_MANAGER_ERROR_NO_CHECKPOINT",
        .doc = "Commit or revert without an open checkpoint. No effect.",
    },
    .{
        .status = .limit_exceeded,
        .symbol = "STATE_MANAGER_ERROR_LIMIT_EXCEEDED",
        .doc = "A named limit was reached. No effect.",
    },
    .{
        .status = .queue_full,
        .symbol = "STATE_MANAGER_ERROR_QUEUE_FULL",
        .doc = "The value is unknown, and FORK_BACKEND_MAX_OPEN_REQUESTS requests are already " ++
            "open. Answer some, then read again.",
    },
    .{
        .status = .stale_request,
        .symbol = "STATE_MANAGER_ERROR_STALE_REQUEST",
        .doc = "The request is not open, or belongs to an earlier generation. The answer was " ++
            "dropped.",
    },
    .{
        .status = .buffer_too_small,
        .symbol = "STATE_MANAGER_ERROR_BUFFER_TOO_SMALL",
        .doc = "The caller's buffer is too short. The needed length was written, and nothing " ++
            "else.",
    },
    .{
        .status = .no_request,
        .symbol = "STATE_MANAGER_ERROR_NO_REQUEST",
        .doc = "The queue of requests is empty.",
    },
    .{
        .status = .code_hash_mismatch,
        .symbol = "STATE_MANAGER_ERROR_CODE_HASH_MISMATCH",
        .doc = "keccak256 of the code provided is not the requested code hash. The request " ++
            "stays open.",
    },
    .{
        .status = .proof_invalid,
        .symbol = "STATE_MANAGER_ERROR_PROOF_INVALID",
        .doc = "A proof does not prove the claim under the root, or a trie node is malformed " ++
            "or does not fit its place. No fact is added.",
    },
    .{
        .status = .missing_trie_node,
        .symbol = "STATE_MANAGER_ERROR_MISSING_TRIE_NODE",
        .doc = "The trie nodes that the request asks for are still unknown. The request stays " ++
            "open.",
    },
    .{
        .status = .no_state_root,
        .symbol = "STATE_MANAGER_ERROR_NO_STATE_ROOT",
        .doc = "The state root of the fork backend's block was not set with " ++
            "fork_backend_set_state_root.",
    },
};

pub const Constant = struct { name: []const u8, value: u64, doc: []const u8 };

/// Set in the returned status when the call grew WebAssembly memory: views must be renewed.
pub const grew_bit: i32 = 0x100;

pub const null_handle: u32 = 0;
pub const max_handles: u32 = 1 << 20;
pub const max_checkpoint_depth: u32 = 1 << 20;
pub const max_snapshots: u32 = 1 << 20;
pub const max_open_requests: u32 = 1 << 16;
pub const max_code_bytes: u32 = 1 << 24;
pub const max_entries: u32 = 1 << 28;
pub const max_layers: u32 = 24;
pub const frame_bytes: u32 = 1024;
pub const default_trie_node_bytes: u64 = 64 << 20;
pub const max_preimage_tries: u32 = 1 << 24;

pub const constants = [_]Constant{
    .{
        .name = "STATE_MANAGER_STATUS_MASK",
        .value = 0xff,
        .doc = "The part of the returned integer that is the status.",
    },
    .{
        .name = "STATE_MANAGER_GREW",
        .value = grew_bit,
        .doc = "Bit of the returned integer: WebAssembly memory grew, so views must be renewed. " ++
            "Native builds never set it.",
    },
    .{ .name = "STATE_MANAGER_NULL_HANDLE", .value = null_handle, .doc = "Never a valid handle." },
    .{
        .name = "STATE_MANAGER_MAX_HANDLES",
        .value = max_handles,
        .doc = "Maximum of live managers and fork backends in one process or WebAssembly " ++
            "instance. Each place in the table serves 4,095 handles, one after another; when " ++
            "all are used up, no further handle can be made.",
    },
    .{
        .name = "STATE_MANAGER_MAX_CHECKPOINT_DEPTH",
        .value = max_checkpoint_depth,
        .doc = "Maximum of open checkpoints of one manager.",
    },
    .{
        .name = "STATE_MANAGER_MAX_SNAPSHOTS",
        .value = max_snapshots,
        .doc = "Maximum of live snapshots of one manager.",
    },
    .{
        .name = "STATE_MANAGER_MAX_CODE_BYTES",
        .value = max_code_bytes,
        .doc = "Maximum length of one code, in bytes.",
    },
    .{
        .name = "STATE_MANAGER_MAX_ENTRIES",
        .value = max_entries,
        .doc = "Maximum of entries in one table (accounts or slots of one layer).",
    },
    .{
        .name = "STATE_MANAGER_MAX_LAYERS",
        .value = max_layers,
        .doc = "Maximum of frozen layers below one manager. A branch beyond it copies instead of " ++
            "sharing.",
    },
    .{
        .name = "FORK_BACKEND_MAX_OPEN_REQUESTS",
        .value = max_open_requests,
        .doc = "Maximum of open requests of one fork backend, queued or taken.",
    },
    .{
        .name = "FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES",
        .value = default_trie_node_bytes,
        .doc = "Bound of the trie nodes of a fork backend whose max_trie_node_bytes is 0, in bytes.",
    },
    .{
        .name = "FORKSTATE_MAX_PREIMAGE_TRIES",
        .value = max_preimage_tries,
        .doc = "Maximum of keys that one call of forkstate_find_preimage tries.",
    },
    .{
        .name = "FORKSTATE_FRAME_BYTES",
        .value = frame_bytes,
        .doc = "Size of the call frame that a host may lay out for its calls, in bytes.",
    },
    .{
        .name = "FORK_REQUEST_ACCOUNT",
        .value = @intFromEnum(RequestKind.account),
        .doc = "ForkRequest.kind: all fields of an account.",
    },
    .{
        .name = "FORK_REQUEST_STORAGE",
        .value = @intFromEnum(RequestKind.storage),
        .doc = "ForkRequest.kind: one storage slot.",
    },
    .{
        .name = "FORK_REQUEST_CODE",
        .value = @intFromEnum(RequestKind.code),
        .doc = "ForkRequest.kind: the code of an account whose code hash is in `slot`.",
    },
    .{
        .name = "FORK_REQUEST_ACCOUNT_PROOF",
        .value = @intFromEnum(RequestKind.account_proof),
        .doc = "ForkRequest.kind: the trie nodes on the path to an account.",
    },
    .{
        .name = "FORK_REQUEST_STORAGE_PROOF",
        .value = @intFromEnum(RequestKind.storage_proof),
        .doc = "ForkRequest.kind: the trie nodes on the paths to an account and its slot.",
    },
    .{
        .name = "FORK_REQUEST_TRIE_NODE",
        .value = @intFromEnum(RequestKind.trie_node),
        .doc = "ForkRequest.kind: the trie node whose hash is in `slot`: the sibling of a leaf " ++
            "that a local write deletes.",
    },
    .{
        .name = "FORK_TRIE_ACCOUNTS",
        .value = @intFromEnum(TrieKind.accounts),
        .doc = "ForkRequest.trie: the trie node belongs to the trie of accounts.",
    },
    .{
        .name = "FORK_TRIE_STORAGE",
        .value = @intFromEnum(TrieKind.storage),
        .doc = "ForkRequest.trie: the trie node belongs to the storage trie of `address`.",
    },
    .{
        .name = "PROOF_FAULT_NONE",
        .value = @intFromEnum(ProofFault.none),
        .doc = "ProofOutcome.fault: the proof is sound.",
    },
    .{
        .name = "PROOF_FAULT_MALFORMED_LIST",
        .value = @intFromEnum(ProofFault.malformed_list),
        .doc = "ProofOutcome.fault: a length in the list exceeds the bytes that follow it.",
    },
    .{
        .name = "PROOF_FAULT_MISSING_TRIE_NODE",
        .value = @intFromEnum(ProofFault.missing_trie_node),
        .doc = "ProofOutcome.fault: the list ends before the path does.",
    },
    .{
        .name = "PROOF_FAULT_EXTRA_TRIE_NODE",
        .value = @intFromEnum(ProofFault.extra_trie_node),
        .doc = "ProofOutcome.fault: the list goes on where the path has ended.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_HASH",
        .value = @intFromEnum(ProofFault.wrong_hash),
        .doc = "ProofOutcome.fault: keccak256 of a trie node is not the reference to it.",
    },
    .{
        .name = "PROOF_FAULT_BAD_RLP",
        .value = @intFromEnum(ProofFault.bad_rlp),
        .doc = "ProofOutcome.fault: RLP is malformed or not canonical.",
    },
    .{
        .name = "PROOF_FAULT_BAD_TRIE_NODE",
        .value = @intFromEnum(ProofFault.bad_trie_node),
        .doc = "ProofOutcome.fault: an RLP list is not a trie node.",
    },
    .{
        .name = "PROOF_FAULT_BAD_PATH",
        .value = @intFromEnum(ProofFault.bad_path),
        .doc = "ProofOutcome.fault: a path is badly encoded, empty, or too long.",
    },
    .{
        .name = "PROOF_FAULT_BAD_BRANCH",
        .value = @intFromEnum(ProofFault.bad_branch),
        .doc = "ProofOutcome.fault: a branch has a value, or fewer than two children.",
    },
    .{
        .name = "PROOF_FAULT_BAD_REFERENCE",
        .value = @intFromEnum(ProofFault.bad_reference),
        .doc = "ProofOutcome.fault: a child is neither a hash nor an embedded trie node.",
    },
    .{
        .name = "PROOF_FAULT_BAD_VALUE",
        .value = @intFromEnum(ProofFault.bad_value),
        .doc = "ProofOutcome.fault: the leaf holds no canonical account or slot value.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_BALANCE",
        .value = @intFromEnum(ProofFault.wrong_balance),
        .doc = "ProofOutcome.fault: the claimed balance differs from the leaf.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_NONCE",
        .value = @intFromEnum(ProofFault.wrong_nonce),
        .doc = "ProofOutcome.fault: the claimed nonce differs from the leaf.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_CODE_HASH",
        .value = @intFromEnum(ProofFault.wrong_code_hash),
        .doc = "ProofOutcome.fault: the claimed code hash differs from the leaf.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_STORAGE_ROOT",
        .value = @intFromEnum(ProofFault.wrong_storage_root),
        .doc = "ProofOutcome.fault: the claimed storage root differs from the leaf.",
    },
    .{
        .name = "PROOF_FAULT_WRONG_VALUE",
        .value = @intFromEnum(ProofFault.wrong_value),
        .doc = "ProofOutcome.fault: the claimed value differs from the leaf.",
    },
    .{
        .name = "PROOF_FAULT_NOT_ABSENT",
        .value = @intFromEnum(ProofFault.not_absent),
        .doc = "ProofOutcome.fault: the proof shows that the key is absent, but a value was claimed.",
    },
    .{
        .name = "ACCOUNT_UNKNOWN",
        .value = @intFromEnum(Presence.unknown),
        .doc = "AccountFields.presence: nothing is known.",
    },
    .{
        .name = "ACCOUNT_ABSENT",
        .value = @intFromEnum(Presence.absent),
        .doc = "AccountFields.presence: not in the state.",
    },
    .{
        .name = "ACCOUNT_EMPTY",
        .value = @intFromEnum(Presence.empty),
        .doc = "AccountFields.presence: in the state, with balance 0, nonce 0 and no code " ++
            "(EIP-161).",
    },
    .{
        .name = "ACCOUNT_LIVE",
        .value = @intFromEnum(Presence.live),
        .doc = "AccountFields.presence: in the state and not empty.",
    },
    .{
        .name = "ACCOUNT_KNOWS_BALANCE",
        .value = Known.balance,
        .doc = "AccountFields.known: `balance` is known.",
    },
    .{
        .name = "ACCOUNT_KNOWS_NONCE",
        .value = Known.nonce,
        .doc = "AccountFields.known: `nonce` is known.",
    },
    .{
        .name = "ACCOUNT_KNOWS_CODE_HASH",
        .value = Known.code_hash,
        .doc = "AccountFields.known: `code_hash` is known.",
    },
    .{
        .name = "ACCOUNT_KNOWS_STORAGE_ROOT",
        .value = Known.storage_root,
        .doc = "AccountFields.known: `storage_root` is known.",
    },
    .{
        .name = "CHANGE_INHERITS",
        .value = 0,
        .doc = "AccountChange.exists: the account exists if it does on the chain.",
    },
    .{ .name = "CHANGE_EXISTS", .value = 1, .doc = "AccountChange.exists: a write made the account exist." },
    .{ .name = "CHANGE_DELETED", .value = 2, .doc = "AccountChange.exists: the account was deleted." },
};

pub const RequestKind = enum(u32) {
    account = 1,
    storage = 2,
    code = 3,
    account_proof = 4,
    storage_proof = 5,
    trie_node = 6,
};

pub const TrieKind = enum(u32) { none = 0, accounts = 1, storage = 2 };

/// Why a proof is refused.
pub const ProofFault = enum(u32) {
    none = 0,
    malformed_list = 1,
    missing_trie_node = 2,
    extra_trie_node = 3,
    wrong_hash = 4,
    bad_rlp = 5,
    bad_trie_node = 6,
    bad_path = 7,
    bad_branch = 8,
    bad_reference = 9,
    bad_value = 10,
    wrong_balance = 11,
    wrong_nonce = 12,
    wrong_code_hash = 13,
    wrong_storage_root = 14,
    wrong_value = 15,
    not_absent = 16,
};

pub const Presence = enum(u8) { unknown = 0, absent = 1, empty = 2, live = 3 };

/// Bits of the fields of an account that are known.
pub const Known = struct {
    pub const balance: u8 = 1;
    pub const nonce: u8 = 2;
    pub const code_hash: u8 = 4;
    pub const storage_root: u8 = 8;
    pub const readable: u8 = balance | nonce | code_hash;
    pub const all: u8 = readable | storage_root;
};

/// How a manager is made.
pub const ManagerConfig = extern struct {
    /// Secret random number that seeds the hash tables, so that chosen keys cannot collide.
    seed: u64,
};

/// How a fork backend is made.
pub const ForkConfig = extern struct {
    /// Secret random number that seeds the hash tables, so that chosen keys cannot collide.
    seed: u64,
    /// Maximum number of cached facts (accounts, slots, codes); at least 1.
    max_entries: u64,
    /// Maximum size of the cached facts, in bytes. A single larger fact is kept until the next one
    /// arrives.
    max_bytes: u64,
    /// Maximum size of the trie nodes that can be fetched again, in bytes; 0 means
    /// FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES. The bound does not cover trie nodes that local writes
    /// made, and is lifted while a request for trie nodes is open.
    max_trie_node_bytes: u64,
};

/// The fields of one account, in or out.
pub const AccountFields = extern struct {
    /// Wei, 32-byte big-endian.
    balance: Word,
    /// 8-byte big-endian (EIP-2681).
    nonce: Nonce,
    /// keccak256 of the code; keccak256 of nothing for no code.
    code_hash: Word,
    /// Root of the storage trie at the pinned block; known only if no local write changed the
    /// storage.
    storage_root: Word,
    /// ACCOUNT_KNOWS_* bits.
    known: u8,
    /// ACCOUNT_UNKNOWN, _ABSENT, _EMPTY or _LIVE.
    presence: u8,
    reserved: [6]u8,
};

/// One thing the core needs from the chain.
pub const ForkRequest = extern struct {
    id: u32,
    generation: u32,
    /// FORK_REQUEST_ACCOUNT, _STORAGE, _CODE, _ACCOUNT_PROOF, _STORAGE_PROOF or _TRIE_NODE.
    kind: u32,
    /// The account. For a trie node of the trie of accounts: the account that is deleted.
    address: Address,
    /// The slot of a storage or storage proof request, the code hash of a code request, or the hash
    /// of the trie node of a trie node request; else zero.
    slot: Word,
    /// Trie node requests: FORK_TRIE_ACCOUNTS or FORK_TRIE_STORAGE; else 0.
    trie: u32,
    /// Number of nibbles in `path`.
    path_nibbles: u32,
    /// Trie node requests: the path from the root of the trie to the trie node, two nibbles per
    /// byte, the high one first.
    path: Word,
    /// Requests for a trie node of a storage trie: the slot that is set to zero.
    changed_slot: Word,
};

/// The result of checking a proof.
pub const ProofOutcome = extern struct {
    /// PROOF_FAULT_NONE, or why the proof is refused.
    fault: u32,
    /// Number of the trie node in the list at which the check failed, from 0.
    depth: u32,
    /// For a sound account proof: ACCOUNT_ABSENT, _EMPTY or _LIVE.
    presence: u32,
};

/// Sizes of a witness that was collected.
pub const WitnessInfo = extern struct {
    /// Number of trie nodes.
    trie_nodes: u64,
    /// Size of the list of trie nodes, in bytes.
    trie_node_bytes: u64,
    /// Number of codes.
    codes: u64,
    /// Size of the list of codes, in bytes; it follows the list of trie nodes.
    code_bytes: u64,
    /// 1 if facts of the pinned block were evicted or cleared, so some reads may be missing in the
    /// witness; else 0.
    incomplete: u64,
};

/// What was written locally to one account.
pub const AccountChange = extern struct {
    address: Address,
    /// Wei, 32-byte big-endian.
    balance: Word,
    /// 8-byte big-endian.
    nonce: Nonce,
    /// keccak256 of the code.
    code_hash: Word,
    /// ACCOUNT_KNOWS_* bits of the balance, nonce and code hash: only these were written.
    known: u8,
    /// CHANGE_INHERITS, CHANGE_EXISTS or CHANGE_DELETED.
    exists: u8,
    /// 1 if every slot that is not listed is zero; else 0.
    storage_cleared: u8,
    reserved: [1]u8,
};

/// One slot that was written locally.
pub const SlotChange = extern struct {
    address: Address,
    slot: Word,
    value: Word,
};

/// Sizes and counters of one manager.
pub const ManagerStats = extern struct {
    /// Accounts with local writes, in all layers.
    overlay_accounts: u64,
    /// Storage slots with local writes, in all layers.
    overlay_slots: u64,
    /// Memory of the local writes, tables included.
    overlay_bytes: u64,
    /// Reads answered from local writes.
    overlay_hits: u64,
    /// Codes written locally; branches share them.
    code_entries: u64,
    /// Size of the codes written locally.
    code_bytes: u64,
    /// Memory of the undo records.
    journal_bytes: u64,
    /// Open checkpoints.
    checkpoint_depth: u64,
    /// Live snapshots.
    snapshots: u64,
    /// Layers of local writes: the manager's own, and those it shares with branches.
    layers: u64,
};

/// Sizes and counters of one fork backend.
pub const ForkStats = extern struct {
    /// Accounts of the chain in the cache.
    base_accounts: u64,
    /// Storage slots of the chain in the cache.
    base_slots: u64,
    /// Codes of the chain in the cache.
    base_codes: u64,
    /// Estimated memory of the cached facts, tables included.
    base_bytes: u64,
    /// Reads answered from cached facts.
    base_hits: u64,
    /// Reads that neither cached facts nor trie nodes could answer.
    base_misses: u64,
    /// Facts evicted to keep the cache within its bounds.
    evictions: u64,
    /// Requests to the chain that are not answered yet.
    open_requests: u64,
    /// Open requests that the host has not taken yet.
    queued_requests: u64,
    /// The present generation; answers to requests of an earlier one are dropped.
    generation: u64,
    /// Reads that no cached fact answered, but trie nodes did.
    trie_hits: u64,
    /// Trie nodes in memory, including those that local writes made.
    trie_nodes: u64,
    /// Estimated memory of the trie nodes.
    trie_node_bytes: u64,
    /// Estimated memory of the trie nodes that local writes made.
    local_trie_node_bytes: u64,
    /// Trie nodes evicted to keep them within their bound.
    trie_node_evictions: u64,
    /// Estimated memory of the cached accounts.
    base_account_bytes: u64,
    /// Estimated memory of the cached storage slots.
    base_slot_bytes: u64,
    /// Estimated memory of the cached codes.
    base_code_bytes: u64,
    /// Accounts and storage slots that were prefetched and later read.
    prefetched_reads: u64,
};

/// A struct of statistics. Each field is a statistic that its comment describes. Its unit is bytes
/// if its name ends in `_bytes`, otherwise it is a count. It is a gauge unless it is listed here.
pub const StatsInfo = struct {
    name: []const u8,
    type: type,
    /// Fields that only grow.
    counters: []const []const u8,
    /// Fields that a host needs for its work and that are not statistics.
    for_hosts: []const []const u8 = &.{},

    pub const Role = enum { gauge, counter, for_hosts };

    pub fn roleOf(comptime info: StatsInfo, comptime field: []const u8) Role {
        @setEvalBranchQuota(10_000);
        for (info.counters) |name| if (std.mem.eql(u8, name, field)) return .counter;
        for (info.for_hosts) |name| if (std.mem.eql(u8, name, field)) return .for_hosts;
        return .gauge;
    }

    pub fn isBytes(field: []const u8) bool {
        return std.mem.endsWith(u8, field, "_bytes");
    }
};

pub const stats = [_]StatsInfo{
    .{ .name = "ManagerStats", .type = ManagerStats, .counters = &.{"overlay_hits"} },
    .{
        .name = "ForkStats",
        .type = ForkStats,
        .counters = &.{
            "base_hits",
            "base_misses",
            "evictions",
            "trie_hits",
            "trie_node_evictions",
            "prefetched_reads",
        },
        .for_hosts = &.{ "queued_requests", "generation" },
    },
};

pub const StructInfo = struct { name: []const u8, type: type, doc: []const u8 };

pub const structs = [_]StructInfo{
    .{ .name = "ManagerConfig", .type = ManagerConfig, .doc = "How a manager is made." },
    .{
        .name = "ForkConfig",
        .type = ForkConfig,
        .doc = "How a fork backend is made.",
    },
    .{
        .name = "AccountFields",
        .type = AccountFields,
        .doc = "The fields of one account, of which only those named by `known` are known.",
    },
    .{
        .name = "ForkRequest",
        .type = ForkRequest,
        .doc = "One thing the core needs from the chain.",
    },
    .{
        .name = "ProofOutcome",
        .type = ProofOutcome,
        .doc = "The result of checking a proof: a PROOF_FAULT_* value, and where.",
    },
    .{
        .name = "WitnessInfo",
        .type = WitnessInfo,
        .doc = "Sizes of a witness that was collected.",
    },
    .{
        .name = "AccountChange",
        .type = AccountChange,
        .doc = "What was written locally to one account.",
    },
    .{
        .name = "SlotChange",
        .type = SlotChange,
        .doc = "One slot that was written locally.",
    },
    .{ .name = "ManagerStats", .type = ManagerStats, .doc = "Sizes and counters of one manager." },
    .{ .name = "ForkStats", .type = ForkStats, .doc = "Sizes and counters of one fork backend." },
};

/// How one parameter crosses the boundary. Pointers are never kept beyond the call.
pub const Kind = union(enum) {
    /// A manager's handle, by value.
    manager,
    /// A fork backend's handle, by value.
    fork,
    /// An unsigned 32-bit number, by value.
    number,
    /// A pointer to bytes that are read; the size is fixed.
    in: u32,
    /// A pointer to bytes that are written; the size is fixed.
    out: u32,
    /// As `out`, but null is allowed and means "do not write".
    out_optional: u32,
    /// A pointer to bytes that are read; the next parameter is their number.
    in_buffer,
    /// A pointer to bytes that are written; the next parameter is their number. May be null if 0.
    out_buffer,
    /// The handle that is created, 4 bytes, host order.
    out_handle,
    /// A struct that is read.
    in_struct: []const u8,
    /// A struct that is written.
    out_struct: []const u8,
};

pub const Param = struct { name: []const u8, kind: Kind };

pub const Target = enum { everywhere, wasm_only };

pub const Function = struct {
    name: []const u8,
    params: []const Param,
    /// Whether the call may grow memory (WebAssembly: may set STATE_MANAGER_GREW).
    grows: bool = false,
    target: Target = .everywhere,
    doc: []const u8,
};

fn p(comptime name: []const u8, comptime kind: Kind) Param {
    return .{ .name = name, .kind = kind };
}

const manager = p("manager", .manager);
const fork = p("fork", .fork);
const address = p("address", .{ .in = 20 });
const slot = p("slot", .{ .in = 32 });
const out_request = p("out_request", .{ .out_optional = 4 });
const generation = p("generation", .number);
const request = p("request", .number);

pub const functions = [_]Function{
    .{
        .name = "state_manager_create",
        .grows = true,
        .params = &.{
            p("config", .{ .in_struct = "ManagerConfig" }),
            p("out_manager", .out_handle),
        },
        .doc = "Makes a manager over an empty state: accounts that were not written are absent, " ++
            "and slots zero.",
    },
    .{
        .name = "state_manager_create_with_fork",
        .grows = true,
        .params = &.{
            p("config", .{ .in_struct = "ManagerConfig" }),
            fork,
            p("out_manager", .out_handle),
        },
        .doc = "Makes a manager that reads through a fork backend whatever was not written locally. " ++
            "The backend lives as long as any manager over it, even after " ++
            "fork_backend_destroy.",
    },
    .{
        .name = "state_manager_branch",
        .grows = true,
        .params = &.{ manager, p("out_manager", .out_handle) },
        .doc = "Makes an independent manager that starts from this one's present state, " ++
            "without checkpoints or snapshots. O(1): both share the writes made so far, " ++
            "which are frozen. A manager and its branches must not be used from two threads " ++
            "at the same time.",
    },
    .{
        .name = "state_manager_destroy",
        .params = &.{manager},
        .doc = "Destroys a manager and frees its memory. Its branches stay alive.",
    },
    .{
        .name = "state_manager_get_balance_sync",
        .grows = true,
        .params = &.{ manager, address, p("out_balance", .{ .out = 32 }), out_request },
        .doc = "Balance in wei, 32-byte big-endian; 0 for an absent account. If it is unknown, the " ++
            "result is STATE_MANAGER_ERROR_RPC_PENDING and out_request receives the id of the " ++
            "request; a null out_request makes the read a peek, which opens no request. The " ++
            "same holds for every *_sync read.",
    },
    .{
        .name = "state_manager_get_nonce_sync",
        .grows = true,
        .params = &.{ manager, address, p("out_nonce", .{ .out = 8 }), out_request },
        .doc = "Nonce, 8-byte big-endian; 0 for an absent account.",
    },
    .{
        .name = "state_manager_get_storage_sync",
        .grows = true,
        .params = &.{ manager, address, slot, p("out_value", .{ .out = 32 }), out_request },
        .doc = "Value of a storage slot, 32 bytes.",
    },
    .{
        .name = "state_manager_get_code_hash_sync",
        .grows = true,
        .params = &.{ manager, address, p("out_hash", .{ .out = 32 }), out_request },
        .doc = "keccak256 of the account's code; keccak256 of nothing if it has none or is " ++
            "absent.",
    },
    .{
        .name = "state_manager_get_code_length_sync",
        .grows = true,
        .params = &.{ manager, address, p("out_length", .{ .out = 4 }), out_request },
        .doc = "Length of the account's code in bytes (4 bytes, host order). The first step of " ++
            "reading code.",
    },
    .{
        .name = "state_manager_get_code_sync",
        .grows = true,
        .params = &.{
            manager,
            address,
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_length", .{ .out = 4 }),
            out_request,
        },
        .doc = "Copies the account's code into the caller's buffer; out_length receives its " ++
            "length. If the buffer is too short, the result is " ++
            "STATE_MANAGER_ERROR_BUFFER_TOO_SMALL, out_length receives the needed length, and " ++
            "no code is written.",
    },
    .{
        .name = "state_manager_get_code_by_hash_sync",
        .grows = true,
        .params = &.{
            manager,
            address,
            p("code_hash", .{ .in = 32 }),
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_length", .{ .out = 4 }),
            out_request,
        },
        .doc = "Like state_manager_get_code_sync, for a code hash that was read before; address " ++
            "names the account whose code a request would ask for.",
    },
    .{
        .name = "state_manager_get_account_sync",
        .grows = true,
        .params = &.{
            manager,
            address,
            p("out_account", .{ .out_struct = "AccountFields" }),
            out_request,
        },
        .doc = "Presence, balance, nonce and code hash at once, and the storage root where it is " ++
            "known. STATE_MANAGER_ERROR_RPC_PENDING if any of the first four is unknown; the " ++
            "known fields are written even then.",
    },
    .{
        .name = "state_manager_set_balance",
        .grows = true,
        .params = &.{ manager, address, p("balance", .{ .in = 32 }) },
        .doc = "Writes a balance. Other fields stay as they are, even if unknown. Every write " ++
            "makes an absent account exist.",
    },
    .{
        .name = "state_manager_set_nonce",
        .grows = true,
        .params = &.{ manager, address, p("nonce", .{ .in = 8 }) },
        .doc = "Writes a nonce (EIP-2681: 64 bits).",
    },
    .{
        .name = "state_manager_set_storage",
        .grows = true,
        .params = &.{ manager, address, slot, p("value", .{ .in = 32 }) },
        .doc = "Writes a storage slot. Zero is a value like any other.",
    },
    .{
        .name = "state_manager_set_code",
        .grows = true,
        .params = &.{ manager, address, p("code", .in_buffer), p("code_bytes", .number) },
        .doc = "Writes the code and its hash. EIP-7702 designators are code like any other.",
    },
    .{
        .name = "state_manager_delete_account",
        .grows = true,
        .params = &.{ manager, address },
        .doc = "Makes the account absent and its storage zero, whatever the chain holds. " ++
            "O(1).",
    },
    .{
        .name = "state_manager_clear_storage",
        .grows = true,
        .params = &.{ manager, address },
        .doc = "Makes every slot of the account zero, whatever the chain holds. O(1). Other fields " ++
            "stay as they are, and an absent account stays absent.",
    },
    .{
        .name = "state_manager_checkpoint",
        .grows = true,
        .params = &.{manager},
        .doc = "Opens a checkpoint. O(1).",
    },
    .{
        .name = "state_manager_commit",
        .grows = true,
        .params = &.{manager},
        .doc = "Closes the innermost checkpoint and keeps its changes. O(1).",
    },
    .{
        .name = "state_manager_revert",
        .grows = true,
        .params = &.{manager},
        .doc = "Closes the innermost checkpoint and undoes its changes. O(changes). Snapshots " ++
            "taken inside it become invalid.",
    },
    .{
        .name = "state_manager_snapshot",
        .grows = true,
        .params = &.{ manager, p("out_id", .{ .out = 8 }) },
        .doc = "Takes a snapshot. Its id (8-byte big-endian) is never reused.",
    },
    .{
        .name = "state_manager_revert_to_snapshot",
        .grows = true,
        .params = &.{ manager, p("id", .{ .in = 8 }) },
        .doc = "Restores the state and the checkpoint depth of the snapshot. It and all later " ++
            "snapshots become invalid.",
    },
    .{
        .name = "state_manager_get_state_root_sync",
        .grows = true,
        .params = &.{ manager, p("out_root", .{ .out = 32 }), out_request },
        .doc = "Root of the state trie after all local writes, 32 bytes. If trie nodes are missing, " ++
            "the call opens every request it needs, first for the proofs of written keys, " ++
            "writes the id of the last one to out_request, and is pending. " ++
            "STATE_MANAGER_ERROR_NO_STATE_ROOT if the state root of the fork's block was not " ++
            "set. The same holds for the other roots, proofs and witnesses.",
    },
    .{
        .name = "state_manager_get_storage_root_sync",
        .grows = true,
        .params = &.{ manager, address, p("out_root", .{ .out = 32 }), out_request },
        .doc = "Root of the account's storage trie after all local writes, 32 bytes; the root of an " ++
            "empty trie for an absent account.",
    },
    .{
        .name = "state_manager_get_account_proof_sync",
        .grows = true,
        .params = &.{
            manager,
            address,
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_length", .{ .out = 4 }),
            out_request,
        },
        .doc = "The proof of the account, or of its absence, under the local state root " ++
            "(EIP-1186): for each trie node from the root its length in 4 bytes, little-endian, " ++
            "then its RLP. If the buffer is too short, the result is " ++
            "STATE_MANAGER_ERROR_BUFFER_TOO_SMALL and out_length receives the needed length.",
    },
    .{
        .name = "state_manager_get_storage_proof_sync",
        .grows = true,
        .params = &.{
            manager,
            address,
            slot,
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_length", .{ .out = 4 }),
            out_request,
        },
        .doc = "Like state_manager_get_account_proof_sync, for a slot under the account's local " ++
            "storage root. The list is empty if the account has no storage.",
    },
    .{
        .name = "state_manager_collect_witness_sync",
        .grows = true,
        .params = &.{
            manager,
            p("out_info", .{ .out_struct = "WitnessInfo" }),
            out_request,
        },
        .doc = "Collects a witness, which is enough to run again without a chain: the codes, and " ++
            "the block's trie nodes for all facts of the fork backend, all local writes and " ++
            "all computed roots. It replaces an earlier witness and is kept until " ++
            "state_manager_drop_witness.",
    },
    .{
        .name = "state_manager_read_witness",
        .params = &.{
            manager,
            p("offset", .number),
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_length", .{ .out = 4 }),
        },
        .doc = "Copies as much of the collected witness as fits, from an offset on: the trie nodes, " ++
            "then the codes, each after its length as in proofs. Past the end it copies " ++
            "nothing.",
    },
    .{
        .name = "state_manager_drop_witness",
        .params = &.{manager},
        .doc = "Frees the collected witness, if any.",
    },
    .{
        .name = "state_manager_list_accounts",
        .params = &.{
            manager,
            p("cursor", .{ .in = 8 }),
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_count", .{ .out = 4 }),
            p("out_cursor", .{ .out = 8 }),
        },
        .doc = "Lists accounts with local writes as AccountChange structs, as many as fit. Start " ++
            "with a cursor of zeros and continue with out_cursor until its 8 bytes are all " ++
            "0xff. Any change to the manager in between makes a cursor meaningless.",
    },
    .{
        .name = "state_manager_list_slots",
        .params = &.{
            manager,
            p("cursor", .{ .in = 8 }),
            p("buffer", .out_buffer),
            p("buffer_bytes", .number),
            p("out_count", .{ .out = 4 }),
            p("out_cursor", .{ .out = 8 }),
        },
        .doc = "Like state_manager_list_accounts, for slots with local writes as SlotChange structs.",
    },
    .{
        .name = "state_manager_clear_caches",
        .grows = true,
        .params = &.{manager},
        .doc = "Drops local writes, journal, checkpoints, snapshots, and the facts of the fork " ++
            "backend.",
    },
    .{
        .name = "state_manager_clear_fork_cache",
        .params = &.{manager},
        .doc = "Drops only the facts of the fork backend, like fork_backend_clear.",
    },
    .{
        .name = "state_manager_stats",
        .params = &.{ manager, p("out_stats", .{ .out_struct = "ManagerStats" }) },
        .doc = "Reads sizes and counters.",
    },
    .{
        .name = "fork_backend_create",
        .grows = true,
        .params = &.{ p("config", .{ .in_struct = "ForkConfig" }), p("out_fork", .out_handle) },
        .doc = "Makes a fork backend: a bounded cache of facts at one block, and a queue of " ++
            "requests.",
    },
    .{
        .name = "fork_backend_destroy",
        .params = &.{fork},
        .doc = "Destroys the handle. The memory is freed with the last manager over the backend.",
    },
    .{
        .name = "fork_backend_next_request",
        .params = &.{ fork, p("out_request", .{ .out_struct = "ForkRequest" }) },
        .doc = "Takes the oldest queued request. It stays open until it is answered, failed or " ++
            "cleared. STATE_MANAGER_ERROR_NO_REQUEST if the queue is empty.",
    },
    .{
        .name = "fork_backend_provide_account",
        .grows = true,
        .params = &.{ fork, generation, request, p("account", .{ .in_struct = "AccountFields" }) },
        .doc = "Answers an account request. Only the fields in `known` are read. A zero code hash " ++
            "or storage root means empty; an account whose fields are all empty is absent, " ++
            "unless presence is ACCOUNT_EMPTY.",
    },
    .{
        .name = "fork_backend_provide_storage",
        .grows = true,
        .params = &.{ fork, generation, request, p("value", .{ .in = 32 }) },
        .doc = "Answers a storage request.",
    },
    .{
        .name = "fork_backend_provide_code",
        .grows = true,
        .params = &.{ fork, generation, request, p("code", .in_buffer), p("code_bytes", .number) },
        .doc = "Answers a code request. The code must hash to the code hash requested.",
    },
    .{
        .name = "fork_backend_fail",
        .params = &.{ fork, generation, request },
        .doc = "Closes a request without an answer. Nothing is cached, and the next read opens a " ++
            "new request.",
    },
    .{
        .name = "fork_backend_insert_account",
        .grows = true,
        .params = &.{ fork, generation, address, p("account", .{ .in_struct = "AccountFields" }) },
        .doc = "Adds an account fact that was not requested. Open requests are not touched.",
    },
    .{
        .name = "fork_backend_insert_storage",
        .grows = true,
        .params = &.{ fork, generation, address, slot, p("value", .{ .in = 32 }) },
        .doc = "Adds a storage fact that was not requested.",
    },
    .{
        .name = "fork_backend_insert_code",
        .grows = true,
        .params = &.{ fork, generation, p("code", .in_buffer), p("code_bytes", .number) },
        .doc = "Adds a code that was not requested, under its hash.",
    },
    .{
        .name = "fork_backend_set_state_root",
        .params = &.{ fork, generation, p("root", .{ .in = 32 }) },
        .doc = "Sets the state root of the block, once a generation; a different root than before " ++
            "is invalid input. Proof checks, roots and reads from trie nodes need it.",
    },
    .{
        .name = "fork_backend_check_account",
        .grows = true,
        .params = &.{
            fork,
            generation,
            address,
            p("account", .{ .in_struct = "AccountFields" }),
            p("proof", .in_buffer),
            p("proof_bytes", .number),
            p("out_outcome", .{ .out_struct = "ProofOutcome" }),
        },
        .doc = "Checks a proof of the account with this address, or of its absence, under the state " ++
            "root; the fields in `known` must equal those of the leaf. Zero and the hash of " ++
            "nothing are the same code hash and storage root. Keeps the trie nodes of a sound " ++
            "proof, and adds no fact. STATE_MANAGER_ERROR_PROOF_INVALID with the reason in " ++
            "out_outcome.",
    },
    .{
        .name = "fork_backend_check_storage",
        .grows = true,
        .params = &.{
            fork,
            generation,
            p("storage_root", .{ .in = 32 }),
            slot,
            p("value", .{ .in = 32 }),
            p("proof", .in_buffer),
            p("proof_bytes", .number),
            p("out_outcome", .{ .out_struct = "ProofOutcome" }),
        },
        .doc = "Checks a proof of a slot's value under a storage root that was proven before; a " ++
            "zero root means an empty trie.",
    },
    .{
        .name = "fork_backend_insert_trie_node",
        .grows = true,
        .params = &.{
            fork,
            generation,
            p("trie_node", .in_buffer),
            p("trie_node_bytes", .number),
            p("out_hash", .{ .out = 32 }),
        },
        .doc = "Adds a trie node under its hash, which out_hash receives. It is never evicted.",
    },
    .{
        .name = "fork_backend_has_trie_node",
        .params = &.{ fork, p("hash", .{ .in = 32 }), p("out_found", .{ .out = 4 }) },
        .doc = "Whether a trie node is known: 1 or 0.",
    },
    .{
        .name = "fork_backend_provide_trie_nodes",
        .params = &.{ fork, generation, request },
        .doc = "Closes a request for a proof or a trie node, once checks or inserts have added the " ++
            "trie nodes. STATE_MANAGER_ERROR_MISSING_TRIE_NODE if they are still unknown.",
    },
    .{
        .name = "fork_backend_rebuild_sibling",
        .grows = true,
        .params = &.{
            fork,
            generation,
            request,
            p("proof", .in_buffer),
            p("proof_bytes", .number),
        },
        .doc = "Rebuilds the requested trie node from a proof of the changed key at a later block, " ++
            "where the trie node was merged into its parent, and adds it. Its hash is known, so " ++
            "the proof needs no trust. STATE_MANAGER_ERROR_MISSING_TRIE_NODE if the proof does " ++
            "not hold it. The request stays open.",
    },
    .{
        .name = "fork_backend_clear",
        .params = &.{fork},
        .doc = "Drops all facts and open requests and starts a new generation. Answers to requests " ++
            "of the old one will be dropped.",
    },
    .{
        .name = "fork_backend_repin",
        .params = &.{ fork, p("keeps_slots", .number) },
        .doc = "Prepares the backend for another block. Like fork_backend_clear, but codes are kept, " ++
            "and slots become valid again once their account is provided with the same storage " ++
            "root, unless keeps_slots is 0.",
    },
    .{
        .name = "fork_backend_note_prefetched",
        .params = &.{
            fork,
            p("kind", .number),
            p("address", .{ .in = 20 }),
            p("slot", .{ .in = 32 }),
        },
        .doc = "Notes that an account or slot (FORK_REQUEST_ACCOUNT or FORK_REQUEST_STORAGE) was " ++
            "prefetched, so that its next read is counted in prefetched_reads. Does nothing if " ++
            "it is not cached.",
    },
    .{
        .name = "fork_backend_stats",
        .params = &.{ fork, p("out_stats", .{ .out_struct = "ForkStats" }) },
        .doc = "Reads sizes and counters.",
    },
    .{
        .name = "forkstate_keccak256",
        .params = &.{
            p("data", .in_buffer),
            p("data_bytes", .number),
            p("out_hash", .{ .out = 32 }),
        },
        .doc = "keccak256 (the pre-standard SHA-3 of Ethereum).",
    },
    .{
        .name = "forkstate_find_preimage",
        .params = &.{
            p("path", .{ .in = 32 }),
            p("path_nibbles", .number),
            p("key_bytes", .number),
            p("first", .{ .in = 8 }),
            p("tries", .number),
            p("out_key", .{ .out = 32 }),
            p("out_found", .{ .out = 4 }),
        },
        .doc = "Searches for a key whose keccak256 begins with a path of at most 64 nibbles. It " ++
            "tries the big-endian numbers from `first` on, in key_bytes bytes: 20 for an address " ++
            "or 32 for a slot. out_found is 1 or 0; the key is the first key_bytes of out_key. " ++
            "At most FORKSTATE_MAX_PREIMAGE_TRIES tries a call.",
    },
    .{
        .name = "forkstate_abi_hash",
        .params = &.{p("out_hash", .{ .out = 32 })},
        .doc = "The hash of the declarations that this binary was built from. Compare it with " ++
            "FORKSTATE_ABI_HASH before any other call.",
    },
    .{
        .name = "forkstate_buffer_reserve",
        .grows = true,
        .target = .wasm_only,
        .params = &.{ p("bytes", .number), p("out_address", .{ .out = 4 }) },
        .doc = "WebAssembly only: reserves a buffer of at least so many bytes for code in and out. " ++
            "It is valid until the next reserve.",
    },
};

/// The Zig type of one parameter.
fn ParamType(comptime kind: Kind) type {
    return switch (kind) {
        .manager, .fork, .number => u32,
        .in => |size| ?*const [size]u8,
        .out, .out_optional => |size| ?*[size]u8,
        .in_buffer => ?[*]const u8,
        .out_buffer => ?[*]u8,
        .out_handle => ?*[4]u8,
        .in_struct => |name| ?*align(1) const StructNamed(name),
        .out_struct => |name| ?*align(1) StructNamed(name),
    };
}

fn StructNamed(comptime name: []const u8) type {
    @setEvalBranchQuota(10_000);
    for (structs) |info| if (std.mem.eql(u8, info.name, name)) return info.type;
    @compileError("no struct " ++ name);
}

/// The size of what a pointer parameter points to; null where a length parameter follows.
pub fn pointerBytes(comptime kind: Kind) ?u32 {
    return switch (kind) {
        .in, .out, .out_optional => |size| size,
        .out_handle => 4,
        .in_struct, .out_struct => |name| @sizeOf(StructNamed(name)),
        .manager, .fork, .number, .in_buffer, .out_buffer => null,
    };
}

/// The Zig function type an export of this name must have.
pub fn FunctionType(comptime function: Function) type {
    @setEvalBranchQuota(10_000);
    var params: [function.params.len]std.builtin.Type.Fn.Param = undefined;
    for (function.params, &params) |from, *to| {
        to.* = .{ .is_generic = false, .is_noalias = false, .type = ParamType(from.kind) };
    }
    return @Type(.{ .@"fn" = .{
        .calling_convention = .c,
        .is_generic = false,
        .is_var_args = false,
        .return_type = i32,
        .params = &params,
    } });
}

comptime {
    @setEvalBranchQuota(10_000);
    for (stats) |info| {
        for (info.counters ++ info.for_hosts) |name| {
            if (!@hasField(info.type, name)) @compileError("no field " ++ name);
        }
    }
    if (statuses.len != @typeInfo(Status).@"enum".fields.len) {
        @compileError("a status lacks a name");
    }
    for (statuses, 0..) |info, value| {
        if (@intFromEnum(info.status) != value) @compileError("statuses are out of order");
    }
    if (@sizeOf(AccountFields) != 112 or @sizeOf(ForkRequest) != 136) @compileError("padded struct");
}
