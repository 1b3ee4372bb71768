//! Tests of the state model: a naive model that copies everything, random operations compared with
//! it, and a sweep that makes every allocation fail once.

const std = @import("std");
const abi = @import("abi.zig");
const hash = @import("hash.zig");
const Fork = @import("fork.zig").Fork;
const Manager = @import("manager.zig").Manager;
const Allocator = std.mem.Allocator;
const testing = std.testing;

const accounts = 4;
const slots = 4;

/// What the chain holds in these tests, or was written: full copies, no sharing.
const State = struct {
    accounts: [accounts]Account = @splat(.{}),

    const Account = struct {
        presence: enum { absent, exists } = .absent,
        balance: u8 = 0,
        nonce: u8 = 0,
        code: u8 = 0,
        slots: [slots]u8 = @splat(0),
    };

    /// The remote state: account 0 absent, others with code and slots.
    fn remote() State {
        var state: State = .{};
        for (state.accounts[1..], 1..) |*account, number| {
            const n: u8 = @intCast(number);
            account.* = .{ .presence = .exists, .balance = n, .nonce = n, .code = n };
            for (&account.slots, 0..) |*slot, at| slot.* = if (at == 0) 0 else n * 10 + @as(u8, @intCast(at));
        }
        return state;
    }
};

const Operation = union(enum) {
    balance: struct { account: u8, value: u8 },
    nonce: struct { account: u8, value: u8 },
    code: struct { account: u8, value: u8 },
    slot: struct { account: u8, slot: u8, value: u8 },
    delete: u8,
    clear_storage: u8,
    checkpoint,
    commit,
    revert,
    snapshot,
    revert_to: u8,
    branch,
    leave_branch: u1,
    clear_facts,

    fn random(source: std.Random) Operation {
        const account = source.uintLessThan(u8, accounts);
        const value = source.uintLessThan(u8, 4);
        return switch (source.uintLessThan(u8, 24)) {
            0, 1 => .{ .balance = .{ .account = account, .value = value } },
            2, 3 => .{ .nonce = .{ .account = account, .value = value } },
            4, 5, 6 => .{ .code = .{ .account = account, .value = value } },
            7, 8, 9, 10 => .{ .slot = .{
                .account = account,
                .slot = source.uintLessThan(u8, slots),
                .value = value,
            } },
            11 => .{ .delete = account },
            12 => .{ .clear_storage = account },
            13, 14, 15 => .checkpoint,
            16 => .commit,
            17 => .revert,
            18, 19 => .snapshot,
            20 => .{ .revert_to = source.uintLessThan(u8, 8) },
            21 => .branch,
            22 => .{ .leave_branch = source.int(u1) },
            else => .clear_facts,
        };
    }
};

fn addressOf(number: u8) abi.Address {
    return @as([19]u8, @splat(0)) ++ .{number};
}

fn wordOf(number: u8) abi.Word {
    return @as([31]u8, @splat(0)) ++ .{number};
}

fn nonceOf(number: u8) abi.Nonce {
    return @as([7]u8, @splat(0)) ++ .{number};
}

/// Code 0 is no code; others are some bytes.
fn codeOf(number: u8) []const u8 {
    const texts = [_][]const u8{ "", "code one", "code two", "code three, longer" };
    return texts[number];
}

/// The model of one manager: copies for every checkpoint and snapshot.
const Model = struct {
    state: State,
    checkpoints: std.ArrayList(Checkpoint) = .empty,
    snapshots: std.ArrayList(Snapshot) = .empty,
    /// Ids that must no longer work.
    dead: std.ArrayList(u64) = .empty,

    const Checkpoint = struct {
        state: State,
        /// Snapshots with a larger number were taken inside it.
        last_snapshot: u32,
    };
    const Snapshot = struct { id: u64, state: State, checkpoints: []Checkpoint };

    fn deinit(self: *Model) void {
        for (self.snapshots.items) |snapshot| testing.allocator.free(snapshot.checkpoints);
        self.snapshots.deinit(testing.allocator);
        self.checkpoints.deinit(testing.allocator);
        self.dead.deinit(testing.allocator);
    }

    fn dropSnapshots(self: *Model, count: usize) !void {
        while (self.snapshots.items.len > count) {
            const snapshot = self.snapshots.pop().?;
            testing.allocator.free(snapshot.checkpoints);
            try self.dead.append(testing.allocator, snapshot.id);
        }
    }
};

