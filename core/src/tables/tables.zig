//! `tables/` is the ground of the core: memory, hashing, and tables. This module has the two keyed
//! tables of the core: accounts by address, and slots by (account number, slot).
//!
//! Both are an `Index` over `Segments`, so entries never move and are named by number; both the
//! overlay and the base use them. Released numbers are reused. Room is made (`ensureRoom`) before
//! anything changes, so adding cannot fail half-way. Released numbers are chained through the
//! released entries themselves.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("hash.zig");
const Gpa = @import("heap.zig").Gpa;
const checks = @import("assert.zig");
const assert = checks.assert;
const keyed = @import("keyed.zig");
const Hasher = hash.Hasher;
const Index = @import("index.zig").Index;
const Use = @import("inlining.zig").Use;
const Segments = @import("segments.zig").Segments;
const Allocator = std.mem.Allocator;

pub const RoomError = Allocator.Error || error{LimitExceeded};

const none = std.math.maxInt(u32);

/// Entries by address. An entry has a field `address`.
pub fn AddressTable(comptime Entry: type) type {
    return struct {
        const Self = @This();

        index: Index = .empty,
        entries: Segments(Entry) = .empty,
        /// The number released last; the next one is in its address.
        released: u32 = none,

        pub const empty: Self = .{};

        pub fn deinit(self: *Self, gpa: Gpa) void {
            self.index.deinit(gpa);
            self.entries.deinit(gpa);
        }

        pub fn count(self: *const Self) u32 {
            return self.index.count;
        }

        pub fn bytes(self: *const Self) usize {
            return self.index.bytes() + self.entries.bytes();
        }

        pub inline fn at(self: *const Self, number: u32) *Entry {
            return self.entries.at(number);
        }

        pub inline fn find(self: *const Self, hashed: u32, address: *const abi.Address) ?u32 {
            return self.findAs(.cold, hashed, address);
        }

        pub inline fn findAs(
            self: *const Self,
            comptime use: Use,
            hashed: u32,
            address: *const abi.Address,
        ) ?u32 {
            const entries = &self.entries.erased;
            return keyed.find(Entry, "address", &self.index, entries, hashed, address, use);
        }

        pub fn ensureRoom(self: *Self, gpa: Gpa) RoomError!void {
            if (self.index.count >= abi.max_entries) return error.LimitExceeded;
            try self.index.ensureRoom(gpa);
            if (self.released == none) try self.entries.ensureRoom(gpa);
        }

        /// Adds an entry with a new address. There must be room.
        pub fn add(self: *Self, hashed: u32, entry: Entry) u32 {
            if (checks.enabled) assert(self.find(hashed, &entry.address) == null);
            var number = self.released;
            if (number == none) {
                number = self.entries.append();
            } else {
                self.released = std.mem.readInt(u32, self.at(number).address[0..4], .little);
            }
            self.entries.at(number).* = entry;
            self.index.add(hashed, number);
            if (checks.enabled) assert(self.find(hashed, &entry.address) == number);
            return number;
        }

        /// Removes an entry; its number may be used again.
        pub fn remove(self: *Self, hashed: u32, number: u32) void {
            if (checks.enabled) assert(self.find(hashed, &self.at(number).address) == number);
            self.index.remove(hashed, number);
            if (checks.enabled) assert(self.find(hashed, &self.at(number).address) == null);
            std.mem.writeInt(u32, self.at(number).address[0..4], self.released, .little);
            self.released = number;
        }

        pub fn clone(self: *const Self, gpa: Gpa) Allocator.Error!Self {
            var copy: Self = .empty;
            errdefer copy.deinit(gpa);
            copy.index = try self.index.clone(gpa);
            copy.entries = try self.entries.clone(gpa);
            copy.released = self.released;
            assert(copy.count() == self.count() and copy.entries.len() == self.entries.len());
            return copy;
        }

        /// Checks the whole table: every entry is found by its address, and all other numbers are
        /// released.
        pub fn checkInvariant(self: *const Self, hasher: *const Hasher) void {
            self.index.checkInvariant();
            var numbers = self.index.iterate();
            while (numbers.next()) |number| {
                const address = &self.at(number).address;
                assert(self.find(hasher.address(address), address) == number);
            }
            var free: u32 = 0;
            var next = self.released;
            while (next != none) : (free += 1) {
                next = std.mem.readInt(u32, self.at(next).address[0..4], .little);
            }
            assert(self.count() + free == self.entries.len());
        }
    };
}

