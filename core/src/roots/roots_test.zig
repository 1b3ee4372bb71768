//! Roots of managers in situations that random tests may miss, against tries made whole.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const model = @import("../testing/model.zig");
const roots = @import("roots.zig");
const roots_model = @import("../testing/roots_model.zig");
const witness = @import("witness.zig");
const Fork = @import("../fork/fork.zig").Fork;
const Manager = @import("../manager/manager.zig").Manager;
const State = model.State;
const testing = std.testing;

const addressOf = model.addressOf;
const wordOf = model.wordOf;

/// A manager over a fork of the remote state, beside what it should hold.
const World = struct {
    fork: *Fork,
    manager: *Manager,
    remote: State,
    state: State,

    fn init() !World {
        const remote: State = .remote();
        const fork = try Fork.create(testing.allocator, &.{
            .seed = 1,
            .max_entries = 1000,
            .max_bytes = 1 << 20,
            .max_trie_node_bytes = 0,
        });
        errdefer fork.release();
        try model.setRoot(fork, &remote);
        return .{
            .fork = fork,
            .manager = try Manager.create(testing.allocator, 1, 1, fork),
            .remote = remote,
            .state = remote,
        };
    }

    fn deinit(self: *World) void {
        self.manager.destroy();
        self.fork.release();
    }

    fn check(self: *World) !void {
        try roots_model.check(self.manager, &self.state, &self.remote);
    }

    fn root(self: *World) !abi.Word {
        return model.answered(self.manager, &self.remote, roots.stateRoot, .{});
    }

    fn clear(self: *World, account: u8) !void {
        try self.manager.clearStorage(&addressOf(account));
        self.state.accounts[account].slots = @splat(0);
    }

    fn setSlot(self: *World, account: u8, slot: u8, value: u8) !void {
        try self.manager.setStorage(&addressOf(account), &wordOf(slot), &wordOf(value));
        self.state.accounts[account].slots[slot] = value;
        self.state.accounts[account].presence = .exists;
    }
};

test "statement 30: with no changes the root is the block's, and writes undone return to it" {
    var world = try World.init();
    defer world.deinit();
    const root = world.fork.state.root.?;
    try testing.expectEqual(root, try world.root());
    try testing.expectEqual(@as(u32, 0), world.fork.requests.open());
    try world.manager.checkpoint();
    try world.setSlot(1, 1, 99);
    try world.clear(2);
    try world.manager.deleteAccount(&addressOf(3));
    try testing.expect(!std.meta.eql(root, try world.root()));
    try world.manager.revert();
    try testing.expectEqual(root, try world.root());
    const value = wordOf(world.remote.accounts[1].slots[1]);
    try world.manager.setStorage(&addressOf(1), &wordOf(1), &value);
    try testing.expectEqual(root, try world.root());
}

test "a clear that is undone brings the storage of the block and of local writes back" {
    var world = try World.init();
    defer world.deinit();
    try world.setSlot(2, 0, 7);
    try world.check();
    for (0..2) |_| {
        try world.manager.checkpoint();
        const before = world.state;
        try world.clear(2);
        try world.check();
        try world.setSlot(2, 3, 8);
        try world.clear(2);
        try world.setSlot(2, 4, 9);
        try world.check();
        try world.manager.revert();
        world.state = before;
        try world.check();
        // Once more, with the clear and what was before it in a frozen layer.
        (try world.manager.branch(5)).destroy();
    }
}

test "marks do not pile up where nobody asks for the next root" {
    const manager = try Manager.create(testing.allocator, 1, 1, null);
    defer manager.destroy();
    _ = try roots.stateRoot(manager, null);
    const kept = wordOf(1);
    try manager.setStorage(&addressOf(1), &kept, &kept);
    for (0..20_000) |number| {
        var slot: abi.Word = @splat(0);
        std.mem.writeInt(u64, slot[0..8], number, .big);
        try manager.checkpoint();
        try manager.setStorage(&addressOf(2), &slot, &slot);
        try manager.revert();
        try testing.expect(manager.tracker.?.top.count() < 10_000);
    }
    var state: State = .{};
    state.accounts[1] = .{ .presence = .exists, .slots = .{ 0, 1, 0, 0, 0 } };
    try roots_model.check(manager, &state, &state);
}

test "a branch begins at its parent's root, and both go their own way" {
    var world = try World.init();
    defer world.deinit();
    try world.setSlot(1, 1, 9);
    try world.check();
    try world.setSlot(1, 2, 8);
    var child = world;
    child.manager = try world.manager.branch(7);
    defer child.manager.destroy();
    try testing.expectEqual(world.manager.tracker.?.last.root, child.manager.tracker.?.last.root);
    try testing.expect(!child.manager.tracker.?.top.lost);
    try child.clear(1);
    try child.setSlot(1, 4, 3);
    try child.check();
    try world.setSlot(3, 1, 0);
    try world.check();
    try child.check();
    try testing.expectEqual(@as(usize, 2), world.fork.state.live_roots.len());
}

