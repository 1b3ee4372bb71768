//! The C functions `fork_backend_*`; `abi.zig` describes them. Nothing here keeps a pointer.

const std = @import("std");
const abi = @import("../abi.zig");
const boundary = @import("boundary.zig");
const heap = @import("../tables/heap.zig");
const hash = @import("../tables/hash.zig");
const proof_check = @import("../fork/proof_check.zig");
const trie = @import("../trie/trie.zig");
const Fork = @import("../fork/fork.zig").Fork;
const requests = @import("../fork/requests.zig");

const checkCode = boundary.checkCode;
const Error = boundary.Error;
const given = boundary.given;
const registry = &boundary.registry;
const result = boundary.result;

pub fn fork_backend_create(
    config: ?*align(1) const abi.ForkConfig,
    out_fork: ?*[4]u8,
) callconv(.c) i32 {
    return result(createFork(config, out_fork));
}

fn createFork(config: ?*align(1) const abi.ForkConfig, out: ?*[4]u8) Error!void {
    const settings = (try given(config)).*;
    const target = try given(out);
    if (settings.max_entries == 0) return error.InvalidInput;
    const handle = try registry.reserve();
    errdefer registry.cancel(handle);
    registry.fill(handle, .{ .fork = try Fork.create(heap.allocator, &settings) });
    target.* = @bitCast(handle);
}

pub fn fork_backend_destroy(fork: u32) callconv(.c) i32 {
    const self = registry.fork(fork) catch |failure| return result(failure);
    registry.cancel(fork);
    self.release();
    return result({});
}

pub fn fork_backend_next_request(
    fork: u32,
    out_request: ?*align(1) abi.ForkRequest,
) callconv(.c) i32 {
    return result(nextRequest(fork, out_request));
}

fn nextRequest(fork: u32, out_request: ?*align(1) abi.ForkRequest) Error!void {
    const self = try registry.fork(fork);
    const target = try given(out_request);
    const request = self.requests.next() orelse return error.NoRequest;
    target.* = .{
        .id = request.id,
        .generation = self.generation,
        .kind = @intFromEnum(request.key.kind),
        .address = request.key.address,
        .slot = request.key.word,
        .trie = @intFromEnum(request.key.place.trie),
        .path_nibbles = request.key.place.path.len,
        .path = packedPath(request.key),
        .changed_slot = request.key.place.changed_slot,
    };
}

/// Packs two nibbles into a byte, the high one first.
fn packedPath(key: *const requests.Key) abi.Word {
    var bytes: abi.Word = @splat(0);
    for (key.place.path.slice(), 0..) |nibble, at| {
        bytes[at / 2] |= if (at % 2 == 0) nibble << 4 else nibble;
    }
    return bytes;
}

pub fn fork_backend_provide_account(
    fork: u32,
    generation: u32,
    request: u32,
    account: ?*align(1) const abi.AccountFields,
) callconv(.c) i32 {
    return result(answer(Fork.provideAccount, fork, generation, .{ request, account }));
}

pub fn fork_backend_provide_storage(
    fork: u32,
    generation: u32,
    request: u32,
    value: ?*const abi.Word,
) callconv(.c) i32 {
    return result(answer(Fork.provideStorage, fork, generation, .{ request, value }));
}

pub fn fork_backend_provide_code(
    fork: u32,
    generation: u32,
    request: u32,
    code: ?[*]const u8,
    code_bytes: u32,
) callconv(.c) i32 {
    const bytes = checkCode(code, code_bytes) catch |failure| return result(failure);
    return result(answer(Fork.provideCode, fork, generation, .{ request, bytes }));
}

pub fn fork_backend_fail(fork: u32, generation: u32, request: u32) callconv(.c) i32 {
    return result(answer(Fork.fail, fork, generation, .{request}));
}

pub fn fork_backend_insert_account(
    fork: u32,
    generation: u32,
    address: ?*const abi.Address,
    account: ?*align(1) const abi.AccountFields,
) callconv(.c) i32 {
    return result(answer(Fork.insertAccount, fork, generation, .{ address, account }));
}

pub fn fork_backend_insert_storage(
    fork: u32,
    generation: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
) callconv(.c) i32 {
    return result(answer(Fork.insertStorage, fork, generation, .{ address, slot, value }));
}

pub fn fork_backend_insert_code(
    fork: u32,
    generation: u32,
    code: ?[*]const u8,
    code_bytes: u32,
) callconv(.c) i32 {
    const bytes = checkCode(code, code_bytes) catch |failure| return result(failure);
    return result(answer(Fork.insertCode, fork, generation, .{bytes}));
}

// Trie nodes.

pub fn fork_backend_set_state_root(
    fork: u32,
    generation: u32,
    root: ?*const abi.Word,
) callconv(.c) i32 {
    return result(answer(Fork.setStateRoot, fork, generation, .{root}));
}

pub fn fork_backend_check_account(
    fork: u32,
    generation: u32,
    address: ?*const abi.Address,
    account: ?*align(1) const abi.AccountFields,
    proof: ?[*]const u8,
    proof_bytes: u32,
    out_outcome: ?*align(1) abi.ProofOutcome,
) callconv(.c) i32 {
    return result(checkAccount(
        .{ .fork = fork, .generation = generation, .proof = proof, .proof_bytes = proof_bytes },
        address,
        account,
        out_outcome,
    ));
}