/// Values by (account number, slot). The table is stored in columns: the 64 bytes of slot and value
/// fill one cache line, and the account number and a tag are in another column.
pub const SlotTable = struct {
    index: Index = .empty,
    pairs: Segments(Pair) = .empty,
    owners: Segments(Owner) = .empty,
    /// The number released last; the next one is in its tag.
    released: u32 = none,

    pub const empty: SlotTable = .{};

    pub const Pair = extern struct { slot: abi.Word align(64), value: abi.Word };

    /// The account that a slot belongs to, and a tag whose meaning the user defines: the storage
    /// incarnation in the overlay, and more in the base.
    pub const Owner = struct { account: u32, tag: u32 };

    pub fn deinit(self: *SlotTable, gpa: Gpa) void {
        self.index.deinit(gpa);
        self.pairs.deinit(gpa);
        self.owners.deinit(gpa);
    }

    pub fn count(self: *const SlotTable) u32 {
        return self.index.count;
    }

    pub fn bytes(self: *const SlotTable) usize {
        return self.index.bytes() + self.pairs.bytes() + self.owners.bytes();
    }

    pub inline fn find(
        self: *const SlotTable,
        hashed: u32,
        account: u32,
        slot: *const abi.Word,
    ) ?u32 {
        return self.findAs(.cold, hashed, account, slot);
    }

    pub inline fn findAs(
        self: *const SlotTable,
        comptime use: Use,
        hashed: u32,
        account: u32,
        slot: *const abi.Word,
    ) ?u32 {
        const match: Match = .{ .table = self, .account = account, .slot = slot };
        const number = @call(use.modifier(), findNumber, .{ self, hashed, match });
        return if (number == none) null else number;
    }

    fn findNumber(self: *const SlotTable, hashed: u32, match: Match) u32 {
        return self.index.find(hashed, match) orelse none;
    }

    pub fn ensureRoom(self: *SlotTable, gpa: Gpa) RoomError!void {
        if (self.index.count >= abi.max_entries) return error.LimitExceeded;
        try self.index.ensureRoom(gpa);
        if (self.released != none) return;
        try self.pairs.ensureRoom(gpa);
        try self.owners.ensureRoom(gpa);
    }

    /// Adds a new slot. There must be room.
    pub fn add(
        self: *SlotTable,
        hashed: u32,
        owner: Owner,
        slot: *const abi.Word,
        value: *const abi.Word,
    ) u32 {
        if (checks.enabled) assert(self.find(hashed, owner.account, slot) == null);
        var number = self.released;
        if (number == none) {
            number = self.pairs.append();
            _ = self.owners.append();
        } else {
            self.released = self.owners.at(number).tag;
        }
        self.pairs.at(number).* = .{ .slot = slot.*, .value = value.* };
        self.owners.at(number).* = owner;
        self.index.add(hashed, number);
        if (checks.enabled) assert(self.find(hashed, owner.account, slot) == number);
        return number;
    }

    /// Removes a slot; `hashed` is its hash. Its number may be used again.
    pub fn remove(self: *SlotTable, hashed: u32, number: u32) void {
        const before = self.count();
        self.index.remove(hashed, number);
        assert(self.count() == before - 1 and number < self.pairs.len());
        self.owners.at(number).tag = self.released;
        self.released = number;
    }

    pub fn clone(self: *const SlotTable, gpa: Gpa) Allocator.Error!SlotTable {
        var copy: SlotTable = .empty;
        errdefer copy.deinit(gpa);
        copy.index = try self.index.clone(gpa);
        copy.pairs = try self.pairs.clone(gpa);
        copy.owners = try self.owners.clone(gpa);
        copy.released = self.released;
        assert(copy.count() == self.count() and copy.pairs.len() == copy.owners.len());
        return copy;
    }

    /// Checks the whole table: every slot is found by its key, and every other number is released.
    pub fn checkInvariant(self: *const SlotTable, hasher: *const Hasher) void {
        self.index.checkInvariant();
        assert(self.pairs.len() == self.owners.len());
        var numbers = self.index.iterate();
        while (numbers.next()) |number| {
            const account = self.owners.at(number).account;
            const slot = &self.pairs.at(number).slot;
            assert(self.find(hasher.slot(account, slot), account, slot) == number);
        }
        var free: u32 = 0;
        var next = self.released;
        while (next != none) : (free += 1) next = self.owners.at(next).tag;
        assert(self.count() + free == self.pairs.len());
    }

    const Match = struct {
        table: *const SlotTable,
        account: u32,
        slot: *const abi.Word,

        pub inline fn matches(self: Match, number: u32) bool {
            return self.table.owners.at(number).account == self.account and
                hash.equalWords(&self.table.pairs.at(number).slot, self.slot);
        }
    };
};

