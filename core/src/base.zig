//! The base: facts about the chain at one block. Immutable, never journaled, bounded, evictable.
//!
//! Accounts, slots and codes share one bound of entries and one of bytes, and one CLOCK: every
//! fact stands in one ring; a read gives it a second chance; the hand takes the next fact without
//! one. The hand passes at most `max_chances` facts, so eviction is O(1).
//!
//! An account record also names the owner of its cached slots, so a record whose own facts were
//! evicted stays, empty, while slots refer to it.

const std = @import("std");
const abi = @import("abi.zig");
const hash = @import("hash.zig");
const tables = @import("tables.zig");
const Index = @import("index.zig").Index;
const Segments = @import("segments.zig").Segments;
const Allocator = std.mem.Allocator;
const Known = abi.Known;

/// Facts the hand passes over before it takes one all the same.
const max_chances = 64;

/// What is taken to weigh, table overhead included: a record, from when it is made until it is
/// removed, and what each kind of fact adds to it.
pub const record_weight = 192;
pub const account_weight = 8;
pub const slot_weight = 112;
pub const code_weight = 128;

pub const Account = struct {
    address: abi.Address,
    /// Cached slots that name this record as their owner.
    slots: u32 = 0,
    balance: abi.Word = hash.zero_word,
    nonce: abi.Nonce = @splat(0),
    code_hash: abi.Word = hash.empty_code_hash,
    storage_root: abi.Word = hash.empty_root,
    /// `abi.Known` bits; 0 for a record that only owns slots.
    known: u8 = 0,
    absent: bool = false,
    chance: bool = false,
};

/// What is known of every account where there is no chain below.
pub const absent_account: Account = .{ .address = @splat(0), .known = Known.all, .absent = true };

const CodeFact = struct {
    hash: abi.Word,
    bytes: []u8,
    next_released: u32 = 0,
    chance: bool = false,
};

const Kind = enum(u2) { account, slot, code };
const Place = packed struct(u32) { number: u30, kind: Kind };

