//! Allocation failures: every allocation of every call fails once, and nothing may leak or change.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const model = @import("model.zig");
const proof_check = @import("../fork/proof_check.zig");
const roots = @import("../roots/roots.zig");
const roots_model = @import("roots_model.zig");
const trie = @import("../trie/trie.zig");
const witness = @import("../roots/witness.zig");
const Fork = @import("../fork/fork.zig").Fork;
const Manager = @import("../manager/manager.zig").Manager;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const testing = std.testing;

const addressOf = model.addressOf;
const answered = model.answered;
const codeOf = model.codeOf;
const nonceOf = model.nonceOf;
const wordOf = model.wordOf;

/// A short life that touches every operation, for the sweep below.
fn eventfulLife(gpa: Allocator) !void {
    const fork = try Fork.create(gpa, &.{
        .seed = 1,
        .max_entries = 3,
        .max_bytes = 10_000,
        .max_trie_node_bytes = 0,
    });
    defer fork.release();
    const remote: model.State = .remote();
    const manager = try Manager.create(gpa, 1, 1, fork);
    defer manager.destroy();
    const one = addressOf(1);
    try manager.checkpoint();
    try manager.setBalance(&one, &wordOf(7));
    try manager.setCode(&one, codeOf(2));
    const id = try manager.snapshot();
    for (0..70) |slot| try manager.setStorage(&one, &wordOf(@intCast(slot)), &wordOf(9));
    const child = try manager.branch(2);
    defer child.destroy();
    try child.setCode(&one, codeOf(3));
    try child.deleteAccount(&addressOf(2));
    try manager.clearStorage(&one);
    try manager.setNonce(&one, &nonceOf(3));
    try model.setRoot(fork, &remote);
    const grandchild = try rooted(manager, &remote);
    defer grandchild.destroy();
    try manager.revertToSnapshot(id);
    try computeRoot(manager, &remote);
    try testing.expectEqual(wordOf(7), (try manager.balance(&one, null)).*);
    var request: u32 = 0;
    _ = manager.storage(&one, &wordOf(1), &request) catch |failure| switch (failure) {
        error.RpcPending => try model.answerAll(fork, &remote),
        else => return failure,
    };
    _ = manager.nonce(&one, &request) catch |failure| switch (failure) {
        error.RpcPending => try model.answerAll(fork, &remote),
        else => return failure,
    };
    try manager.revert();
    try manager.clear();
}

/// A branch of a manager whose root was requested.
fn rooted(manager: *Manager, remote: *const model.State) !*Manager {
    try computeRoot(manager, remote);
    const child = try manager.branch(3);
    errdefer child.destroy();
    try child.setNonce(&addressOf(4), &nonceOf(3));
    try computeRoot(child, remote);
    return child;
}

/// Where an answer, too, may find no memory.
fn computeRoot(manager: *Manager, remote: *const model.State) !void {
    var id: u32 = 0;
    while (true) {
        _ = roots.stateRoot(manager, &id) catch |failure| switch (failure) {
            error.RpcPending => {
                try model.answerAll(manager.fork.?, remote);
                continue;
            },
            else => return failure,
        };
        return;
    }
}

test "statement 35: whichever allocation fails, nothing leaks" {
    try testing.checkAllAllocationFailures(testing.allocator, eventfulLife, .{});
}

/// Fails each allocation of `call` in turn: the state must be as before, and the same call must
/// work once there is memory. `prepare` may return a branch that lives meanwhile.
fn sweepCall(
    comptime prepare: fn (*Manager) anyerror!?*Manager,
    comptime call: anytype,
    watched: Watched,
) !void {
    const remote: model.State = .remote();
    var fail_index: usize = 0;
    while (true) : (fail_index += 1) {
        var failing = testing.FailingAllocator.init(testing.allocator, .{});
        const fork = try Fork.create(failing.allocator(), &.{
            .seed = 1,
            .max_entries = 100,
            .max_bytes = 1 << 20,
            .max_trie_node_bytes = 0,
        });
        defer fork.release();
        try model.setRoot(fork, &remote);
        const manager = try Manager.create(failing.allocator(), 1, 1, fork);
        defer manager.destroy();
        const child = try prepare(manager);
        defer if (child) |other| other.destroy();
        const before = try observe(manager, &remote, watched);
        failing.fail_index = failing.alloc_index + fail_index;
        failing.resize_fail_index = 0;
        const outcome = call(manager);
        const failed = failing.has_induced_failure;
        failing.fail_index = std.math.maxInt(usize);
        failing.resize_fail_index = std.math.maxInt(usize);
        if (outcome) |_| {
            if (!failed) return;
        } else |failure| {
            try testing.expectEqual(error.OutOfMemory, failure);
            try testing.expectEqual(before, try observe(manager, &remote, watched));
            try call(manager);
        }
    }
}

/// Also computes the root, so that the manager tracks its writes.
const Watched = enum { values, root };

