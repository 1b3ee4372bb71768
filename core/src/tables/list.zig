//! A growing array like `std.ArrayList`, but with one routine for growing instead of one for every
//! type of element, because users download the core.

const std = @import("std");
const Gpa = @import("heap.zig").Gpa;
const assert = @import("assert.zig").assert;
const Allocator = std.mem.Allocator;

pub fn List(comptime Element: type) type {
    return struct {
        const Self = @This();

        items: []Element = &.{},
        capacity: usize = 0,

        pub const empty: Self = .{};

        pub fn deinit(self: *Self, gpa: Gpa) void {
            gpa.free(self.items.ptr[0..self.capacity]);
            self.* = undefined;
        }

        pub fn clearAndFree(self: *Self, gpa: Gpa) void {
            self.deinit(gpa);
            self.* = .empty;
        }

        pub inline fn ensureUnusedCapacity(
            self: *Self,
            gpa: Gpa,
            more: usize,
        ) Allocator.Error!void {
            if (self.capacity - self.items.len >= more) return;
            try grow(gpa, self.erased(), more, .of(Element));
        }

        pub inline fn append(self: *Self, gpa: Gpa, element: Element) Allocator.Error!void {
            try self.ensureUnusedCapacity(gpa, 1);
            self.appendAssumeCapacity(element);
        }

        pub fn appendSlice(self: *Self, gpa: Gpa, elements: []const Element) Allocator.Error!void {
            try self.ensureUnusedCapacity(gpa, elements.len);
            self.appendSliceAssumeCapacity(elements);
        }

        pub fn appendNTimes(
            self: *Self,
            gpa: Gpa,
            element: Element,
            count: usize,
        ) Allocator.Error!void {
            try self.ensureUnusedCapacity(gpa, count);
            @memset(self.addMany(count), element);
        }

        pub inline fn appendAssumeCapacity(self: *Self, element: Element) void {
            self.addOneAssumeCapacity().* = element;
        }

        pub inline fn appendSliceAssumeCapacity(self: *Self, elements: []const Element) void {
            @memcpy(self.addMany(elements.len), elements);
        }

        pub inline fn addOneAssumeCapacity(self: *Self) *Element {
            return &self.addMany(1)[0];
        }

        /// Adds uninitialised elements. There must be room.
        pub inline fn addMany(self: *Self, count: usize) []Element {
            assert(self.capacity - self.items.len >= count);
            self.items.len += count;
            return self.items[self.items.len - count ..];
        }

        pub inline fn pop(self: *Self) ?Element {
            if (self.items.len == 0) return null;
            self.items.len -= 1;
            return self.items.ptr[self.items.len];
        }

        pub fn swapRemove(self: *Self, at: usize) Element {
            assert(at < self.items.len);
            const removed = self.items[at];
            self.items[at] = self.pop().?;
            return removed;
        }

        pub inline fn shrinkRetainingCapacity(self: *Self, len: usize) void {
            assert(len <= self.items.len);
            self.items.len = len;
        }

        pub inline fn clearRetainingCapacity(self: *Self) void {
            self.items.len = 0;
        }

        inline fn erased(self: *Self) *List(u8) {
            comptime for (.{ "items", "capacity" }) |field| {
                std.debug.assert(@offsetOf(Self, field) == @offsetOf(List(u8), field));
            };
            return @ptrCast(self);
        }
    };
}

/// Size and alignment of a type, where code does not depend on more of it.
pub const Shape = packed struct(u32) {
    bytes: u24,
    log2_alignment: u8,

    pub fn of(comptime Element: type) Shape {
        return .{ .bytes = @sizeOf(Element), .log2_alignment = @ctz(@as(u32, @alignOf(Element))) };
    }

    pub fn alignment(shape: Shape) std.mem.Alignment {
        return @enumFromInt(shape.log2_alignment);
    }
};

/// Makes room for more elements, at least half as many as there are, so that appending is O(1). The
/// elements of the list have this shape, and its lengths count them.
noinline fn grow(gpa: Gpa, list: *List(u8), more: usize, shape: Shape) Allocator.Error!void {
    @branchHint(.cold);
    const least = std.math.cast(u32, @as(u64, list.items.len) + more) orelse
        return error.OutOfMemory;
    const wanted = @max(@as(u64, least), @as(u64, list.capacity) * 3 / 2 + 8);
    const bytes = std.math.cast(usize, wanted * shape.bytes) orelse return error.OutOfMemory;
    const old = list.items.ptr[0 .. list.capacity * shape.bytes];
    list.items.ptr = try regrow(gpa, old, list.items.len * shape.bytes, bytes, shape.alignment());
    list.capacity = @intCast(wanted);
    assert(list.capacity - list.items.len >= more);
}

fn regrow(
    gpa: Gpa,
    old: []u8,
    used: usize,
    bytes: usize,
    alignment: std.mem.Alignment,
) Allocator.Error![*]u8 {
    // The C library may grow a block in place; the heap of WebAssembly cannot.
    if (Gpa == Allocator and old.len > 0) {
        if (gpa.rawRemap(old, alignment, bytes, 0)) |grown| return grown;
    }
    const fresh = gpa.rawAlloc(bytes, alignment, 0) orelse return error.OutOfMemory;
    @memcpy(fresh, old[0..used]);
    if (old.len > 0) gpa.rawFree(old, alignment, 0);
    return fresh;
}

test "behaves as std.ArrayList" {
    const gpa = std.testing.allocator;
    var list: List(u24) = .empty;
    defer list.deinit(gpa);
    var expected: std.ArrayList(u24) = .empty;
    defer expected.deinit(gpa);
    var random_state = std.Random.DefaultPrng.init(1);
    const random = random_state.random();
    for (0..2000) |_| {
        const value = random.int(u24);
        switch (random.uintLessThan(u8, 6)) {
            0, 1 => {
                try list.append(gpa, value);
                try expected.append(gpa, value);
            },
            2 => {
                try list.appendNTimes(gpa, value, 3);
                try expected.appendNTimes(gpa, value, 3);
            },
            3 => {
                const some = [_]u24{ value, 1, 2 };
                try list.appendSlice(gpa, &some);
                try expected.appendSlice(gpa, &some);
            },
            4 => try std.testing.expectEqual(expected.pop(), list.pop()),
            else => if (expected.items.len > 0) {
                const at = random.uintLessThan(usize, expected.items.len);
                try std.testing.expectEqual(expected.swapRemove(at), list.swapRemove(at));
            },
        }
        try std.testing.expectEqualSlices(u24, expected.items, list.items);
    }
}