test "slots behave as a naive map through add, remove, clone and collisions" {
    const gpa = std.testing.allocator;
    const hasher = Hasher.init(3);
    var table: SlotTable = .empty;
    defer table.deinit(gpa);
    var model: [4][32]?u8 = @splat(@splat(null));
    var random_state = std.Random.DefaultPrng.init(5);
    const random = random_state.random();
    for (0..20_000) |_| {
        const account = random.uintLessThan(u32, 4);
        const key = random.uintLessThan(u8, 32);
        const slot: abi.Word = @as([31]u8, @splat(0)) ++ .{key};
        const hashed = hasher.slot(account, &slot) & 0xff;
        const expected = &model[account][key];
        if (table.find(hashed, account, &slot)) |number| {
            try std.testing.expectEqual(expected.*.?, table.pairs.at(number).value[31]);
            table.remove(hashed, number);
            expected.* = null;
        } else {
            try std.testing.expectEqual(null, expected.*);
            const value: abi.Word = @splat(random.int(u8));
            try table.ensureRoom(gpa);
            _ = table.add(hashed, .{ .account = account, .tag = 1 }, &slot, &value);
            expected.* = value[31];
        }
    }
    var copy = try table.clone(gpa);
    defer copy.deinit(gpa);
    for (&model, 0..) |*slots, account| {
        for (slots, 0..) |expected, key| {
            const slot: abi.Word = @as([31]u8, @splat(0)) ++ .{@as(u8, @intCast(key))};
            const hashed = hasher.slot(@intCast(account), &slot) & 0xff;
            const found = copy.find(hashed, @intCast(account), &slot);
            try std.testing.expectEqual(expected != null, found != null);
        }
    }
    try std.testing.expect(table.pairs.len() <= 128);
}

test "released account numbers are used again" {
    const gpa = std.testing.allocator;
    const Entry = struct { address: abi.Address, mark: u32 };
    var table: AddressTable(Entry) = .empty;
    defer table.deinit(gpa);
    for (0..10_000) |round| {
        const address: abi.Address = @splat(@truncate(round));
        const hashed: u32 = @intCast(round % 7);
        try table.ensureRoom(gpa);
        const number = table.add(hashed, .{ .address = address, .mark = @intCast(round) });
        try std.testing.expectEqual(number, table.find(hashed, &address).?);
        try std.testing.expectEqual(@as(u32, @intCast(round)), table.at(number).mark);
        table.remove(hashed, number);
        try std.testing.expectEqual(null, table.find(hashed, &address));
    }
    try std.testing.expectEqual(@as(u32, 1), table.entries.len());
}