/// A manager beside its model; the chain is answered from `remote`.
const Pair = struct {
    manager: *Manager,
    model: Model,

    fn deinit(self: *Pair) void {
        self.manager.destroy();
        self.model.deinit();
    }

    fn apply(self: *Pair, operation: Operation) !void {
        const manager = self.manager;
        const model = &self.model;
        const state = &model.state;
        switch (operation) {
            .balance => |op| {
                try manager.setBalance(&addressOf(op.account), &wordOf(op.value));
                state.accounts[op.account].balance = op.value;
                state.accounts[op.account].presence = .exists;
            },
            .nonce => |op| {
                try manager.setNonce(&addressOf(op.account), &nonceOf(op.value));
                state.accounts[op.account].nonce = op.value;
                state.accounts[op.account].presence = .exists;
            },
            .code => |op| {
                try manager.setCode(&addressOf(op.account), codeOf(op.value));
                state.accounts[op.account].code = op.value;
                state.accounts[op.account].presence = .exists;
            },
            .slot => |op| {
                try manager.setStorage(&addressOf(op.account), &wordOf(op.slot), &wordOf(op.value));
                state.accounts[op.account].slots[op.slot] = op.value;
                state.accounts[op.account].presence = .exists;
            },
            .delete => |account| {
                try manager.deleteAccount(&addressOf(account));
                state.accounts[account] = .{};
            },
            .clear_storage => |account| {
                try manager.clearStorage(&addressOf(account));
                state.accounts[account].slots = @splat(0);
            },
            .checkpoint => {
                try manager.checkpoint();
                try model.checkpoints.append(testing.allocator, .{
                    .state = state.*,
                    .last_snapshot = manager.last_snapshot,
                });
            },
            .commit => {
                if (model.checkpoints.items.len == 0) {
                    return testing.expectError(error.NoCheckpoint, manager.commit());
                }
                try manager.commit();
                _ = model.checkpoints.pop();
            },
            .revert => try self.revert(),
            .snapshot => {
                const id = try manager.snapshot();
                try model.snapshots.append(testing.allocator, .{
                    .id = id,
                    .state = state.*,
                    .checkpoints = try testing.allocator.dupe(
                        Model.Checkpoint,
                        model.checkpoints.items,
                    ),
                });
            },
            .revert_to => |pick| try self.revertTo(pick),
            .branch, .leave_branch => unreachable,
            .clear_facts => if (manager.fork) |fork| fork.clear(),
        }
    }

    fn revert(self: *Pair) !void {
        const model = &self.model;
        if (model.checkpoints.items.len == 0) {
            return testing.expectError(error.NoCheckpoint, self.manager.revert());
        }
        try self.manager.revert();
        const checkpoint = model.checkpoints.pop().?;
        model.state = checkpoint.state;
        const snapshots = model.snapshots.items;
        var count = snapshots.len;
        while (count > 0 and @as(u32, @truncate(snapshots[count - 1].id)) >
            checkpoint.last_snapshot) count -= 1;
        try model.dropSnapshots(count);
    }

    fn revertTo(self: *Pair, pick: u8) !void {
        const model = &self.model;
        if (pick == 7 or model.snapshots.items.len == 0) {
            const dead = model.dead.getLastOrNull() orelse 12345;
            return testing.expectError(error.InvalidSnapshot, self.manager.revertToSnapshot(dead));
        }
        const at = pick % model.snapshots.items.len;
        const snapshot = model.snapshots.items[at];
        try self.manager.revertToSnapshot(snapshot.id);
        model.state = snapshot.state;
        model.checkpoints.clearRetainingCapacity();
        try model.checkpoints.appendSlice(testing.allocator, snapshot.checkpoints);
        try model.dropSnapshots(at);
        try testing.expectError(error.InvalidSnapshot, self.manager.revertToSnapshot(snapshot.id));
    }

    fn check(self: *Pair, remote: *const State) !void {
        try testing.expectEqual(self.model.checkpoints.items.len, self.manager.depth());
        for (&self.model.state.accounts, 0..) |*expected, number| {
            try self.checkAccount(@intCast(number), expected, remote);
        }
    }

    fn checkAccount(
        self: *Pair,
        number: u8,
        expected: *const State.Account,
        remote: *const State,
    ) !void {
        const manager = self.manager;
        const address = addressOf(number);
        const balance = try answered(manager, remote, Manager.balance, .{&address});
        try testing.expectEqual(wordOf(expected.balance), balance.*);
        const nonce = try answered(manager, remote, Manager.nonce, .{&address});
        try testing.expectEqual(nonceOf(expected.nonce), nonce.*);
        // In two steps, each of which needs one fact: also a cache of one entry makes progress.
        const code_hash = (try answered(manager, remote, Manager.codeHash, .{&address})).*;
        const code = try answered(manager, remote, Manager.codeByHash, .{ &address, &code_hash });
        try testing.expectEqualStrings(codeOf(expected.code), code);
        for (&expected.slots, 0..) |value, slot| {
            const key = wordOf(@intCast(slot));
            const found = try answered(manager, remote, Manager.storage, .{ &address, &key });
            try testing.expectEqual(wordOf(value), found.*);
        }
        var record: abi.AccountRecord = undefined;
        try answered(manager, remote, Manager.account, .{ &address, &record });
        const empty = expected.balance == 0 and expected.nonce == 0 and expected.code == 0;
        const presence: abi.Presence = if (expected.presence == .absent)
            .absent
        else if (empty) .empty else .live;
        try testing.expectEqual(@intFromEnum(presence), record.presence);
        try testing.expectEqual(wordOf(expected.balance), record.balance);
        try testing.expectEqual(hash.keccak256(codeOf(expected.code)), record.code_hash);
    }
};

