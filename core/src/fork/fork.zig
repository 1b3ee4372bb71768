//! `fork/` holds the chain at one block: facts, requests, proofs. This module is a fork backend:
//! the base facts of one pinned block and the requests for what is missing.
//!
//! It does no I/O. A read that misses opens a request and reports `RpcPending`; the host takes
//! requests, fetches, and provides. Clearing starts a new generation: answers to an older one are
//! dropped. Facts are stored apart from local writes, so no answer can overwrite a write.
//!
//! Besides facts it has the trie nodes that proofs and witnesses revealed. A read that no fact
//! answers is answered from them if they lead to its key. While a request for nodes is open, no
//! node is evicted, so a computation that needs many nodes at once makes progress under any bound.
//!
//! Shared by any number of managers; freed with the last reference.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const Base = @import("base.zig").Base;
const Account = @import("base.zig").Account;
const requests = @import("requests.zig");
const sparse_reads = @import("sparse_reads.zig");
const StateTrie = @import("state_trie.zig").StateTrie;
const tables = @import("../tables/tables.zig");
const trie = @import("../trie/trie.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Use = @import("../tables/inlining.zig").Use;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

pub const MissError = requests.OpenError || error{RpcPending};
pub const AnswerError = tables.RoomError || error{ StaleRequest, CodeHashMismatch };
pub const NodeError = Allocator.Error ||
    error{ InvalidInput, StaleRequest, ProofInvalid, MissingTrieNode, NoStateRoot };

/// Where the id of the request that a miss opened is written. With null the read is a peek and
/// opens none.
pub const RequestId = ?*u32;

pub const Fork = struct {
    gpa: Gpa,
    references: u32 = 1,
    base: Base,
    requests: requests.Requests,
    state: *StateTrie,
    generation: u32 = 1,
    hits: u64 = 0,
    misses: u64 = 0,
    trie_hits: u64 = 0,
    /// Whether facts of this block were dropped, other than by eviction.
    has_dropped_facts: bool = false,
    /// Facts evicted before this block was pinned.
    evictions_before: u64 = 0,
    /// Open requests for nodes, and whether the nodes are held for them.
    open_for_nodes: u32 = 0,
    holds_nodes: bool = false,

    pub fn create(gpa: Gpa, config: *const abi.ForkConfig) Allocator.Error!*Fork {
        const hasher: hash.Hasher = .init(config.seed);
        const self = try gpa.create(Fork);
        errdefer gpa.destroy(self);
        const node_bytes = if (config.max_trie_node_bytes > 0)
            config.max_trie_node_bytes
        else
            abi.default_trie_node_bytes;
        self.* = .{
            .gpa = gpa,
            .base = .{
                .gpa = gpa,
                .hasher = hasher,
                .max_entries = config.max_entries,
                .max_bytes = config.max_bytes,
            },
            .requests = .{ .gpa = gpa, .hasher = hasher },
            .state = try StateTrie.create(gpa, hasher, node_bytes, null),
        };
        return self;
    }

    pub fn retain(self: *Fork) *Fork {
        assert(self.references > 0);
        self.references += 1;
        return self;
    }

    pub fn release(self: *Fork) void {
        assert(self.references > 0);
        self.references -= 1;
        if (self.references > 0) return;
        self.base.deinit();
        self.requests.deinit();
        self.state.release();
        self.gpa.destroy(self);
    }

    /// Drops facts, nodes, the state root and requests. Answers that arrive later are stale.
    pub fn clear(self: *Fork) void {
        if (self.base.ring.items.len > 0) self.has_dropped_facts = true;
        self.beginGeneration();
        self.base.clear();
        assert(self.base.ring.items.len == 0 and self.base.weight == 0);
    }

    fn beginGeneration(self: *Fork) void {
        self.requests.clear();
        self.open_for_nodes = 0;
        self.letNodesGo();
        self.state.clear();
        self.generation +%= 1;
        assert(self.requests.open() == 0 and self.state.root == null and !self.holds_nodes);
    }

    /// Changes to another block. Like `clear`, but facts that may be valid there too are kept until
    /// that is known.
    pub fn repin(self: *Fork, keep: Base.Keep) void {
        self.beginGeneration();
        self.base.repin(keep);
        self.has_dropped_facts = false;
        self.evictions_before = self.base.evictions;
        assert(self.hasAllFacts());
    }

    /// Whether every fact of this block that was ever provided is still there.
    pub fn hasAllFacts(self: *const Fork) bool {
        return !self.has_dropped_facts and self.base.evictions == self.evictions_before;
    }

    // Reads.

    /// The account, with all of `fields` known. `hashed` is the hash of the address.
    pub inline fn account(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        comptime fields: u8,
        out: RequestId,
    ) MissError!*const Account {
        const args = .{ &self.base, hashed, address, fields };
        if (@call(Use.cold.modifier(), Base.account, args)) |fact| {
            self.hits += 1;
            return fact;
        }
        return self.accountElsewhere(hashed, address, fields, out);
    }

    pub inline fn slot(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        key: *const abi.Word,
        out: RequestId,
    ) MissError!*const abi.Word {
        const args = .{ &self.base, hashed, address, key };
        if (@call(Use.cold.modifier(), Base.slot, args)) |value| {
            self.hits += 1;
            return value;
        }
        return self.slotElsewhere(hashed, address, key, out);
    }

    pub fn code(
        self: *Fork,
        address: *const abi.Address,
        code_hash: *const abi.Word,
        out: RequestId,
    ) MissError![]const u8 {
        if (self.base.code(code_hash)) |bytes| {
            self.hits += 1;
            return bytes;
        }
        return self.miss(.code, address, code_hash, out);
    }

    /// Reads an account of which the base does not know all of `fields`.
    pub noinline fn accountElsewhere(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        fields: u8,
        out: RequestId,
    ) MissError!*const Account {
        if (try sparse_reads.account(&self.base, self.state, address)) {
            self.trie_hits += 1;
            return self.base.account(hashed, address, fields).?;
        }
        return self.miss(.account, address, &hash.zero_word, out);
    }

    noinline fn slotElsewhere(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        key: *const abi.Word,
        out: RequestId,
    ) MissError!*const abi.Word {
        if (try sparse_reads.slot(&self.base, self.state, address, key)) {
            self.trie_hits += 1;
            return self.base.slot(hashed, address, key).?;
        }
        return self.miss(.storage, address, key, out);
    }

    noinline fn miss(
        self: *Fork,
        kind: abi.RequestKind,
        address: *const abi.Address,
        word: *const abi.Word,
        out: RequestId,
    ) MissError {
        @branchHint(.unlikely);
        self.misses += 1;
        const id = out orelse return error.RpcPending;
        id.* = self.requests.ask(&.{ .kind = kind, .address = address.*, .word = word.* }) catch |e|
            return e;
        return error.RpcPending;
    }

    // Answers.

    pub fn provideAccount(
        self: *Fork,
        generation: u32,
        id: u32,
        fields: *const abi.AccountFields,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .account);
        try self.base.putAccount(&key.address, fields);
        self.requests.close(id);
    }

    pub fn provideStorage(
        self: *Fork,
        generation: u32,
        id: u32,
        value: *const abi.Word,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .storage);
        try self.base.putSlot(&key.address, &key.word, value);
        self.requests.close(id);
    }

    pub fn provideCode(
        self: *Fork,
        generation: u32,
        id: u32,
        bytes: []const u8,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .code);
        const code_hash = hash.keccak256(bytes);
        if (!hash.equalWords(&code_hash, &key.word)) return error.CodeHashMismatch;
        try self.base.putCode(&code_hash, bytes);
        self.requests.close(id);
    }

    pub fn fail(self: *Fork, generation: u32, id: u32) error{StaleRequest}!void {
        if (generation != self.generation) return error.StaleRequest;
        const key = self.requests.find(id) orelse return error.StaleRequest;
        if (isForNodes(key.kind)) self.open_for_nodes -= 1;
        self.requests.close(id);
        assert(self.open_for_nodes <= self.requests.open());
    }

    pub fn insertAccount(
        self: *Fork,
        generation: u32,
        address: *const abi.Address,
        fields: *const abi.AccountFields,
    ) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putAccount(address, fields);
    }

    pub fn insertStorage(
        self: *Fork,
        generation: u32,
        address: *const abi.Address,
        key: *const abi.Word,
        value: *const abi.Word,
    ) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putSlot(address, key, value);
    }

    /// Notes that a fact was prefetched, so that its next read is counted.
    pub fn notePrefetched(
        self: *Fork,
        kind: abi.RequestKind,
        address: *const abi.Address,
        key: *const abi.Word,
    ) error{InvalidInput}!void {
        switch (kind) {
            .account => self.base.notePrefetched(address),
            .storage => self.base.notePrefetchedSlot(address, key),
            .code, .account_proof, .storage_proof, .trie_node => return error.InvalidInput,
        }
    }

    pub fn insertCode(self: *Fork, generation: u32, bytes: []const u8) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putCode(&hash.keccak256(bytes), bytes);
    }

    // Nodes.

    /// Sets the state root of the block, once in a generation.
    pub fn setStateRoot(self: *Fork, generation: u32, root: *const abi.Word) NodeError!void {
        if (generation != self.generation) return error.StaleRequest;
        if (self.state.root) |known| {
            if (!hash.equalWords(&known, root)) return error.InvalidInput;
        }
        self.state.root = root.*;
    }

    /// Returns the id of the open request for nodes with this key, opening one if there is none.
    pub fn askNodes(self: *Fork, key: *const requests.Key) requests.OpenError!u32 {
        const open = self.requests.open();
        const id = try self.requests.ask(key);
        if (self.requests.open() > open) self.open_for_nodes += 1;
        if (!self.holds_nodes) self.state.store.hold();
        self.holds_nodes = true;
        assert(isForNodes(key.kind) and self.state.store.holds > 0);
        assert(self.open_for_nodes > 0 and self.open_for_nodes <= self.requests.open());
        return id;
    }

    /// Lets nodes be evicted again if no request for nodes is open. Called before nodes are added
    /// and after a computation ended, but not when a request is closed, since its answer is not
    /// used yet.
    pub fn letNodesGo(self: *Fork) void {
        if (!self.holds_nodes or self.open_for_nodes > 0) return;
        self.holds_nodes = false;
        self.state.store.letGo();
    }

    fn isForNodes(kind: abi.RequestKind) bool {
        return switch (kind) {
            .account_proof, .storage_proof, .trie_node => true,
            .account, .storage, .code => false,
        };
    }

    /// Adds a node that is never evicted, and returns its hash.
    pub fn insertNode(self: *Fork, generation: u32, bytes: []const u8) NodeError!abi.Word {
        if (generation != self.generation) return error.StaleRequest;
        self.letNodesGo();
        return self.state.store.insert(bytes, .kept) catch |failure| switch (failure) {
            error.OutOfMemory => error.OutOfMemory,
            error.InvalidTrie => error.ProofInvalid,
        };
    }

    /// Closes a request for nodes if the store has them now.
    pub fn provideNodes(self: *Fork, generation: u32, id: u32) NodeError!void {
        const key = try self.expectForNodes(generation, id);
        if (!try self.isRevealed(key)) return error.MissingTrieNode;
        assert(self.open_for_nodes > 0);
        self.open_for_nodes -= 1;
        self.requests.close(id);
        assert(self.open_for_nodes <= self.requests.open());
    }

    /// Checks all invariants, for tests.
    pub fn checkInvariant(self: *const Fork) void {
        assert(self.references > 0);
        self.base.checkInvariant();
        self.requests.checkInvariant();
        self.state.checkInvariant();
        assert(self.open_for_nodes <= self.requests.open());
    }

    fn isRevealed(self: *Fork, key: *const requests.Key) NodeError!bool {
        const store = &self.state.store;
        if (key.kind == .trie_node) return store.has(&key.word);
        const root = self.state.root orelse return error.NoStateRoot;
        const address = hash.keccak256(&key.address);
        const leaf = self.state.leaf(&root, &address) catch return error.ProofInvalid;
        if (leaf != .account or key.kind == .account_proof) return leaf != .missing;
        const slot_key = hash.keccak256(&key.word);
        const value = self.state.value(&leaf.account.storage_root, &slot_key) catch
            return error.ProofInvalid;
        return value != .missing;
    }

    /// Rebuilds the sibling that a request asks for from a proof at a later block.
    pub fn rebuildSibling(self: *Fork, generation: u32, id: u32, proof: []const u8) NodeError!void {
        const key = try self.expectNode(generation, id);
        var bytes: List(u8) = .empty;
        defer bytes.deinit(self.gpa);
        const lack: trie.Missing = .{
            .hash = key.word,
            .path = key.place.path,
            .kind = .sibling,
            .change = 0,
        };
        const changed = switch (key.place.trie) {
            .storage => hash.keccak256(&key.place.changed_slot),
            .none, .accounts => hash.keccak256(&key.address),
        };
        if (!try trie.rebuildSibling(self.gpa, &lack, &changed, proof, &bytes)) {
            return error.MissingTrieNode;
        }
        _ = try self.insertNode(generation, bytes.items);
    }

    fn expectNode(
        self: *const Fork,
        generation: u32,
        id: u32,
    ) error{StaleRequest}!*const requests.Key {
        const key = try self.expectForNodes(generation, id);
        return if (key.kind == .trie_node) key else error.StaleRequest;
    }

    fn expectForNodes(
        self: *const Fork,
        generation: u32,
        id: u32,
    ) error{StaleRequest}!*const requests.Key {
        if (generation != self.generation) return error.StaleRequest;
        const key = self.requests.find(id) orelse return error.StaleRequest;
        return if (isForNodes(key.kind)) key else error.StaleRequest;
    }

    fn expect(
        self: *const Fork,
        generation: u32,
        id: u32,
        kind: abi.RequestKind,
    ) error{StaleRequest}!*const requests.Key {
        if (generation != self.generation) return error.StaleRequest;
        const key = self.requests.find(id) orelse return error.StaleRequest;
        return if (key.kind == kind) key else error.StaleRequest;
    }

    pub fn stats(self: *const Fork) abi.ForkStats {
        const weights = self.base.weights();
        return .{
            .base_accounts = self.base.counts.get(.account),
            .base_slots = self.base.counts.get(.slot),
            .base_codes = self.base.counts.get(.code),
            .base_bytes = self.base.weight,
            .base_hits = self.hits,
            .base_misses = self.misses,
            .evictions = self.base.evictions,
            .open_requests = self.requests.open(),
            .queued_requests = self.requests.queued,
            .generation = self.generation,
            .trie_hits = self.trie_hits,
            .trie_nodes = self.state.store.count(),
            .trie_node_bytes = self.state.store.bytes(),
            .local_trie_node_bytes = self.state.store.localBytes(),
            .trie_node_evictions = self.state.store.evictions,
            .base_account_bytes = weights.get(.account),
            .base_slot_bytes = weights.get(.slot),
            .base_code_bytes = weights.get(.code),
            .prefetched_reads = self.base.prefetched_reads,
        };
    }
};