const Observed = struct {
    balances: [model.accounts]abi.Word,
    nonces: [model.accounts]abi.Nonce,
    hashes: [model.accounts]abi.Word,
    values: [model.accounts][model.slots]abi.Word,
    depth: u32,
    snapshots: usize,
    root: abi.Word,
};

fn observe(manager: *Manager, remote: *const model.State, watched: Watched) !Observed {
    var seen: Observed = undefined;
    for (0..model.accounts) |number| {
        const address = addressOf(@intCast(number));
        seen.balances[number] = (try answered(manager, remote, Manager.balance, .{&address})).*;
        seen.nonces[number] = (try answered(manager, remote, Manager.nonce, .{&address})).*;
        seen.hashes[number] = (try answered(manager, remote, Manager.codeHash, .{&address})).*;
        for (0..model.slots) |slot| {
            const key = wordOf(@intCast(slot));
            const value = try answered(manager, remote, Manager.storage, .{ &address, &key });
            seen.values[number][slot] = value.*;
        }
    }
    seen.depth = manager.depth();
    seen.snapshots = manager.snapshots.items.len;
    seen.root = @splat(0);
    if (watched == .values) return seen;
    seen.root = try answered(manager, remote, roots.stateRoot, .{});
    // Reveals all nodes, so that no call below is pending.
    _ = try answered(manager, remote, witness.collect, .{});
    return seen;
}

fn prepareNothing(_: *Manager) anyerror!?*Manager {
    return null;
}

fn prepareWrites(manager: *Manager) anyerror!?*Manager {
    try writeSlots(manager, 64);
    return null;
}

fn writeSlots(manager: *Manager, count: u8) !void {
    try manager.checkpoint();
    try manager.setCode(&addressOf(1), codeOf(1));
    _ = try manager.snapshot();
    for (0..count) |slot| {
        try manager.setStorage(&addressOf(1), &wordOf(@intCast(slot)), &wordOf(5));
    }
}

/// As `prepareBranch`, with few slots: each of them is hashed for each root.
fn prepareFew(manager: *Manager) anyerror!?*Manager {
    try writeSlots(manager, 6);
    const child = try manager.branch(9);
    errdefer child.destroy();
    try manager.clearStorage(&addressOf(1));
    return child;
}

/// A checkpoint whose changes are in a frozen layer that a branch shares.
fn prepareBranch(manager: *Manager) anyerror!?*Manager {
    _ = try prepareWrites(manager);
    const child = try manager.branch(9);
    errdefer child.destroy();
    try manager.setBalance(&addressOf(3), &wordOf(1));
    return child;
}

/// Makes the maximum number of layers, so that the next branch copies.
fn prepareLayers(manager: *Manager) anyerror!?*Manager {
    try manager.checkpoint();
    for (0..abi.max_layers + 1) |number| {
        try manager.setBalance(&addressOf(1), &wordOf(@intCast(number)));
        (try manager.branch(9)).destroy();
    }
    return null;
}