test "local nodes that no manager leads to are freed" {
    const manager = try Manager.create(testing.allocator, 1, 1, null);
    defer manager.destroy();
    var most: u64 = 0;
    for (0..60) |round| {
        for (0..200) |number| {
            try manager.setStorage(
                &addressOf(@intCast(number % 6)),
                &wordOf(@intCast(number)),
                &wordOf(@intCast(round + 1)),
            );
        }
        _ = try roots.stateRoot(manager, null);
        most = @max(most, manager.tracker.?.state.store.localBytes());
    }
    // One round makes about 60 kB.
    try testing.expect(most < 600_000);
    try testing.expect(manager.tracker.?.state.store.localBytes() > 0);
}

/// Writes slots of an account, all with the same value.
fn writeSlots(manager: *Manager, account: u8, count: usize, value: u8) !void {
    for (0..count) |number| {
        const slot = wordOf(@intCast(number));
        try manager.setStorage(&addressOf(account), &slot, &wordOf(value));
    }
}

test "a storage root whose nodes a collection freed is computed again" {
    const manager = try Manager.create(testing.allocator, 1, 1, null);
    defer manager.destroy();
    _ = try roots.stateRoot(manager, null);
    const child = try manager.branch(2);
    defer child.destroy();
    const state = child.tracker.?.state;
    try writeSlots(child, 1, 200, 9);
    const storage_root = try roots.storageRoot(child, &addressOf(1), null);
    while (state.collections == 0) : (_ = try roots.stateRoot(manager, null)) {
        const value: u8 = @intCast(1 + state.store.count() % 251);
        for (0..6) |account| try writeSlots(manager, @intCast(account), 200, value);
    }
    try testing.expect(!state.store.has(&storage_root));
    _ = try roots.stateRoot(child, null);
    try testing.expectEqual(storage_root, try roots.storageRoot(child, &addressOf(1), null));
    // Needs the nodes.
    try writeSlots(child, 1, 1, 8);
    const fresh = try Manager.create(testing.allocator, 3, 1, null);
    defer fresh.destroy();
    try writeSlots(fresh, 1, 200, 9);
    try writeSlots(fresh, 1, 1, 8);
    try testing.expectEqual(try roots.stateRoot(fresh, null), try roots.stateRoot(child, null));
}

test "facts that were evicted make a witness incomplete, also after they are cleared" {
    var world = try World.init();
    defer world.deinit();
    const address = addressOf(1);
    _ = try model.answered(world.manager, &world.remote, Manager.balance, .{&address});
    var info = try model.answered(world.manager, &world.remote, witness.collect, .{});
    try testing.expectEqual(@as(u64, 0), info.incomplete);
    try testing.expect(info.trie_nodes > 0);
    world.fork.base.max_entries = 1;
    _ = try model.answered(world.manager, &world.remote, Manager.balance, .{&addressOf(2)});
    info = try model.answered(world.manager, &world.remote, witness.collect, .{});
    try testing.expectEqual(@as(u64, 1), info.incomplete);
    world.fork.clear();
    try model.setRoot(world.fork, &world.remote);
    info = try model.answered(world.manager, &world.remote, witness.collect, .{});
    try testing.expectEqual(@as(u64, 1), info.incomplete);
    try testing.expectEqual(@as(u64, 0), info.trie_nodes);
}

test "facts that were cleared make a witness incomplete, and those of an earlier block do not" {
    for ([_]enum { clear, repin, clear_and_repin }{ .clear, .repin, .clear_and_repin }) |drop| {
        var world = try World.init();
        defer world.deinit();
        world.fork.clear();
        try model.setRoot(world.fork, &world.remote);
        const address = addressOf(1);
        _ = try model.answered(world.manager, &world.remote, Manager.balance, .{&address});
        var info = try model.answered(world.manager, &world.remote, witness.collect, .{});
        try testing.expectEqual(@as(u64, 0), info.incomplete);
        switch (drop) {
            .clear => world.fork.clear(),
            .repin => world.fork.repin(.code_and_slots),
            .clear_and_repin => {
                world.fork.clear();
                world.fork.repin(.code_only);
            },
        }
        try model.setRoot(world.fork, &world.remote);
        _ = try model.answered(world.manager, &world.remote, Manager.balance, .{&address});
        info = try model.answered(world.manager, &world.remote, witness.collect, .{});
        try testing.expectEqual(@intFromBool(drop == .clear), info.incomplete);
    }
}