pub const Base = struct {
    gpa: Allocator,
    hasher: hash.Hasher,
    max_entries: u64,
    max_bytes: u64,
    accounts: tables.AddressTable(Account) = .empty,
    slots: tables.SlotTable = .empty,
    code_index: Index = .empty,
    code_facts: Segments(CodeFact) = .empty,
    code_released: u32 = 0,
    ring: std.ArrayList(Place) = .empty,
    hand: usize = 0,
    counts: std.EnumArray(Kind, u64) = .initFill(0),
    weight: u64 = 0,
    evictions: u64 = 0,

    pub fn deinit(self: *Base) void {
        self.freeTables();
        self.* = undefined;
    }

    /// Drops every fact and gives the memory back.
    pub fn clear(self: *Base) void {
        self.freeTables();
        self.* = .{
            .gpa = self.gpa,
            .hasher = self.hasher,
            .max_entries = self.max_entries,
            .max_bytes = self.max_bytes,
            .evictions = self.evictions,
        };
    }

    fn freeTables(self: *Base) void {
        var numbers = self.code_index.iterate();
        while (numbers.next()) |number| self.gpa.free(self.code_facts.at(number).bytes);
        self.code_index.deinit(self.gpa);
        self.code_facts.deinit(self.gpa);
        self.accounts.deinit(self.gpa);
        self.slots.deinit(self.gpa);
        self.ring.deinit(self.gpa);
    }

    // Reads. A hit gives the fact its second chance.

    /// The account if all of `fields` are known; `hashed` is the hash of the address.
    pub inline fn account(
        self: *Base,
        hashed: u32,
        address: *const abi.Address,
        fields: u8,
    ) ?*const Account {
        const record = self.accounts.at(self.accounts.find(hashed, address) orelse return null);
        if (record.known & fields != fields) return null;
        record.chance = true;
        return record;
    }

    /// The value of a slot, also where the account is known to have no storage at all.
    pub inline fn slot(
        self: *Base,
        hashed: u32,
        address: *const abi.Address,
        key: *const abi.Word,
    ) ?*const abi.Word {
        const owner = self.accounts.find(hashed, address) orelse return null;
        const record = self.accounts.at(owner);
        if (record.slots > 0) {
            if (self.slots.find(self.hasher.slot(owner, key), owner, key)) |number| {
                self.slots.owners.at(number).tag = 1;
                return &self.slots.pairs.at(number).value;
            }
        }
        if (record.known & Known.storage_root == 0) return null;
        if (!hash.equalWords(&record.storage_root, &hash.empty_root)) return null;
        record.chance = true;
        return &hash.zero_word;
    }

    /// Code by its hash; the empty code is always known.
    pub fn code(self: *Base, key: *const abi.Word) ?[]const u8 {
        if (hash.equalWords(key, &hash.empty_code_hash)) return "";
        const fact = self.code_facts.at(self.findCode(key) orelse return null);
        fact.chance = true;
        return fact.bytes;
    }

    // Facts come in. On failure nothing is changed.

    /// Adds or completes an account. Fields not in `record.known` are not read.
    pub fn putAccount(
        self: *Base,
        address: *const abi.Address,
        record: *const abi.AccountRecord,
    ) tables.RoomError!void {
        if (record.known & Known.all == 0) return;
        const hashed = self.hasher.address(address);
        try self.accounts.ensureRoom(self.gpa);
        try self.ring.ensureUnusedCapacity(self.gpa, 1);
        const known = if (self.accounts.find(hashed, address)) |number|
            self.accounts.at(number).known != 0
        else
            false;
        if (!known) self.makeWay(account_weight + record_weight);
        const number = self.recordOf(hashed, address);
        if (!known) self.enter(.account, number, account_weight);
        learn(self.accounts.at(number), record);
    }

    pub fn putSlot(
        self: *Base,
        address: *const abi.Address,
        key: *const abi.Word,
        value: *const abi.Word,
    ) tables.RoomError!void {
        const hashed = self.hasher.address(address);
        if (self.accounts.find(hashed, address)) |owner| {
            if (self.slots.find(self.hasher.slot(owner, key), owner, key)) |number| {
                self.slots.pairs.at(number).value = value.*;
                return;
            }
        }
        try self.accounts.ensureRoom(self.gpa);
        try self.slots.ensureRoom(self.gpa);
        try self.ring.ensureUnusedCapacity(self.gpa, 1);
        self.makeWay(slot_weight + record_weight);
        const owner = self.recordOf(hashed, address);
        self.accounts.at(owner).slots += 1;
        const owned: tables.SlotTable.Owner = .{ .account = owner, .tag = 0 };
        const number = self.slots.add(self.hasher.slot(owner, key), owned, key, value);
        self.enter(.slot, number, slot_weight);
    }

    /// Adds code under its hash, which the caller has computed.
    pub fn putCode(
        self: *Base,
        key: *const abi.Word,
        code_bytes: []const u8,
    ) tables.RoomError!void {
        if (code_bytes.len == 0 or self.findCode(key) != null) return;
        try self.code_index.ensureRoom(self.gpa);
        if (self.code_released == 0) try self.code_facts.ensureRoom(self.gpa);
        try self.ring.ensureUnusedCapacity(self.gpa, 1);
        const copy = try self.gpa.dupe(u8, code_bytes);
        self.makeWay(code_weight + copy.len);
        var number = self.code_released -% 1;
        if (self.code_released == 0) {
            number = self.code_facts.append();
        } else {
            self.code_released = self.code_facts.at(number).next_released;
        }
        self.code_facts.at(number).* = .{ .hash = key.*, .bytes = copy };
        self.code_index.add(self.hasher.word(key), number);
        self.enter(.code, number, code_weight + copy.len);
    }

    /// The record of an account, added if needed; there must be room.
    fn recordOf(self: *Base, hashed: u32, address: *const abi.Address) u32 {
        if (self.accounts.find(hashed, address)) |number| return number;
        self.weight += record_weight;
        return self.accounts.add(hashed, .{ .address = address.* });
    }

    // The bound.

    fn enter(self: *Base, kind: Kind, number: u32, weight: usize) void {
        self.ring.appendAssumeCapacity(.{ .number = @intCast(number), .kind = kind });
        self.counts.getPtr(kind).* += 1;
        self.weight += weight;
    }

    /// Evicts until one more fact of this weight keeps to both bounds, or nothing is left.
    fn makeWay(self: *Base, weight: usize) void {
        while (self.ring.items.len > 0 and (self.ring.items.len + 1 > self.max_entries or
            self.weight + weight > self.max_bytes)) self.evictOne();
    }

    fn evictOne(self: *Base) void {
        for (0..max_chances) |_| {
            if (self.hand >= self.ring.items.len) self.hand = 0;
            if (!self.takeChance(self.ring.items[self.hand])) break;
            self.hand += 1;
        }
        if (self.hand >= self.ring.items.len) self.hand = 0;
        const place = self.ring.swapRemove(self.hand);
        self.hand += 1;
        self.counts.getPtr(place.kind).* -= 1;
        self.evictions += 1;
        switch (place.kind) {
            .account => self.evictAccount(place.number),
            .slot => self.evictSlot(place.number),
            .code => self.evictCode(place.number),
        }
    }

    fn takeChance(self: *Base, place: Place) bool {
        switch (place.kind) {
            .account => {
                const chance = &self.accounts.at(place.number).chance;
                defer chance.* = false;
                return chance.*;
            },
            .slot => {
                const tag = &self.slots.owners.at(place.number).tag;
                defer tag.* = 0;
                return tag.* != 0;
            },
            .code => {
                const chance = &self.code_facts.at(place.number).chance;
                defer chance.* = false;
                return chance.*;
            },
        }
    }

    fn evictAccount(self: *Base, number: u32) void {
        self.weight -= account_weight;
        const record = self.accounts.at(number);
        const slots = record.slots;
        record.* = .{ .address = record.address, .slots = slots };
        self.removeIfUseless(number);
    }

    fn evictSlot(self: *Base, number: u32) void {
        self.weight -= slot_weight;
        const owner = self.slots.owners.at(number).account;
        self.slots.remove(self.hasher.slot(owner, &self.slots.pairs.at(number).slot), number);
        self.accounts.at(owner).slots -= 1;
        self.removeIfUseless(owner);
    }

    fn removeIfUseless(self: *Base, number: u32) void {
        const record = self.accounts.at(number);
        if (record.known != 0 or record.slots > 0) return;
        self.weight -= record_weight;
        self.accounts.remove(self.hasher.address(&record.address), number);
    }

    fn evictCode(self: *Base, number: u32) void {
        const fact = self.code_facts.at(number);
        self.weight -= code_weight + fact.bytes.len;
        self.code_index.remove(self.hasher.word(&fact.hash), number);
        self.gpa.free(fact.bytes);
        fact.bytes = &.{};
        fact.next_released = self.code_released;
        self.code_released = number + 1;
    }

    fn findCode(self: *const Base, key: *const abi.Word) ?u32 {
        return self.code_index.find(self.hasher.word(key), CodeMatch{ .base = self, .key = key });
    }

    const CodeMatch = struct {
        base: *const Base,
        key: *const abi.Word,

        pub fn matches(self: CodeMatch, number: u32) bool {
            return hash.equalWords(&self.base.code_facts.at(number).hash, self.key);
        }
    };
};