const calls = struct {
    fn setBalance(manager: *Manager) !void {
        return manager.setBalance(&addressOf(2), &wordOf(3));
    }
    fn setNonce(manager: *Manager) !void {
        return manager.setNonce(&addressOf(2), &nonceOf(3));
    }
    fn setCode(manager: *Manager) !void {
        return manager.setCode(&addressOf(1), codeOf(3));
    }
    fn setStorage(manager: *Manager) !void {
        return manager.setStorage(&addressOf(2), &wordOf(2), &wordOf(3));
    }
    fn deleteAccount(manager: *Manager) !void {
        return manager.deleteAccount(&addressOf(1));
    }
    fn clearStorage(manager: *Manager) !void {
        return manager.clearStorage(&addressOf(1));
    }
    fn checkpoint(manager: *Manager) !void {
        return manager.checkpoint();
    }
    fn snapshot(manager: *Manager) !void {
        _ = try manager.snapshot();
    }
    fn revert(manager: *Manager) !void {
        return manager.revert();
    }
    fn revertToSnapshot(manager: *Manager) !void {
        const first = manager.snapshots.items[0].id;
        return manager.revertToSnapshot(@as(u64, manager.tag) << 32 | first);
    }
    fn branch(manager: *Manager) !void {
        (try manager.branch(20)).destroy();
    }
    /// Opens a request for an account that no observation reads.
    fn ask(manager: *Manager) !void {
        var id: u32 = 0;
        _ = manager.balance(&addressOf(99), &id) catch |failure| switch (failure) {
            error.RpcPending => return,
            else => return failure,
        };
    }
    fn insertAccount(manager: *Manager) !void {
        const fork = manager.fork.?;
        return fork.insertAccount(fork.generation, &addressOf(99), &fact);
    }
    fn insertStorage(manager: *Manager) !void {
        const fork = manager.fork.?;
        const word = wordOf(1);
        return fork.insertStorage(fork.generation, &addressOf(99), &word, &word);
    }
    fn insertCode(manager: *Manager) !void {
        return manager.fork.?.insertCode(manager.fork.?.generation, "a code of its own");
    }
    fn provide(manager: *Manager) !void {
        const fork = manager.fork.?;
        try ask(manager);
        const request = fork.requests.next() orelse return;
        errdefer fork.fail(fork.generation, request.id) catch unreachable;
        return fork.provideAccount(fork.generation, request.id, &fact);
    }

    /// Starts from the root of the block, as if nothing had been computed before.
    fn stateRoot(manager: *Manager) !void {
        manager.fork.?.state.store.collect(&.{});
        manager.tracker.?.top.lose();
        _ = try roots.stateRoot(manager, null);
    }
    fn storageRoot(manager: *Manager) !void {
        manager.tracker.?.top.lose();
        _ = try roots.storageRoot(manager, &addressOf(1), null);
    }
    fn accountProof(manager: *Manager) !void {
        var list: List(u8) = .empty;
        defer list.deinit(manager.gpa);
        return roots.prove(manager, &addressOf(1), null, &list, null);
    }
    fn collectWitness(manager: *Manager) !void {
        _ = try witness.collect(manager, null);
    }
    fn askNodes(manager: *Manager) !void {
        const fork = manager.fork.?;
        _ = try fork.askNodes(&.{
            .kind = .trie_node,
            .address = addressOf(1),
            .word = wordOf(77),
        });
    }
    fn checkAccount(manager: *Manager) !void {
        const fork = manager.fork.?;
        fork.state.store.clear();
        const remote: model.State = .remote();
        const tries = try roots_model.Tries.ofChain(&remote);
        var list: List(u8) = .empty;
        defer list.deinit(std.heap.c_allocator);
        const key = hash.keccak256(&addressOf(1));
        _ = try trie.prove(&tries.store, &tries.root, &key, &list);
        var claim = std.mem.zeroes(abi.AccountFields);
        claim.known = 0;
        var outcome: abi.ProofOutcome = undefined;
        const generation = fork.generation;
        return proof_check.checkAccount(
            fork,
            generation,
            &addressOf(1),
            &claim,
            list.items,
            &outcome,
        );
    }

    const fact: abi.AccountFields = blk: {
        var fields = std.mem.zeroes(abi.AccountFields);
        fields.known = abi.Known.all;
        fields.balance[31] = 1;
        break :blk fields;
    };
};

test "statement 35: a call that runs out of memory changes nothing" {
    const prepares = .{ prepareNothing, prepareWrites, prepareBranch, prepareLayers };
    inline for (prepares) |prepare| {
        try sweepWrites(prepare, .values);
        try sweepCall(prepare, calls.checkpoint, .values);
        try sweepCall(prepare, calls.snapshot, .values);
        try sweepCall(prepare, calls.ask, .values);
        try sweepCall(prepare, calls.insertAccount, .values);
        try sweepCall(prepare, calls.insertStorage, .values);
        try sweepCall(prepare, calls.insertCode, .values);
        try sweepCall(prepare, calls.provide, .values);
        if (prepare != prepareNothing) try sweepCall(prepare, calls.revert, .values);
    }
    inline for (.{ prepareWrites, prepareBranch }) |prepare| {
        try sweepCall(prepare, calls.revertToSnapshot, .values);
    }
}

fn sweepWrites(
    comptime prepare: fn (*Manager) anyerror!?*Manager,
    watched: Watched,
) !void {
    try sweepCall(prepare, calls.setBalance, watched);
    try sweepCall(prepare, calls.setNonce, watched);
    try sweepCall(prepare, calls.setCode, watched);
    try sweepCall(prepare, calls.setStorage, watched);
    try sweepCall(prepare, calls.deleteAccount, watched);
    try sweepCall(prepare, calls.clearStorage, watched);
    try sweepCall(prepare, calls.branch, watched);
}

test "statement 35: nor where roots were asked for, and the root stays right" {
    inline for (.{ prepareNothing, prepareFew }) |prepare| {
        try sweepWrites(prepare, .root);
        try sweepCall(prepare, calls.stateRoot, .root);
        try sweepCall(prepare, calls.storageRoot, .root);
        try sweepCall(prepare, calls.accountProof, .root);
        try sweepCall(prepare, calls.collectWitness, .root);
        try sweepCall(prepare, calls.askNodes, .root);
        try sweepCall(prepare, calls.checkAccount, .root);
    }
    try sweepCall(prepareFew, calls.revert, .root);
    try sweepCall(prepareFew, calls.revertToSnapshot, .root);
}

test "statement 35: clearing everything without memory changes nothing" {
    var failing = testing.FailingAllocator.init(testing.allocator, .{});
    const manager = try Manager.create(failing.allocator(), 1, 1, null);
    defer manager.destroy();
    _ = try prepareWrites(manager);
    const before = manager.stats();
    failing.fail_index = failing.alloc_index;
    try testing.expectError(error.OutOfMemory, manager.clear());
    try testing.expectEqual(before, manager.stats());
}
