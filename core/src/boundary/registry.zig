//! Handles: the only state that all managers and fork backends of a process share.
//!
//! A handle is a place in a table and the number of that place's use, so null, unknown, stale,
//! destroyed and wrong-type handles are detected without touching freed memory. A place whose
//! numbers are used up is retired, so no handle ever refers to two objects.
//!
//! Threads may create, use and destroy different objects at the same time: the table grows by
//! blocks that never move, and making or removing a handle takes a lock. One object, or a family
//! of branches and their fork, must not be used from two threads at a time.

const std = @import("std");
const abi = @import("../abi.zig");
const heap = @import("../tables/heap.zig");
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Manager = @import("../manager/manager.zig").Manager;
const Fork = @import("../fork/fork.zig").Fork;

const place_bits = 20;
const use_limit = 1 << (32 - place_bits);
const block_places = 1024;

comptime {
    std.debug.assert(abi.max_handles == 1 << place_bits);
}

pub const Object = union(enum) { manager: *Manager, fork: *Fork };

const Kind = enum(u32) { free, manager, fork };

/// All zeros is a place that was never used, so the registry takes no bytes in the binary.
const Place = extern struct {
    use: u32 = 0,
    kind: Kind = .free,
    /// The object, or the next free place, plus one.
    value: usize = 0,
};
const Block = [block_places]Place;

pub const Error = std.mem.Allocator.Error || error{ InvalidHandle, LimitExceeded };

pub const Registry = struct {
    lock: std.Thread.Mutex = .{},
    /// The first block is part of the registry, so a few handles allocate nothing.
    first: Block = @splat(.{}),
    blocks: [abi.max_handles / block_places - 1]?*Block = @splat(null),
    used: u32 = 0,
    /// The place that was freed last, plus one.
    free: u32 = 0,
    /// A random number of this process or WebAssembly instance, from the first seed that it
    /// received.
    salt: u32 = 0,

    /// A number that no other object of this instance has, and almost certainly none of another.
    pub fn tagOf(self: *Registry, handle: u32, seed: u64) u32 {
        const fresh = @as(u32, @truncate((seed ^ seed >> 32) *% 0x9e3779b1)) | 1;
        const earlier = @cmpxchgStrong(u32, &self.salt, 0, fresh, .monotonic, .monotonic);
        return handle ^ (earlier orelse fresh);
    }

    /// A handle without an object yet; `fill` or `cancel` it.
    pub fn reserve(self: *Registry) Error!u32 {
        self.lock.lock();
        defer self.lock.unlock();
        if (self.free != 0) {
            const at = self.free - 1;
            const place = self.placeAt(at);
            assert(place.kind == .free and place.use > 0 and place.use < use_limit);
            self.free = @intCast(place.value);
            return handleOf(at, place.use);
        }
        if (self.used == abi.max_handles) return error.LimitExceeded;
        const index = self.used / block_places;
        if (index > 0 and self.blocks[index - 1] == null) {
            const fresh = try heap.allocator.create(Block);
            @memset(fresh, .{});
            @atomicStore(?*Block, &self.blocks[index - 1], fresh, .release);
        }
        if (checks.enabled) assert(self.placeAt(self.used).use == 0);
        self.placeAt(self.used).use = 1;
        self.used += 1;
        return handleOf(self.used - 1, 1);
    }

    pub fn fill(self: *Registry, handle: u32, object: Object) void {
        const place = self.placeAt(handle % abi.max_handles);
        assert(place.kind == .free and place.use == handle >> place_bits);
        switch (object) {
            .manager => |pointer| place.value = @intFromPtr(pointer),
            .fork => |pointer| place.value = @intFromPtr(pointer),
        }
        place.kind = switch (object) {
            .manager => .manager,
            .fork => .fork,
        };
        assert(place.value != 0);
    }

    /// Releases a handle. It is never valid again.
    pub fn cancel(self: *Registry, handle: u32) void {
        self.lock.lock();
        defer self.lock.unlock();
        const at = handle % abi.max_handles;
        const place = self.placeAt(at);
        assert(place.use == handle >> place_bits);
        place.kind = .free;
        place.use += 1;
        if (checks.enabled) {
            assert(self.find(handle, .manager) == 0 and self.find(handle, .fork) == 0);
        }
        if (place.use == use_limit) return;
        place.value = self.free;
        self.free = at + 1;
    }

    pub inline fn manager(self: *Registry, handle: u32) error{InvalidHandle}!*Manager {
        const found: ?*Manager = @ptrFromInt(self.find(handle, .manager));
        return found orelse error.InvalidHandle;
    }

    pub inline fn fork(self: *Registry, handle: u32) error{InvalidHandle}!*Fork {
        const found: ?*Fork = @ptrFromInt(self.find(handle, .fork));
        return found orelse error.InvalidHandle;
    }

    /// The address of the object behind a handle; 0 if it is not a live one of this kind.
    fn find(self: *Registry, handle: u32, kind: Kind) usize {
        const place = self.placeIn(handle % abi.max_handles) orelse return 0;
        const is_live = place.use == handle >> place_bits and place.kind == kind;
        return if (is_live) place.value else 0;
    }

    fn placeAt(self: *Registry, at: u32) *Place {
        return self.placeIn(at).?;
    }

    inline fn placeIn(self: *Registry, at: u32) ?*Place {
        const index = at / block_places;
        if (index == 0) return &self.first[at];
        const block = @atomicLoad(?*Block, &self.blocks[index - 1], .acquire) orelse return null;
        return &block[at % block_places];
    }

    fn handleOf(at: u32, use: u32) u32 {
        return use << place_bits | at;
    }
};

test "a handle is valid from fill to cancel, and never again" {
    var registry: Registry = .{};
    defer for (registry.blocks) |block| if (block) |used| heap.allocator.destroy(used);
    var object: Fork = undefined;
    var seen: std.AutoHashMapUnmanaged(u32, void) = .empty;
    defer seen.deinit(std.testing.allocator);
    for (0..10_000) |_| {
        const handle = try registry.reserve();
        try std.testing.expect(handle != abi.null_handle);
        try std.testing.expect(!seen.contains(handle));
        try seen.put(std.testing.allocator, handle, {});
        try std.testing.expectError(error.InvalidHandle, registry.fork(handle));
        registry.fill(handle, .{ .fork = &object });
        try std.testing.expectEqual(&object, try registry.fork(handle));
        try std.testing.expectError(error.InvalidHandle, registry.manager(handle));
        registry.cancel(handle);
        try std.testing.expectError(error.InvalidHandle, registry.fork(handle));
    }
    for ([_]u32{ 0, 1, 0xffff_ffff, 0x0010_0fff }) |handle| {
        try std.testing.expectError(error.InvalidHandle, registry.manager(handle));
    }
}