/// Reads until it is no longer pending, answering requests from `remote`.
fn answered(
    manager: *Manager,
    remote: *const State,
    comptime method: anytype,
    args: anytype,
) @typeInfo(@TypeOf(method)).@"fn".return_type.? {
    var id: u32 = 0;
    for (0..8) |_| {
        const result = @call(.auto, method, .{manager} ++ args ++ .{&id});
        _ = result catch |failure| {
            if (failure != error.RpcPending) return failure;
            answerAll(manager.fork.?, remote) catch unreachable;
            continue;
        };
        return result;
    }
    unreachable;
}

fn answerAll(fork: *Fork, remote: *const State) !void {
    while (fork.requests.next()) |request| {
        const account = &remote.accounts[request.key.address[19]];
        const generation = fork.generation;
        switch (request.key.kind) {
            .account => try fork.provideAccount(generation, request.id, &.{
                .balance = wordOf(account.balance),
                .nonce = nonceOf(account.nonce),
                .code_hash = hash.keccak256(codeOf(account.code)),
                .storage_root = if (account.presence == .absent) hash.zero_word else wordOf(1),
                .known = abi.Known.all,
                .presence = 0,
                .reserved = @splat(0),
            }),
            .storage => {
                const value = wordOf(account.slots[request.key.word[31]]);
                try fork.provideStorage(generation, request.id, &value);
            },
            .code => try fork.provideCode(generation, request.id, codeOf(account.code)),
        }
    }
}

