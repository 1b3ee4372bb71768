//! The cost of checkpoints and branches in allocations and layers, which must not grow with the
//! state.

const std = @import("std");
const abi = @import("../abi.zig");
const model = @import("model.zig");
const Manager = @import("../manager/manager.zig").Manager;
const testing = std.testing;

const addressOf = model.addressOf;
const wordOf = model.wordOf;

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

fn dirty(manager: *Manager, count: usize) !void {
    try manager.checkpoint();
    for (0..count) |number| {
        var slot: abi.Word = @splat(0);
        std.mem.writeInt(u64, slot[0..8], number, .big);
        try manager.setStorage(&addressOf(1), &slot, &slot);
    }
}

test "statement 16: checkpoint, commit and revert allocate nothing, at any number of dirty slots" {
    for ([_]usize{ 1_000, 100_000 }) |count| {
        var counting = testing.FailingAllocator.init(testing.allocator, .{});
        const manager = try Manager.create(counting.allocator(), 1, 1, null);
        defer manager.destroy();
        try dirty(manager, count);
        for ([_]bool{ true, false }) |is_warm_up| {
            const allocations = counting.allocations;
            const allocated = counting.allocated_bytes;
            for (0..100) |_| {
                try manager.checkpoint();
                for (0..10) |number| {
                    try manager.setStorage(&addressOf(2), &wordOf(@intCast(number)), &wordOf(1));
                }
                try manager.revert();
                try manager.checkpoint();
                try manager.commit();
            }
            if (is_warm_up) continue;
            try testing.expectEqual(allocations, counting.allocations);
            try testing.expectEqual(allocated, counting.allocated_bytes);
        }
    }
}
