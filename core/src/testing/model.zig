//! Random operations on managers, their branches and a fork, compared with a naive model that
//! copies everything.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const Fork = @import("../fork/fork.zig").Fork;
const Manager = @import("../manager/manager.zig").Manager;
const roots_model = @import("roots_model.zig");
const testing = std.testing;

pub const accounts = 6;
pub const slots = 5;

/// The state of the chain, or of a manager, in these tests: full copies, no sharing.
pub const State = struct {
    accounts: [accounts]Account = @splat(.{}),

    pub const Account = struct {
        presence: enum { absent, exists } = .absent,
        balance: u8 = 0,
        nonce: u8 = 0,
        code: u8 = 0,
        slots: [slots]u8 = @splat(0),
    };

    /// The remote state: account 0 absent, others with code and slots.
    pub fn remote() State {
        var state: State = .{};
        for (state.accounts[1..], 1..) |*account, number| {
            const n: u8 = @intCast(number);
            account.* = .{ .presence = .exists, .balance = n, .nonce = n, .code = n % 4 };
            for (account.slots[1..], 1..) |*slot, at| slot.* = n * 10 + @as(u8, @intCast(at));
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
    /// Requests the root, and compares it.
    root,

    fn random(source: std.Random) Operation {
        const account = source.uintLessThan(u8, accounts);
        const value = source.uintLessThan(u8, 4);
        return switch (source.uintLessThan(u8, 29)) {
            0, 1 => .{ .balance = .{ .account = account, .value = value } },
            2, 3 => .{ .nonce = .{ .account = account, .value = value } },
            4, 5 => .{ .code = .{ .account = account, .value = value } },
            6, 7, 8, 9 => .{ .slot = .{
                .account = account,
                .slot = source.uintLessThan(u8, slots),
                .value = value,
            } },
            10, 11 => .{ .delete = account },
            12, 13 => .{ .clear_storage = account },
            14, 15, 16 => .checkpoint,
            17 => .commit,
            18, 19 => .revert,
            20 => .snapshot,
            21 => .{ .revert_to = source.uintLessThan(u8, 8) },
            22 => .branch,
            23 => .{ .leave_branch = source.int(u1) },
            24, 25, 26, 27 => .root,
            else => .clear_facts,
        };
    }
};

pub fn addressOf(number: u8) abi.Address {
    return @as([19]u8, @splat(0)) ++ .{number};
}

pub fn wordOf(number: u8) abi.Word {
    return @as([31]u8, @splat(0)) ++ .{number};
}

pub fn nonceOf(number: u8) abi.Nonce {
    return @as([7]u8, @splat(0)) ++ .{number};
}

/// Code 0 is no code; other numbers are arbitrary bytes.
pub fn codeOf(number: u8) []const u8 {
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

/// A manager and its model. Requests to the chain are answered from `remote`.
const Pair = struct {
    manager: *Manager,
    model: Model,

    fn deinit(self: *Pair) void {
        self.manager.destroy();
        self.model.deinit();
    }

    fn apply(self: *Pair, operation: Operation, remote: *const State) !void {
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
            .clear_facts => if (manager.fork) |fork| {
                fork.clear();
                try setRoot(fork, remote);
            },
            .root => try roots_model.check(manager, state, remote),
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
        // In two steps, each of which needs one fact, so that even a cache of one entry makes
        // progress.
        const code_hash = (try answered(manager, remote, Manager.codeHash, .{&address})).*;
        const code = try answered(manager, remote, Manager.codeByHash, .{ &address, &code_hash });
        try testing.expectEqualStrings(codeOf(expected.code), code);
        for (&expected.slots, 0..) |value, slot| {
            const key = wordOf(@intCast(slot));
            const found = try answered(manager, remote, Manager.storage, .{ &address, &key });
            try testing.expectEqual(wordOf(value), found.*);
        }
        var fields: abi.AccountFields = undefined;
        try answered(manager, remote, Manager.account, .{ &address, &fields });
        const empty = expected.balance == 0 and expected.nonce == 0 and expected.code == 0;
        const presence: abi.Presence = if (expected.presence == .absent)
            .absent
        else if (empty) .empty else .live;
        try testing.expectEqual(@intFromEnum(presence), fields.presence);
        try testing.expectEqual(wordOf(expected.balance), fields.balance);
        try testing.expectEqual(hash.keccak256(codeOf(expected.code)), fields.code_hash);
    }
};

/// Repeats a read until it is no longer pending, and answers requests from `remote`.
pub fn answered(
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

/// Sets the state root of a fork's block.
pub fn setRoot(fork: *Fork, remote: *const State) !void {
    const tries = try roots_model.Tries.ofChain(remote);
    try fork.setStateRoot(fork.generation, &tries.root);
}

pub fn answerAll(fork: *Fork, remote: *const State) !void {
    const tries = try roots_model.Tries.ofChain(remote);
    while (fork.requests.next()) |request| {
        const number = request.key.address[19];
        const account: State.Account = if (number < accounts) remote.accounts[number] else .{};
        const generation = fork.generation;
        switch (request.key.kind) {
            .account => try fork.provideAccount(generation, request.id, &.{
                .balance = wordOf(account.balance),
                .nonce = nonceOf(account.nonce),
                .code_hash = hash.keccak256(codeOf(account.code)),
                .storage_root = if (account.presence == .absent)
                    hash.zero_word
                else
                    tries.storage_roots[number],
                .known = abi.Known.all,
                .presence = 0,
                .reserved = @splat(0),
            }),
            .storage => {
                const value = wordOf(account.slots[request.key.word[31]]);
                try fork.provideStorage(generation, request.id, &value);
            },
            .code => try fork.provideCode(generation, request.id, codeOf(account.code)),
            .account_proof, .storage_proof, .trie_node => {
                try tries.answer(fork, request.id, request.key);
            },
        }
    }
}

/// Checking all tables takes as long as many operations.
const rounds_per_invariant = 64;

/// `bounds` of the fork: entries, bytes, bytes of nodes.
fn runRandom(seed: u64, count: usize, fork_bounds: ?[3]u64) !void {
    var random_state = std.Random.DefaultPrng.init(seed);
    const random = random_state.random();
    const remote: State = if (fork_bounds == null) .{} else .remote();
    const fork: ?*Fork = if (fork_bounds) |bounds| try Fork.create(testing.allocator, &.{
        .seed = seed,
        .max_entries = bounds[0],
        .max_bytes = bounds[1],
        .max_trie_node_bytes = bounds[2],
    }) else null;
    defer if (fork) |shared| shared.release();
    if (fork) |shared| try setRoot(shared, &remote);
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
                try pairs.append(testing.allocator, .{
                    .manager = manager,
                    .model = .{ .state = state },
                });
                if (random.boolean()) active = pairs.items.len - 1;
            },
            .leave_branch => |destroy| {
                if (destroy == 1 and pairs.items.len > 1) {
                    var gone = pairs.swapRemove(active);
                    gone.deinit();
                }
                active = random.uintLessThan(usize, pairs.items.len);
            },
            else => |operation| try pairs.items[active].apply(operation, &remote),
        }
        if (round % 8 == 0) for (pairs.items) |*pair| try pair.check(&remote);
        if (round % rounds_per_invariant == 0) {
            if (fork) |shared| shared.checkInvariant();
            for (pairs.items) |*pair| pair.manager.checkInvariant();
        }
    }
}

/// Number of operations of a random test; `-Dfuzz-operations=` changes it.
const operations: usize = @import("options").fuzz_operations;

test "random operations in memory read as the naive model" {
    for (1..5) |seed| try runRandom(seed, operations / 16, null);
}

test "random operations on a fork read as the naive model, at any cache bound" {
    const much = 1 << 30;
    const bounds = [_][3]u64{
        .{ much, much, much },
        .{ 1, much, 1 },
        .{ 5, much, 2_000 },
        .{ much, 300, much },
    };
    for (bounds, 10..) |bound, seed| try runRandom(seed, operations / 8, bound);
}
