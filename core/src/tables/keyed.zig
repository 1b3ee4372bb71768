//! Look-ups by a key that stands in the records of a table. The code depends on the size of the
//! record and the place of the key in it, not on their types: it exists once for each type of key.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("hash.zig");
const Index = @import("index.zig").Index;
const Use = @import("inlining.zig").Use;
const Erased = @import("segments.zig").Erased;

const none = std.math.maxInt(u32);

const Place = struct { record_bytes: u32, offset: u32 };

/// The number of the record with this key in the field `name`.
pub inline fn find(
    comptime Record: type,
    comptime name: []const u8,
    index: *const Index,
    records: *const Erased,
    hashed: u32,
    key: *const @FieldType(Record, name),
    comptime use: Use,
) ?u32 {
    const place: Place = .{ .record_bytes = @sizeOf(Record), .offset = @offsetOf(Record, name) };
    const args = .{ @TypeOf(key.*), index, records, place, hashed, key };
    const number = @call(use.modifier(), findIn, args);
    return if (number == none) null else number;
}

fn findIn(
    comptime Key: type,
    index: *const Index,
    records: *const Erased,
    place: Place,
    hashed: u32,
    key: *const Key,
) u32 {
    const match: Match(Key) = .{ .records = records, .place = place, .key = key };
    return index.find(hashed, match) orelse none;
}

fn Match(comptime Key: type) type {
    return struct {
        records: *const Erased,
        place: Place,
        key: *const Key,

        pub inline fn matches(self: @This(), number: u32) bool {
            const record = self.records.at(number, self.place.record_bytes);
            const other: *const Key = @ptrCast(record + self.place.offset);
            return switch (Key) {
                abi.Address => hash.equalAddresses(other, self.key),
                abi.Word => hash.equalWords(other, self.key),
                else => comptime unreachable,
            };
        }
    };
}