/// Takes over the known fields of a record, in any node's way of saying "empty": a code hash or
/// storage root of zero bytes is that of nothing. An account of which nothing is set is absent,
/// unless the record says that it is in the state.
fn learn(account: *Account, record: *const abi.AccountRecord) void {
    if (record.presence == @intFromEnum(abi.Presence.absent)) {
        account.* = .{
            .address = account.address,
            .slots = account.slots,
            .known = Known.all,
            .absent = true,
            .chance = account.chance,
        };
        return;
    }
    if (record.known & Known.balance != 0) account.balance = record.balance;
    if (record.known & Known.nonce != 0) account.nonce = record.nonce;
    if (record.known & Known.code_hash != 0) {
        account.code_hash = orEmpty(&record.code_hash, &hash.empty_code_hash);
    }
    if (record.known & Known.storage_root != 0) {
        account.storage_root = orEmpty(&record.storage_root, &hash.empty_root);
    }
    account.known |= record.known & Known.all;
    account.absent = record.presence == @intFromEnum(abi.Presence.unknown) and
        account.known & Known.readable == Known.readable and isEmpty(account) and
        hash.equalWords(&account.storage_root, &hash.empty_root);
}

fn orEmpty(word: *const abi.Word, empty: *const abi.Word) abi.Word {
    return if (hash.isZero(word)) empty.* else word.*;
}

