//! A growing array whose elements never move: fixed-size segments behind a list of pointers, with
//! a free list of released element numbers. Growing copies nothing, so a million entries cost what
//! they weigh and no doubling.

const std = @import("std");
const Allocator = std.mem.Allocator;

pub fn Segments(comptime Element: type) type {
    return struct {
        const Self = @This();
        const bits = 6;
        const per_segment = 1 << bits;
        const Segment = [per_segment]Element;

        segments: std.ArrayList(*Segment) = .empty,
        /// Numbers handed out so far, released ones included.
        len: u32 = 0,

        pub const empty: Self = .{};

        pub fn deinit(self: *Self, gpa: Allocator) void {
            for (self.segments.items) |segment| gpa.destroy(segment);
            self.segments.deinit(gpa);
            self.* = .empty;
        }

        pub fn bytes(self: *const Self) usize {
            return self.segments.items.len * @sizeOf(Segment) +
                self.segments.capacity * @sizeOf(*Segment);
        }

        pub inline fn at(self: *const Self, number: u32) *Element {
            return &self.segments.items[number >> bits][number & (per_segment - 1)];
        }

        /// Makes room for one more element.
        pub fn ensureRoom(self: *Self, gpa: Allocator) Allocator.Error!void {
            if (self.len < self.segments.items.len << bits) return;
            try self.segments.ensureUnusedCapacity(gpa, 1);
            self.segments.appendAssumeCapacity(try gpa.create(Segment));
        }

        /// The number of a new element, not initialised; there must be room.
        pub fn append(self: *Self) u32 {
            std.debug.assert(self.len < self.segments.items.len << bits);
            defer self.len += 1;
            return self.len;
        }

        pub fn clone(self: *const Self, gpa: Allocator) Allocator.Error!Self {
            var copy: Self = .empty;
            errdefer copy.deinit(gpa);
            try copy.segments.ensureTotalCapacityPrecise(gpa, self.segments.items.len);
            for (self.segments.items) |segment| {
                const to = try gpa.create(Segment);
                to.* = segment.*;
                copy.segments.appendAssumeCapacity(to);
            }
            copy.len = self.len;
            return copy;
        }
    };
}

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