fn runRandom(seed: u64, count: usize, fork_bounds: ?[2]u64) !void {
    var random_state = std.Random.DefaultPrng.init(seed);
    const random = random_state.random();
    const remote: State = if (fork_bounds == null) .{} else .remote();
    const fork: ?*Fork = if (fork_bounds) |bounds| try Fork.create(testing.allocator, &.{
        .seed = seed,
        .max_entries = bounds[0],
        .max_bytes = bounds[1],
    }) else null;
    defer if (fork) |shared| shared.release();
    var pairs: std.ArrayList(Pair) = .empty;
    defer pairs.deinit(testing.allocator);
    defer for (pairs.items) |*pair| pair.deinit();
    try pairs.append(testing.allocator, .{
        .manager = try Manager.create(testing.allocator, 1, seed, fork),
        .model = .{ .state = remote },
    });
    var tag: u32 = 1;
    var active: usize = 0;
    for (0..count) |round| {
        switch (Operation.random(random)) {
            .branch => if (pairs.items.len < 5) {
                tag += 1;
                const manager = try pairs.items[active].manager.branch(tag);
                const state = pairs.items[active].model.state;
                try pairs.append(testing.allocator, .{ .manager = manager, .model = .{ .state = state } });
                if (random.boolean()) active = pairs.items.len - 1;
            },
            .leave_branch => |destroy| {
                if (destroy == 1 and pairs.items.len > 1) {
                    var gone = pairs.swapRemove(active);
                    gone.deinit();
                }
                active = random.uintLessThan(usize, pairs.items.len);
            },
            else => |operation| try pairs.items[active].apply(operation),
        }
        if (round % 8 == 0) for (pairs.items) |*pair| try pair.check(&remote);
    }
}

/// Operations a random test makes; `-Dfuzz-operations=` sets more.
const operations: usize = @import("options").fuzz_operations;

test "random operations in memory read as the naive model" {
    for (1..5) |seed| try runRandom(seed, operations / 16, null);
}

test "random operations on a fork read as the naive model, at any cache bound" {
    const bounds = [_][2]u64{ .{ 1 << 20, 1 << 30 }, .{ 1, 1 << 30 }, .{ 5, 1 << 30 }, .{ 1 << 20, 300 } };
    for (bounds, 10..) |bound, seed| try runRandom(seed, operations / 8, bound);
}

/// A short life that touches every operation, for the sweep below.
fn eventfulLife(gpa: Allocator) !void {
    const fork = try Fork.create(gpa, &.{ .seed = 1, .max_entries = 3, .max_bytes = 10_000 });
    defer fork.release();
    const remote: State = .remote();
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
    try manager.revertToSnapshot(id);
    try testing.expectEqual(wordOf(7), (try manager.balance(&one, null)).*);
    var request: u32 = 0;
    _ = manager.storage(&one, &wordOf(1), &request) catch |failure| switch (failure) {
        error.RpcPending => try answerAll(fork, &remote),
        else => return failure,
    };
    _ = manager.nonce(&one, &request) catch |failure| switch (failure) {
        error.RpcPending => try answerAll(fork, &remote),
        else => return failure,
    };
    try manager.revert();
    try manager.clear();
}

test "statement 35: whichever allocation fails, nothing leaks" {
    try testing.checkAllAllocationFailures(testing.allocator, eventfulLife, .{});
}

/// Fails each allocation of `call` in turn: the state must be as before, and the same call must
/// work once there is memory. `prepare` may return a branch that lives meanwhile.
fn sweepCall(comptime prepare: fn (*Manager) anyerror!?*Manager, comptime call: anytype) !void {
    const remote: State = .remote();
    var fail_index: usize = 0;
    while (true) : (fail_index += 1) {
        var failing = testing.FailingAllocator.init(testing.allocator, .{});
        const fork = try Fork.create(failing.allocator(), &.{
            .seed = 1,
            .max_entries = 100,
            .max_bytes = 1 << 20,
        });
        defer fork.release();
        const manager = try Manager.create(failing.allocator(), 1, 1, fork);
        defer manager.destroy();
        const child = try prepare(manager);
        defer if (child) |other| other.destroy();
        const before = try observe(manager, &remote);
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
            try testing.expectEqual(before, try observe(manager, &remote));
            try call(manager);
        }
    }
}

