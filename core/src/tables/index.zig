//! An open-addressing index from 32-bit hashes to entry numbers of a table.
//!
//! Cells are grouped in chunks of one cache line: seven cells, a tag byte for each, and a count of
//! the entries that belonged in this chunk but found it full. A look-up usually touches one line:
//! all tags are compared at once, and a chunk without overflow ends the search. A removal
//! decrements the count, so there are no tombstones (the idea of Folly's F14). A cell holds the
//! whole hash beside the number, so growing never touches the table.
//!
//! The table decides which keys are equal; this module knows no keys.

const std = @import("std");
const Gpa = @import("heap.zig").Gpa;
const assert = @import("assert.zig").assert;
const Allocator = std.mem.Allocator;

const per_chunk = 7;
const Cell = packed struct(u64) { entry: u32, hash: u32 };

const Chunk = extern struct {
    /// The tag of cell n in byte n, 0 while it is free; the overflow count in the last byte.
    tags: u64 align(64) = 0,
    cells: [per_chunk]Cell = undefined,

    const bytes_of_ones: u64 = 0x01010101_01010101;
    const high_bits: u64 = 0x80808080_80808080;
    const tag_bits: u64 = 0x00ffffff_ffffffff;
    /// A count that has reached this value stays.
    const overflow_limit = 255;

    /// High bits of the bytes whose tag may be this one. Comparing the hash excludes wrong ones.
    inline fn candidates(self: *const Chunk, tag: u8) u64 {
        const difference = (self.tags & tag_bits) ^ (bytes_of_ones * tag);
        return (difference -% bytes_of_ones) & ~difference & high_bits & tag_bits;
    }

    /// A free cell; `per_chunk` if there is none.
    inline fn vacancy(self: *const Chunk) u32 {
        return @ctz(~self.tags & high_bits | ~tag_bits) / 8;
    }

    inline fn holds(self: *const Chunk, cell: u32) bool {
        return self.tags >> @intCast(cell * 8) & 0x80 != 0;
    }

    inline fn overflow(self: *const Chunk) u8 {
        return @intCast(self.tags >> 56);
    }

    fn tagAt(self: *const Chunk, cell: u32) u8 {
        return @truncate(self.tags >> @intCast(cell * 8));
    }

    fn setOverflow(self: *Chunk, count: u8) void {
        self.tags = (self.tags & tag_bits) | @as(u64, count) << 56;
    }

    fn setTag(self: *Chunk, cell: u32, tag: u8) void {
        const shift: u6 = @intCast(cell * 8);
        self.tags = (self.tags & ~(@as(u64, 0xff) << shift)) | @as(u64, tag) << shift;
    }
};

comptime {
    std.debug.assert(@sizeOf(Chunk) == 64);
}