/// Where a proof is checked.
const Check = struct {
    fork: u32,
    generation: u32,
    proof: ?[*]const u8,
    proof_bytes: u32,
};

fn checkAccount(
    check: Check,
    address: ?*const abi.Address,
    account: ?*align(1) const abi.AccountFields,
    out_outcome: ?*align(1) abi.ProofOutcome,
) Error!void {
    const self = try registry.fork(check.fork);
    const key = try given(address);
    const claim = try given(account);
    const proof = try boundary.givenSlice(check.proof, check.proof_bytes);
    const target = try given(out_outcome);
    return proof_check.checkAccount(self, check.generation, key, claim, proof, target);
}

pub fn fork_backend_check_storage(
    fork: u32,
    generation: u32,
    storage_root: ?*const abi.Word,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
    proof: ?[*]const u8,
    proof_bytes: u32,
    out_outcome: ?*align(1) abi.ProofOutcome,
) callconv(.c) i32 {
    return result(checkStorage(
        .{ .fork = fork, .generation = generation, .proof = proof, .proof_bytes = proof_bytes },
        storage_root,
        slot,
        value,
        out_outcome,
    ));
}

fn checkStorage(
    check: Check,
    storage_root: ?*const abi.Word,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
    out_outcome: ?*align(1) abi.ProofOutcome,
) Error!void {
    const self = try registry.fork(check.fork);
    const root = try given(storage_root);
    const key = try given(slot);
    const claim = try given(value);
    const proof = try boundary.givenSlice(check.proof, check.proof_bytes);
    const target = try given(out_outcome);
    return proof_check.checkStorage(self, check.generation, root, key, claim, proof, target);
}

pub fn fork_backend_insert_trie_node(
    fork: u32,
    generation: u32,
    trie_node: ?[*]const u8,
    trie_node_bytes: u32,
    out_hash: ?*abi.Word,
) callconv(.c) i32 {
    return result(insertTrieNode(fork, generation, trie_node, trie_node_bytes, out_hash));
}

fn insertTrieNode(
    fork: u32,
    generation: u32,
    trie_node: ?[*]const u8,
    trie_node_bytes: u32,
    out_hash: ?*abi.Word,
) Error!void {
    const self = try registry.fork(fork);
    const bytes = try boundary.givenSlice(trie_node, trie_node_bytes);
    const target = try given(out_hash);
    target.* = try self.insertNode(generation, bytes);
}

pub fn fork_backend_has_trie_node(
    fork: u32,
    key: ?*const abi.Word,
    out_found: ?*[4]u8,
) callconv(.c) i32 {
    return result(hasTrieNode(fork, key, out_found));
}

fn hasTrieNode(fork: u32, key: ?*const abi.Word, out_found: ?*[4]u8) Error!void {
    const self = try registry.fork(fork);
    const wanted = try given(key);
    const target = try given(out_found);
    target.* = @bitCast(@as(u32, @intFromBool(self.state.store.has(wanted))));
}

pub fn fork_backend_provide_trie_nodes(fork: u32, generation: u32, request: u32) callconv(.c) i32 {
    return result(answer(Fork.provideNodes, fork, generation, .{request}));
}

pub fn fork_backend_rebuild_sibling(
    fork: u32,
    generation: u32,
    request: u32,
    proof: ?[*]const u8,
    proof_bytes: u32,
) callconv(.c) i32 {
    const bytes = boundary.givenSlice(proof, proof_bytes) catch |failure|
        return result(failure);
    return result(answer(Fork.rebuildSibling, fork, generation, .{ request, bytes }));
}

/// Calls a method of a fork backend that takes a generation. Pointers among `args` must not be
/// null.
fn answer(comptime method: anytype, fork: u32, generation: u32, args: anytype) Error!void {
    const self = try registry.fork(fork);
    const Args = std.meta.ArgsTuple(@TypeOf(method));
    var all: Args = undefined;
    all[0] = self;
    all[1] = generation;
    inline for (args, 0..) |arg, at| {
        all[at + 2] = if (@typeInfo(@TypeOf(arg)) == .optional) try given(arg) else arg;
    }
    return @call(.auto, method, all);
}

pub fn fork_backend_clear(fork: u32) callconv(.c) i32 {
    const self = registry.fork(fork) catch |failure| return result(failure);
    self.clear();
    return result({});
}

pub fn fork_backend_repin(fork: u32, keeps_slots: u32) callconv(.c) i32 {
    const self = registry.fork(fork) catch |failure| return result(failure);
    self.repin(if (keeps_slots == 0) .code_only else .code_and_slots);
    return result({});
}

pub fn fork_backend_note_prefetched(
    fork: u32,
    kind: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
) callconv(.c) i32 {
    return result(notePrefetched(fork, kind, address, slot));
}

fn notePrefetched(
    fork: u32,
    kind: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
) Error!void {
    const self = try registry.fork(fork);
    const account = try given(address);
    const key = try given(slot);
    const named = std.enums.fromInt(abi.RequestKind, kind) orelse return error.InvalidInput;
    return self.notePrefetched(named, account, key);
}

pub fn fork_backend_stats(fork: u32, out_stats: ?*align(1) abi.ForkStats) callconv(.c) i32 {
    return result(forkStats(fork, out_stats));
}

fn forkStats(fork: u32, out_stats: ?*align(1) abi.ForkStats) Error!void {
    const self = try registry.fork(fork);
    const target = try given(out_stats);
    target.* = self.stats();
}