const Observed = struct {
    balances: [accounts]abi.Word,
    nonces: [accounts]abi.Nonce,
    hashes: [accounts]abi.Word,
    values: [accounts][slots]abi.Word,
    depth: u32,
    snapshots: usize,
};

fn observe(manager: *Manager, remote: *const State) !Observed {
    var seen: Observed = undefined;
    for (0..accounts) |number| {
        const address = addressOf(@intCast(number));
        seen.balances[number] = (try answered(manager, remote, Manager.balance, .{&address})).*;
        seen.nonces[number] = (try answered(manager, remote, Manager.nonce, .{&address})).*;
        seen.hashes[number] = (try answered(manager, remote, Manager.codeHash, .{&address})).*;
        for (0..slots) |slot| {
            const key = wordOf(@intCast(slot));
            const value = try answered(manager, remote, Manager.storage, .{ &address, &key });
            seen.values[number][slot] = value.*;
        }
    }
    seen.depth = manager.depth();
    seen.snapshots = manager.snapshots.items.len;
    return seen;
}

fn prepareNothing(_: *Manager) anyerror!?*Manager {
    return null;
}

fn prepareWrites(manager: *Manager) anyerror!?*Manager {
    try manager.checkpoint();
    try manager.setCode(&addressOf(1), codeOf(1));
    _ = try manager.snapshot();
    for (0..64) |slot| {
        try manager.setStorage(&addressOf(1), &wordOf(@intCast(slot)), &wordOf(5));
    }
    return null;
}

/// A checkpoint whose changes are in a frozen layer that a branch shares.
fn prepareBranch(manager: *Manager) anyerror!?*Manager {
    _ = try prepareWrites(manager);
    const child = try manager.branch(9);
    errdefer child.destroy();
    try manager.setBalance(&addressOf(3), &wordOf(1));
    return child;
}

/// As many layers as there may be, so that the next branch copies.
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
    fn branch(manager: *Manager) !void {
        (try manager.branch(20)).destroy();
    }
};

test "statement 35: a call that runs out of memory changes nothing" {
    const prepares = .{ prepareNothing, prepareWrites, prepareBranch, prepareLayers };
    inline for (prepares) |prepare| {
        try sweepCall(prepare, calls.setBalance);
        try sweepCall(prepare, calls.setNonce);
        try sweepCall(prepare, calls.setCode);
        try sweepCall(prepare, calls.setStorage);
        try sweepCall(prepare, calls.deleteAccount);
        try sweepCall(prepare, calls.clearStorage);
        try sweepCall(prepare, calls.checkpoint);
        try sweepCall(prepare, calls.snapshot);
        try sweepCall(prepare, calls.branch);
        if (prepare != prepareNothing) try sweepCall(prepare, calls.revert);
    }
}

test "a branch costs no copy, whatever was written" {
    const gpa = testing.allocator;
    const manager = try Manager.create(gpa, 1, 1, null);
    defer manager.destroy();
    for (0..10_000) |number| {
        var slot: abi.Word = @splat(0);
        std.mem.writeInt(u64, slot[0..8], number, .big);
        try manager.setStorage(&addressOf(1), &slot, &slot);
    }
    const before = manager.stats();
    const child = try manager.branch(2);
    defer child.destroy();
    try testing.expectEqual(before.overlay_bytes, manager.stats().overlay_bytes);
    try testing.expectEqual(before.overlay_bytes, child.stats().overlay_bytes);
    try child.setStorage(&addressOf(1), &wordOf(1), &wordOf(2));
    try testing.expect(child.stats().overlay_bytes < before.overlay_bytes + 20_000);
}

test "layers do not pile up where branches come and go" {
    const manager = try Manager.create(testing.allocator, 1, 1, null);
    defer manager.destroy();
    for (0..1_000) |number| {
        try manager.setStorage(&addressOf(1), &wordOf(@truncate(number)), &wordOf(1));
        const child = try manager.branch(2);
        defer child.destroy();
        try child.setBalance(&addressOf(1), &wordOf(3));
        try testing.expect(manager.stats().layers <= 2);
        try testing.expect(child.stats().layers <= 3);
    }
}