pub const Index = struct {
    chunks: []Chunk = &.{},
    count: u32 = 0,

    pub const empty: Index = .{};

    pub fn deinit(self: *Index, gpa: Gpa) void {
        gpa.free(self.chunks);
        self.* = .empty;
    }

    pub fn bytes(self: *const Index) usize {
        return self.chunks.len * @sizeOf(Chunk);
    }

    pub fn clone(self: *const Index, gpa: Gpa) Allocator.Error!Index {
        return .{ .chunks = try gpa.dupe(Chunk, self.chunks), .count = self.count };
    }

    /// The entry with this hash for which `context.matches(entry)`.
    pub inline fn find(self: *const Index, hash: u32, context: anytype) ?u32 {
        if (self.chunks.len == 0) return null;
        var at: usize = hash;
        for (0..self.chunks.len) |_| {
            const chunk = &self.chunks[at & (self.chunks.len - 1)];
            var found = chunk.candidates(tagOf(hash));
            while (found != 0) : (found &= found - 1) {
                const cell = chunk.cells[@ctz(found) / 8];
                if (cell.hash == hash and context.matches(cell.entry)) return cell.entry;
            }
            if (chunk.overflow() == 0) return null;
            at += 1;
        }
        return null;
    }

    /// Makes room for one more entry.
    pub fn ensureRoom(self: *Index, gpa: Gpa) Allocator.Error!void {
        if (self.count < self.chunks.len * 6) return;
        const chunks = try gpa.alloc(Chunk, @max(1, self.chunks.len * 2));
        @memset(chunks, .{});
        var grown: Index = .{ .chunks = chunks };
        for (self.chunks) |*chunk| {
            for (chunk.cells, 0..) |cell, number| {
                if (chunk.holds(@intCast(number))) grown.add(cell.hash, cell.entry);
            }
        }
        assert(grown.count == self.count);
        gpa.free(self.chunks);
        self.* = grown;
        assert(std.math.isPowerOfTwo(self.chunks.len) and self.count < self.chunks.len * 6);
    }

    /// Adds a new entry. There must be room.
    pub fn add(self: *Index, hash: u32, entry: u32) void {
        assert(self.count < self.chunks.len * 6);
        var at: usize = hash;
        while (true) : (at += 1) {
            const chunk = &self.chunks[at & (self.chunks.len - 1)];
            const cell = chunk.vacancy();
            if (cell == per_chunk) {
                chunk.setOverflow(chunk.overflow() +| 1);
                continue;
            }
            chunk.cells[cell] = .{ .entry = entry, .hash = hash };
            chunk.setTag(cell, tagOf(hash));
            self.count += 1;
            assert(chunk.holds(cell) and tagOf(hash) != 0);
            return;
        }
    }

    /// Removes an existing entry.
    pub fn remove(self: *Index, hash: u32, entry: u32) void {
        assert(self.count > 0);
        var at: usize = hash;
        while (true) : (at += 1) {
            const chunk = &self.chunks[at & (self.chunks.len - 1)];
            var found = chunk.candidates(tagOf(hash));
            while (found != 0) : (found &= found - 1) {
                const cell: u32 = @ctz(found) / 8;
                if (chunk.cells[cell].entry != entry) continue;
                assert(chunk.cells[cell].hash == hash);
                chunk.setTag(cell, 0);
                self.count -= 1;
                return;
            }
            const overflow = chunk.overflow();
            // An entry is in a later chunk only because this one was full.
            assert(overflow > 0);
            if (overflow < Chunk.overflow_limit) chunk.setOverflow(overflow - 1);
        }
    }

    pub const Iterator = struct {
        chunks: []const Chunk,
        cell: u32 = 0,

        pub fn next(self: *Iterator) ?u32 {
            while (self.chunks.len > 0) {
                if (self.cell == per_chunk) {
                    self.chunks = self.chunks[1..];
                    self.cell = 0;
                    continue;
                }
                defer self.cell += 1;
                const chunk = &self.chunks[0];
                if (chunk.holds(self.cell)) return chunk.cells[self.cell].entry;
            }
            return null;
        }
    };

    /// The number of places for `entryAt`.
    pub fn places(self: *const Index) usize {
        return self.chunks.len * per_chunk;
    }

    /// The entry at a place, if there is one.
    pub fn entryAt(self: *const Index, place: usize) ?u32 {
        const chunk = &self.chunks[place / per_chunk];
        const cell: u32 = @intCast(place % per_chunk);
        return if (chunk.holds(cell)) chunk.cells[cell].entry else null;
    }

    /// Checks the whole index: every entry is found from its hash, and the counts are right.
    pub fn checkInvariant(self: *const Index) void {
        var count: u32 = 0;
        var cells = self.iterate();
        while (cells.next()) |entry| : (count += 1) {
            const chunk = &cells.chunks[0];
            const cell = chunk.cells[cells.cell - 1];
            assert(chunk.tagAt(cells.cell - 1) == tagOf(cell.hash));
            assert(self.find(cell.hash, Same{ .entry = entry }) == entry);
        }
        assert(count == self.count);
    }

    const Same = struct {
        entry: u32,

        pub fn matches(self: Same, entry: u32) bool {
            return self.entry == entry;
        }
    };

    /// Iterates over all entries, in no order.
    pub fn iterate(self: *const Index) Iterator {
        return .{ .chunks = self.chunks };
    }
};

inline fn tagOf(hash: u32) u8 {
    return @intCast(hash >> 25 | 0x80);
}

const Keys = struct {
    keys: []const u32,
    wanted: u32,

    fn matches(self: Keys, entry: u32) bool {
        return self.keys[entry] == self.wanted;
    }
};

test "behaves as a naive map, also when all hashes collide" {
    const gpa = std.testing.allocator;
    inline for (.{ 0xffff_ffff, 0xff00_0001, 0x3, 0x0 }) |hash_mask| {
        var keys: [512]u32 = undefined;
        for (&keys, 0..) |*key, at| key.* = @intCast(at * 2654435761 % 4294967291);
        var present: [512]bool = @splat(false);
        var index: Index = .empty;
        defer index.deinit(gpa);
        var random_state = std.Random.DefaultPrng.init(hash_mask);
        const random = random_state.random();
        for (0..20_000) |_| {
            const entry = random.uintLessThan(u32, keys.len);
            const hash = keys[entry] & hash_mask;
            const found = index.find(hash, Keys{ .keys = &keys, .wanted = keys[entry] });
            try std.testing.expectEqual(present[entry], found != null);
            if (found) |number| {
                try std.testing.expectEqual(entry, number);
                index.remove(hash, entry);
            } else {
                try index.ensureRoom(gpa);
                index.add(hash, entry);
            }
            present[entry] = !present[entry];
        }
        var count: u32 = 0;
        var entries = index.iterate();
        while (entries.next()) |entry| : (count += 1) try std.testing.expect(present[entry]);
        try std.testing.expectEqual(index.count, count);
    }
}