/// EIP-161: no balance, no nonce, no code.
pub fn isEmpty(record: anytype) bool {
    return hash.isZero(&record.balance) and
        std.mem.readInt(u64, &record.nonce, .big) == 0 and
        hash.equalWords(&record.code_hash, &hash.empty_code_hash);
}

fn testBase(max_entries: u64, max_bytes: u64) Base {
    return .{
        .gpa = std.testing.allocator,
        .hasher = .init(1),
        .max_entries = max_entries,
        .max_bytes = max_bytes,
    };
}

fn testWord(number: u32) abi.Word {
    var word: abi.Word = @splat(0);
    std.mem.writeInt(u32, word[28..32], number, .big);
    return word;
}

fn testAccount(balance: u32, presence: abi.Presence) abi.AccountRecord {
    return .{
        .balance = testWord(balance),
        .nonce = @splat(0),
        .code_hash = hash.zero_word,
        .storage_root = hash.zero_word,
        .known = Known.all,
        .presence = @intFromEnum(presence),
        .reserved = @splat(0),
    };
}

test "every way of saying empty decodes as absent, and empty only when said" {
    var base = testBase(10, 1 << 20);
    defer base.deinit();
    const address: abi.Address = @splat(1);
    const hashed = base.hasher.address(&address);
    try base.putAccount(&address, &testAccount(0, .unknown));
    try std.testing.expect(base.account(hashed, &address, Known.all).?.absent);
    try base.putAccount(&address, &testAccount(0, .empty));
    const record = base.account(hashed, &address, Known.all).?;
    try std.testing.expect(!record.absent);
    try std.testing.expectEqual(hash.empty_code_hash, record.code_hash);
    try std.testing.expectEqual(hash.empty_root, record.storage_root);
    try std.testing.expectEqual(hash.zero_word, base.slot(hashed, &address, &testWord(9)).?.*);
}

test "both bounds hold, whatever the mix of facts, and everything is freed" {
    for ([_][2]u64{ .{ 1, 1 << 30 }, .{ 50, 1 << 30 }, .{ 1 << 30, 4000 } }) |bounds| {
        var base = testBase(bounds[0], bounds[1]);
        defer base.deinit();
        var random_state = std.Random.DefaultPrng.init(bounds[0]);
        const random = random_state.random();
        for (0..20_000) |_| {
            const address: abi.Address = @splat(random.uintLessThan(u8, 40));
            const word = testWord(random.uintLessThan(u32, 40));
            switch (random.uintLessThan(u8, 3)) {
                0 => try base.putAccount(&address, &testAccount(word[31], .unknown)),
                1 => {
                    try base.putSlot(&address, &word, &word);
                    const hashed = base.hasher.address(&address);
                    try std.testing.expectEqual(word, base.slot(hashed, &address, &word).?.*);
                },
                else => {
                    const key = hash.keccak256(&word);
                    try base.putCode(&key, &word);
                    try std.testing.expectEqualSlices(u8, &word, base.code(&key).?);
                },
            }
            try std.testing.expect(base.ring.items.len <= bounds[0]);
            try std.testing.expect(base.weight <= bounds[1]);
            const counts = base.counts;
            try std.testing.expectEqual(
                base.ring.items.len,
                counts.get(.account) + counts.get(.slot) + counts.get(.code),
            );
            try std.testing.expect(base.accounts.count() <= base.ring.items.len);
        }
    }
}

test "a fact that is read often outlives facts that are not" {
    var base = testBase(100, 1 << 30);
    defer base.deinit();
    const address: abi.Address = @splat(1);
    const hashed = base.hasher.address(&address);
    const hot = testWord(0);
    try base.putSlot(&address, &hot, &hot);
    for (1..5_000) |number| {
        const cold = testWord(@intCast(number));
        try base.putSlot(&address, &cold, &cold);
        try std.testing.expect(base.slot(hashed, &address, &hot) != null);
    }
    try std.testing.expectEqual(@as(u64, 4_900), base.evictions);
}

test "one fact heavier than the bound is kept until the next" {
    var base = testBase(10, 1_000);
    defer base.deinit();
    const large: [5_000]u8 = @splat(7);
    const key = hash.keccak256(&large);
    try base.putCode(&key, &large);
    try std.testing.expectEqual(large.len, base.code(&key).?.len);
    try base.putSlot(&@splat(1), &testWord(1), &testWord(1));
    try std.testing.expectEqual(null, base.code(&key));
}
