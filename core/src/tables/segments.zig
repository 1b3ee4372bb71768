//! A growing array whose elements never move: fixed-size segments behind a list of pointers, with a
//! free list of released element numbers. Growing copies nothing, so a million entries cost only
//! their own size, without doubling.

const std = @import("std");
const Gpa = @import("heap.zig").Gpa;
const List = @import("list.zig").List;
const assert = @import("assert.zig").assert;
const Shape = @import("list.zig").Shape;
const Allocator = std.mem.Allocator;

const bits = 6;
const per_segment = 1 << bits;

pub fn Segments(comptime Element: type) type {
    return struct {
        const Self = @This();
        const segment: Shape = .of([per_segment]Element);

        erased: Erased = .{},

        pub const empty: Self = .{};

        pub fn deinit(self: *Self, gpa: Gpa) void {
            if (self.erased.segments.capacity > 0) self.erased.deinit(gpa, segment);
        }

        /// Numbers handed out so far, released ones included.
        pub fn len(self: *const Self) u32 {
            return self.erased.len;
        }

        pub fn bytes(self: *const Self) usize {
            return self.erased.bytes(segment);
        }

        pub inline fn at(self: *const Self, number: u32) *Element {
            return @ptrCast(@alignCast(self.erased.at(number, @sizeOf(Element))));
        }

        /// Makes room for one more element.
        pub inline fn ensureRoom(self: *Self, gpa: Gpa) Allocator.Error!void {
            if (self.erased.isFull()) try self.erased.addSegment(gpa, segment);
        }

        /// The number of a new, uninitialised element. There must be room.
        pub inline fn append(self: *Self) u32 {
            assert(!self.erased.isFull());
            defer self.erased.len += 1;
            return self.erased.len;
        }

        pub fn clone(self: *const Self, gpa: Gpa) Allocator.Error!Self {
            return .{ .erased = try self.erased.clone(gpa, segment) };
        }
    };
}

/// Segments of elements of any type, so that this code exists once.
pub const Erased = struct {
    segments: List([*]u8) = .empty,
    len: u32 = 0,

    pub inline fn at(self: *const Erased, number: u32, element_bytes: usize) [*]u8 {
        assert(number < self.len);
        return self.segments.items[number >> bits] + (number & (per_segment - 1)) * element_bytes;
    }

    inline fn isFull(self: *const Erased) bool {
        return self.len == self.segments.items.len << bits;
    }

    noinline fn addSegment(self: *Erased, gpa: Gpa, segment: Shape) Allocator.Error!void {
        assert(segment.bytes % per_segment == 0);
        try self.segments.ensureUnusedCapacity(gpa, 1);
        self.segments.appendAssumeCapacity(
            gpa.rawAlloc(segment.bytes, segment.alignment(), 0) orelse return error.OutOfMemory,
        );
    }

    noinline fn deinit(self: *Erased, gpa: Gpa, segment: Shape) void {
        for (self.segments.items) |memory| {
            gpa.rawFree(memory[0..segment.bytes], segment.alignment(), 0);
        }
        self.segments.deinit(gpa);
        self.* = .{};
    }

    fn bytes(self: *const Erased, segment: Shape) usize {
        return self.segments.items.len * segment.bytes +
            self.segments.capacity * @sizeOf([*]u8);
    }

    noinline fn clone(self: *const Erased, gpa: Gpa, segment: Shape) Allocator.Error!Erased {
        var copy: Erased = .{};
        errdefer copy.deinit(gpa, segment);
        for (self.segments.items) |memory| {
            try copy.addSegment(gpa, segment);
            const to = copy.segments.items[copy.segments.items.len - 1];
            @memcpy(to[0..segment.bytes], memory);
        }
        copy.len = self.len;
        assert(copy.segments.items.len == self.segments.items.len);
        return copy;
    }
};

test "elements keep their place and value" {
    const gpa = std.testing.allocator;
    var numbers: Segments(u64) = .empty;
    defer numbers.deinit(gpa);
    try numbers.ensureRoom(gpa);
    const first = numbers.at(numbers.append());
    first.* = 0;
    for (1..1000) |value| {
        try numbers.ensureRoom(gpa);
        numbers.at(numbers.append()).* = value;
    }
    var copy = try numbers.clone(gpa);
    defer copy.deinit(gpa);
    first.* = 99;
    try std.testing.expectEqual(@as(u64, 99), numbers.at(0).*);
    for (1..1000) |value| {
        try std.testing.expectEqual(value, numbers.at(@intCast(value)).*);
        try std.testing.expectEqual(value, copy.at(@intCast(value)).*);
    }
    try std.testing.expectEqual(@as(u64, 0), copy.at(0).*);
}
