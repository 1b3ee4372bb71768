//! Look-ups by a key that is part of the entries of a table. The code depends on the size of an
//! entry and the offset of the key, not on their types, so it exists once for each type of key.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("hash.zig");
const Index = @import("index.zig").Index;
const Use = @import("inlining.zig").Use;
const Erased = @import("segments.zig").Erased;

const none = std.math.maxInt(u32);

const Place = struct { entry_bytes: u32, offset: u32 };

/// The number of the entry with this key in the field `name`.
pub inline fn find(
    comptime Entry: type,
    comptime name: []const u8,
    index: *const Index,
    entries: *const Erased,
    hashed: u32,
    key: *const @FieldType(Entry, name),
    comptime use: Use,
) ?u32 {
    const place: Place = .{ .entry_bytes = @sizeOf(Entry), .offset = @offsetOf(Entry, name) };
    const args = .{ @TypeOf(key.*), index, entries, place, hashed, key };
    const number = @call(use.modifier(), findIn, args);
    return if (number == none) null else number;
}

fn findIn(
    comptime Key: type,
    index: *const Index,
    entries: *const Erased,
    place: Place,
    hashed: u32,
    key: *const Key,
) u32 {
    const match: Match(Key) = .{ .entries = entries, .place = place, .key = key };
    return index.find(hashed, match) orelse none;
}

fn Match(comptime Key: type) type {
    return struct {
        entries: *const Erased,
        place: Place,
        key: *const Key,

        pub inline fn matches(self: @This(), number: u32) bool {
            const entry = self.entries.at(number, self.place.entry_bytes);
            const other: *const Key = @ptrCast(entry + self.place.offset);
            return switch (Key) {
                abi.Address => hash.equalAddresses(other, self.key),
                abi.Word => hash.equalWords(other, self.key),
                else => comptime unreachable,
            };
        }
    };
}