const testing = std.testing;

fn testFork() !*Fork {
    return Fork.create(testing.allocator, &.{
        .seed = 1,
        .max_entries = 9,
        .max_bytes = 9_000,
        .max_trie_node_bytes = 0,
    });
}

fn testFields(balance: u8) abi.AccountFields {
    var fields = std.mem.zeroes(abi.AccountFields);
    fields.balance[31] = balance;
    fields.known = abi.Known.all;
    return fields;
}

test "a miss opens one request, its answer is a hit, and a peek opens none" {
    const fork = try testFork();
    defer fork.release();
    const address: abi.Address = @splat(1);
    const hashed = fork.base.hasher.address(&address);
    const fields = abi.Known.balance;
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, null));
    try testing.expectEqual(null, fork.requests.next());
    var first: u32 = 0;
    var second: u32 = 0;
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, &first));
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, &second));
    try testing.expectEqual(first, second);
    try fork.provideAccount(fork.generation, first, &testFields(5));
    const account = try fork.account(hashed, &address, fields, null);
    try testing.expectEqual(@as(u8, 5), account.balance[31]);
    const stale = fork.provideAccount(fork.generation, first, &testFields(6));
    try testing.expectError(error.StaleRequest, stale);
}

test "answers of another generation, kind or hash are dropped" {
    const fork = try testFork();
    defer fork.release();
    const address: abi.Address = @splat(1);
    const wanted = hash.keccak256("code");
    var id: u32 = 0;
    try testing.expectError(error.RpcPending, fork.code(&address, &wanted, &id));
    const generation = fork.generation;
    try testing.expectError(error.StaleRequest, fork.provideStorage(generation, id, &wanted));
    try testing.expectError(error.CodeHashMismatch, fork.provideCode(generation, id, "other"));
    try testing.expectEqual(@as(u32, 1), fork.requests.open());
    fork.clear();
    try testing.expectError(error.StaleRequest, fork.provideCode(generation, id, "code"));
    try testing.expectError(error.StaleRequest, fork.insertCode(generation, "code"));
    try testing.expectError(error.StaleRequest, fork.fail(generation, id));
    try testing.expectEqual(@as(u32, 0), fork.requests.open());
    try testing.expectError(error.RpcPending, fork.code(&address, &wanted, null));
}
