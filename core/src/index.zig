//! An open-addressing index from 32-bit hashes to entry numbers of some table.
//!
//! A cell holds the hash beside the number, so probing rarely touches the table and growing never
//! does. Linear probing, at most three quarters full, deletion by shifting back (no tombstones).
//! The table decides what equal means; this module knows no keys.

const std = @import("std");
const Allocator = std.mem.Allocator;

pub const Index = struct {
    /// 0 is empty, else hash in the high half and entry number + 1 in the low half.
    cells: []u64 = &.{},
    count: u32 = 0,

    pub const empty: Index = .{};
    const smallest = 16;

    pub fn deinit(self: *Index, gpa: Allocator) void {
        gpa.free(self.cells);
        self.* = .empty;
    }

    pub fn bytes(self: *const Index) usize {
        return self.cells.len * @sizeOf(u64);
    }

    pub fn clone(self: *const Index, gpa: Allocator) Allocator.Error!Index {
        return .{ .cells = try gpa.dupe(u64, self.cells), .count = self.count };
    }

    /// The entry with this hash for which `context.matches(entry)`.
    pub inline fn find(self: *const Index, hash: u32, context: anytype) ?u32 {
        if (self.cells.len == 0) return null;
        const mask = self.cells.len - 1;
        var at = hash & mask;
        while (true) : (at = (at + 1) & mask) {
            const cell = self.cells[at];
            if (cell == 0) return null;
            if (@as(u32, @truncate(cell >> 32)) != hash) continue;
            const entry = @as(u32, @truncate(cell)) - 1;
            if (context.matches(entry)) return entry;
        }
    }

    /// Makes room for one more entry.
    pub fn ensureRoom(self: *Index, gpa: Allocator) Allocator.Error!void {
        if ((@as(usize, self.count) + 1) * 4 <= self.cells.len * 3) return;
        const cells = try gpa.alloc(u64, @max(smallest, self.cells.len * 2));
        @memset(cells, 0);
        for (self.cells) |cell| if (cell != 0) place(cells, cell);
        gpa.free(self.cells);
        self.cells = cells;
    }

    /// Adds an entry that is not there; there must be room.
    pub fn add(self: *Index, hash: u32, entry: u32) void {
        std.debug.assert((@as(usize, self.count) + 1) * 4 <= self.cells.len * 3);
        place(self.cells, @as(u64, hash) << 32 | (entry + 1));
        self.count += 1;
    }

    /// Removes an entry that is there.
    pub fn remove(self: *Index, hash: u32, entry: u32) void {
        const mask = self.cells.len - 1;
        const wanted = @as(u64, hash) << 32 | (entry + 1);
        var hole = hash & mask;
        while (self.cells[hole] != wanted) hole = (hole + 1) & mask;
        var at = hole;
        while (true) {
            at = (at + 1) & mask;
            const cell = self.cells[at];
            if (cell == 0) break;
            const home = @as(usize, @truncate(cell >> 32)) & mask;
            if (((at -% home) & mask) < ((at -% hole) & mask)) continue;
            self.cells[hole] = cell;
            hole = at;
        }
        self.cells[hole] = 0;
        self.count -= 1;
    }

    /// Forgets all entries and keeps the memory.
    pub fn clear(self: *Index) void {
        @memset(self.cells, 0);
        self.count = 0;
    }

    pub const Iterator = struct {
        cells: []const u64,

        pub fn next(self: *Iterator) ?u32 {
            while (self.cells.len > 0) {
                const cell = self.cells[0];
                self.cells = self.cells[1..];
                if (cell != 0) return @as(u32, @truncate(cell)) - 1;
            }
            return null;
        }
    };

    /// All entries, in no order.
    pub fn iterate(self: *const Index) Iterator {
        return .{ .cells = self.cells };
    }

    fn place(cells: []u64, cell: u64) void {
        const mask = cells.len - 1;
        var at = @as(usize, @truncate(cell >> 32)) & mask;
        while (cells[at] != 0) at = (at + 1) & mask;
        cells[at] = cell;
    }
};

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
