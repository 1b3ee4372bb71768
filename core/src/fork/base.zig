//! The base: facts about the chain at one block. Immutable, never journaled, bounded, evictable.
//!
//! Changing to another block (`repin`) is O(1). Code stays valid, since it is named by its hash. A
//! slot becomes valid again as soon as its account is provided with the storage root that the slot
//! was read under. All other facts stay in memory until they are replaced or evicted, but are never
//! valid again.
//!
//! Accounts, slots and codes share one bound of entries and one of bytes, and one CLOCK: every fact
//! is in one ring, a read gives it a second chance, and the hand evicts the next fact without one.
//! The hand passes at most `max_chances` facts, so eviction is O(1).
//!
//! Cached slots name an account entry as their owner, so an entry whose own facts were evicted
//! stays, empty, while slots refer to it.

const std = @import("std");
const abi = @import("../abi.zig");
const account_fact = @import("account_fact.zig");
const hash = @import("../tables/hash.zig");
const keyed = @import("../tables/keyed.zig");
const tables = @import("../tables/tables.zig");
const Index = @import("../tables/index.zig").Index;
const Segments = @import("../tables/segments.zig").Segments;
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const Known = abi.Known;

/// Maximum number of facts with a second chance that the hand passes before it evicts one anyway.
const max_chances = 64;

/// Assumed weights in bytes, including tables: that of an entry while it exists, and what each kind
/// of fact adds to it.
pub const entry_weight = 192;
pub const account_weight = 8;
pub const slot_weight = 112;
pub const code_weight = 128;

pub const Account = account_fact.Account;
pub const absent_account = account_fact.absent_account;
pub const isEmpty = account_fact.isEmpty;
const Pin = account_fact.Pin;

/// The tag of a slot in its table.
const SlotTag = packed struct(u32) {
    chance: bool = false,
    prefetched: bool = false,
    incarnation: Pin,
};

const CodeFact = struct {
    hash: abi.Word,
    bytes: []u8,
    next_released: u32 = 0,
    chance: bool = false,
};

const Kind = enum(u2) { account, slot, code };
const Place = packed struct(u32) { number: u30, kind: Kind };

pub const Base = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    max_entries: u64,
    max_bytes: u64,
    accounts: tables.AddressTable(Account) = .empty,
    slots: tables.SlotTable = .empty,
    code_index: Index = .empty,
    code_facts: Segments(CodeFact) = .empty,
    code_released: u32 = 0,
    ring: List(Place) = .empty,
    hand: usize = 0,
    counts: std.EnumArray(Kind, u64) = .initFill(0),
    weight: u64 = 0,
    evictions: u64 = 0,
    /// The present pinned block.
    pin: Pin = 0,
    /// Slots of incarnations from before this pin are never valid again.
    slots_since: Pin = 0,
    /// Prefetched facts that were read later.
    prefetched_reads: u64 = 0,

    pub fn deinit(self: *Base) void {
        self.freeTables();
        self.* = undefined;
    }

    /// Drops every fact and frees the memory.
    pub fn clear(self: *Base) void {
        self.freeTables();
        self.* = .{
            .gpa = self.gpa,
            .hasher = self.hasher,
            .max_entries = self.max_entries,
            .max_bytes = self.max_bytes,
            .evictions = self.evictions,
            .prefetched_reads = self.prefetched_reads,
        };
    }

    /// Which facts may be valid at another block.
    pub const Keep = enum { code_only, code_and_slots };

    /// Changes to another block. No account is valid until it is provided again.
    pub fn repin(self: *Base, keep: Keep) void {
        if (self.pin == std.math.maxInt(Pin)) return self.clear();
        self.pin += 1;
        if (keep == .code_only) self.slots_since = self.pin;
        assert(self.slots_since <= self.pin);
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
    pub fn account(
        self: *Base,
        hashed: u32,
        address: *const abi.Address,
        fields: u8,
    ) ?*const Account {
        const entry = self.accounts.at(self.accounts.find(hashed, address) orelse return null);
        if (entry.known & fields != fields or entry.pin != self.pin) return null;
        entry.chance = true;
        if (entry.prefetched) self.countPrefetched(&entry.prefetched);
        return entry;
    }

    fn countPrefetched(self: *Base, prefetched: *bool) void {
        @branchHint(.unlikely);
        prefetched.* = false;
        self.prefetched_reads += 1;
    }

    /// The value of a slot; zero if the account is known to have no storage.
    pub fn slot(
        self: *Base,
        hashed: u32,
        address: *const abi.Address,
        key: *const abi.Word,
    ) ?*const abi.Word {
        const owner = self.accounts.find(hashed, address) orelse return null;
        const entry = self.accounts.at(owner);
        if (entry.pin != self.pin) return null;
        if (entry.slots > 0) {
            if (self.slots.find(self.hasher.slot(owner, key), owner, key)) |number| {
                const tag = self.tagOf(number);
                if (tag.incarnation == entry.incarnation) {
                    if (tag.prefetched) self.prefetched_reads += 1;
                    tag.* = .{ .chance = true, .incarnation = tag.incarnation };
                    return &self.slots.pairs.at(number).value;
                }
            }
        }
        if (entry.known & Known.storage_root == 0) return null;
        if (!hash.equalWords(&entry.storage_root, &hash.empty_root)) return null;
        entry.chance = true;
        return &hash.zero_word;
    }

    inline fn tagOf(self: *const Base, number: u32) *SlotTag {
        return @ptrCast(&self.slots.owners.at(number).tag);
    }

    /// Notes that an account was prefetched, so that its next read is counted.
    pub fn notePrefetched(self: *Base, address: *const abi.Address) void {
        const number = self.accounts.find(self.hasher.address(address), address) orelse return;
        const entry = self.accounts.at(number);
        entry.prefetched = entry.known != 0 and entry.pin == self.pin;
    }

    /// As `notePrefetched`, for a slot.
    pub fn notePrefetchedSlot(self: *Base, address: *const abi.Address, key: *const abi.Word) void {
        const owner = self.accounts.find(self.hasher.address(address), address) orelse return;
        const number = self.slots.find(self.hasher.slot(owner, key), owner, key) orelse return;
        self.tagOf(number).prefetched = self.slotCounts(number);
    }

    /// Whether the facts of an account are of this block.
    pub fn accountCounts(self: *const Base, number: u32) bool {
        const entry = self.accounts.at(number);
        return entry.known != 0 and entry.pin == self.pin;
    }

    /// Whether a slot is of this block.
    pub fn slotCounts(self: *const Base, number: u32) bool {
        const entry = self.accounts.at(self.slots.owners.at(number).account);
        return entry.pin == self.pin and self.tagOf(number).incarnation == entry.incarnation;
    }

    /// Code by its hash; the empty code is always known.
    pub fn code(self: *Base, key: *const abi.Word) ?[]const u8 {
        if (hash.equalWords(key, &hash.empty_code_hash)) return "";
        const fact = self.code_facts.at(self.findCode(key) orelse return null);
        fact.chance = true;
        return fact.bytes;
    }

    // Facts come in. On failure nothing is changed.

    /// Adds or completes an account. Fields not in `fields.known` are not read.
    pub fn putAccount(
        self: *Base,
        address: *const abi.Address,
        fields: *const abi.AccountFields,
    ) tables.RoomError!void {
        if (fields.known & Known.all == 0) return;
        const hashed = self.hasher.address(address);
        try self.accounts.ensureRoom(self.gpa);
        try self.ring.ensureUnusedCapacity(self.gpa, 1);
        const entered = if (self.accounts.find(hashed, address)) |number|
            self.accounts.at(number).entered
        else
            false;
        if (!entered) self.makeWay(account_weight + entry_weight);
        const number = self.entryOf(hashed, address);
        if (!entered) self.enter(.account, number, account_weight);
        const found = self.accounts.at(number);
        found.entered = true;
        self.renew(found, account_fact.rootOf(fields));
        account_fact.learn(found, fields);
        assert(found.known & fields.known & Known.all == fields.known & Known.all);
        self.checkCounts();
    }

    /// Moves an entry to this block, without any known fact. Its slots stay valid if the storage
    /// root (null if unknown) is the one that they were read under.
    fn renew(self: *const Base, entry: *Account, root: ?abi.Word) void {
        if (entry.pin == self.pin) return;
        const same = if (root) |word|
            entry.known & Known.storage_root != 0 and hash.equalWords(&entry.storage_root, &word)
        else
            false;
        if (!same or entry.incarnation < self.slots_since) entry.incarnation = self.pin;
        assert(self.slots_since <= entry.incarnation and entry.incarnation <= self.pin);
        entry.pin = self.pin;
        entry.known = 0;
        entry.absent = false;
        entry.prefetched = false;
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
                const entry = self.accounts.at(owner);
                self.renew(entry, null);
                self.slots.pairs.at(number).value = value.*;
                self.tagOf(number).incarnation = entry.incarnation;
                assert(entry.slots > 0 and self.slotCounts(number));
                return;
            }
        }
        try self.accounts.ensureRoom(self.gpa);
        try self.slots.ensureRoom(self.gpa);
        try self.ring.ensureUnusedCapacity(self.gpa, 1);
        self.makeWay(slot_weight + entry_weight);
        const owner = self.entryOf(hashed, address);
        const entry = self.accounts.at(owner);
        self.renew(entry, null);
        entry.slots += 1;
        const tag: SlotTag = .{ .incarnation = entry.incarnation };
        const owned: tables.SlotTable.Owner = .{ .account = owner, .tag = @bitCast(tag) };
        const number = self.slots.add(self.hasher.slot(owner, key), owned, key, value);
        self.enter(.slot, number, slot_weight);
        assert(self.slotCounts(number));
        self.checkCounts();
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
        if (checks.enabled) assert(hash.equalWords(key, &hash.keccak256(code_bytes)));
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
        if (checks.enabled) assert(self.findCode(key) == number);
        self.checkCounts();
    }

    /// Returns the entry of an account, adding it if needed. There must be room.
    fn entryOf(self: *Base, hashed: u32, address: *const abi.Address) u32 {
        if (self.accounts.find(hashed, address)) |number| return number;
        self.weight += entry_weight;
        return self.accounts.add(hashed, .{
            .address = address.*,
            .pin = self.pin,
            .incarnation = self.pin,
        });
    }

    // The bound.

    fn enter(self: *Base, kind: Kind, number: u32, weight: usize) void {
        self.ring.appendAssumeCapacity(.{ .number = @intCast(number), .kind = kind });
        self.counts.getPtr(kind).* += 1;
        self.weight += weight;
        assert(self.ring.items.len <= @max(self.max_entries, 1));
    }

    /// Evicts until one more fact of this weight fits both bounds, or nothing is left.
    fn makeWay(self: *Base, weight: usize) void {
        while (self.ring.items.len > 0 and (self.ring.items.len + 1 > self.max_entries or
            self.weight + weight > self.max_bytes)) self.evictOne();
    }

    /// Every fact is in the ring once, and has a weight.
    inline fn checkCounts(self: *const Base) void {
        if (!checks.enabled) return;
        const facts = self.counts.get(.account) + self.counts.get(.slot) + self.counts.get(.code);
        assert(facts == self.ring.items.len);
        assert(self.counts.get(.slot) == self.slots.count());
        assert(self.counts.get(.code) == self.code_index.count);
        assert(self.counts.get(.account) <= self.accounts.count());
        const of_slots = self.counts.get(.slot) * slot_weight;
        const of_codes = self.counts.get(.code) * code_weight;
        const of_accounts = self.accounts.count() * @as(u64, entry_weight) +
            self.counts.get(.account) * account_weight;
        assert(self.weight >= of_slots + of_codes + of_accounts);
    }

    /// Checks the whole base: the tables, that each account counts its slots, and all weights.
    pub fn checkInvariant(self: *const Base) void {
        self.checkCounts();
        self.accounts.checkInvariant(&self.hasher);
        self.slots.checkInvariant(&self.hasher);
        self.code_index.checkInvariant();
        var slots: u64 = 0;
        var entered: u64 = 0;
        var numbers = self.accounts.index.iterate();
        while (numbers.next()) |number| {
            const entry = self.accounts.at(number);
            slots += entry.slots;
            entered += @intFromBool(entry.entered);
            assert(entry.entered or entry.slots > 0);
            assert(entry.pin <= self.pin and entry.incarnation <= entry.pin);
        }
        assert(slots == self.slots.count() and entered == self.counts.get(.account));
        var code_bytes: u64 = 0;
        var codes = self.code_index.iterate();
        while (codes.next()) |number| {
            const fact = self.code_facts.at(number);
            assert(self.findCode(&fact.hash) == number);
            code_bytes += fact.bytes.len;
        }
        const kinds = self.weights();
        assert(kinds.get(.code) == self.counts.get(.code) * code_weight + code_bytes);
    }

    fn evictOne(self: *Base) void {
        assert(self.ring.items.len > 0);
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
        self.checkCounts();
    }

    fn takeChance(self: *Base, place: Place) bool {
        switch (place.kind) {
            .account => {
                const chance = &self.accounts.at(place.number).chance;
                defer chance.* = false;
                return chance.*;
            },
            .slot => {
                const tag = self.tagOf(place.number);
                defer tag.chance = false;
                return tag.chance;
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
        const entry = self.accounts.at(number);
        assert(entry.entered);
        entry.* = .{
            .address = entry.address,
            .slots = entry.slots,
            .pin = entry.pin,
            .incarnation = entry.incarnation,
        };
        self.removeIfUseless(number);
    }

    fn evictSlot(self: *Base, number: u32) void {
        self.weight -= slot_weight;
        const owner = self.slots.owners.at(number).account;
        self.slots.remove(self.hasher.slot(owner, &self.slots.pairs.at(number).slot), number);
        assert(self.accounts.at(owner).slots > 0);
        self.accounts.at(owner).slots -= 1;
        self.removeIfUseless(owner);
    }

    fn removeIfUseless(self: *Base, number: u32) void {
        const entry = self.accounts.at(number);
        if (entry.entered or entry.slots > 0) return;
        self.weight -= entry_weight;
        self.accounts.remove(self.hasher.address(&entry.address), number);
    }

    fn evictCode(self: *Base, number: u32) void {
        const fact = self.code_facts.at(number);
        assert(fact.bytes.len > 0);
        self.weight -= code_weight + fact.bytes.len;
        self.code_index.remove(self.hasher.word(&fact.hash), number);
        self.gpa.free(fact.bytes);
        fact.bytes = &.{};
        fact.next_released = self.code_released;
        self.code_released = number + 1;
    }

    /// What each kind of fact weighs; an entry counts as part of the accounts.
    pub fn weights(self: *const Base) std.EnumArray(Kind, u64) {
        const accounts = self.accounts.count() * @as(u64, entry_weight) +
            self.counts.get(.account) * account_weight;
        const slots = self.counts.get(.slot) * slot_weight;
        return .init(.{
            .account = accounts,
            .slot = slots,
            .code = self.weight - accounts - slots,
        });
    }

    fn findCode(self: *const Base, key: *const abi.Word) ?u32 {
        const erased = &self.code_facts.erased;
        const hashed = self.hasher.word(key);
        return keyed.find(CodeFact, "hash", &self.code_index, erased, hashed, key, .cold);
    }
};

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

fn testAccount(balance: u32, presence: abi.Presence) abi.AccountFields {
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
    const entry = base.account(hashed, &address, Known.all).?;
    try std.testing.expect(!entry.absent);
    try std.testing.expectEqual(hash.empty_code_hash, entry.code_hash);
    try std.testing.expectEqual(hash.empty_root, entry.storage_root);
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

fn testContract(root: u32) abi.AccountFields {
    var entry = testAccount(1, .unknown);
    entry.storage_root = testWord(root);
    return entry;
}

test "another block: code stays, slots count again under their storage root and no other" {
    var base = testBase(100, 1 << 20);
    defer base.deinit();
    const same: abi.Address = @splat(1);
    const other: abi.Address = @splat(2);
    const code = hash.keccak256("code");
    try base.putCode(&code, "code");
    for ([_]*const abi.Address{ &same, &other }) |address| {
        try base.putAccount(address, &testContract(7));
        for (1..4) |slot| try base.putSlot(address, &testWord(@intCast(slot)), &testWord(5));
    }
    base.repin(.code_and_slots);
    try std.testing.expectEqualStrings("code", base.code(&code).?);
    for ([_]*const abi.Address{ &same, &other }) |address| {
        const hashed = base.hasher.address(address);
        try std.testing.expectEqual(null, base.account(hashed, address, 0));
        try std.testing.expectEqual(null, base.slot(hashed, address, &testWord(1)));
    }
    try base.putAccount(&same, &testContract(7));
    try base.putAccount(&other, &testContract(8));
    const hashed = base.hasher.address(&same);
    try std.testing.expectEqual(testWord(5), base.slot(hashed, &same, &testWord(3)).?.*);
    const hashed_other = base.hasher.address(&other);
    try std.testing.expectEqual(null, base.slot(hashed_other, &other, &testWord(3)));
    try base.putSlot(&other, &testWord(3), &testWord(6));
    try std.testing.expectEqual(testWord(6), base.slot(hashed_other, &other, &testWord(3)).?.*);
    try std.testing.expectEqual(null, base.slot(hashed_other, &other, &testWord(2)));
    try std.testing.expectEqual(@as(u64, 6), base.counts.get(.slot));
}

test "another block: slots whose storage root is not known do not count again" {
    var base = testBase(100, 1 << 20);
    defer base.deinit();
    const address: abi.Address = @splat(1);
    const hashed = base.hasher.address(&address);
    try base.putSlot(&address, &testWord(1), &testWord(5));
    base.repin(.code_and_slots);
    try base.putAccount(&address, &testContract(7));
    try std.testing.expectEqual(null, base.slot(hashed, &address, &testWord(1)));
    try base.putSlot(&address, &testWord(1), &testWord(6));
    base.repin(.code_and_slots);
    try base.putSlot(&address, &testWord(2), &testWord(9));
    try base.putAccount(&address, &testContract(7));
    try std.testing.expectEqual(null, base.slot(hashed, &address, &testWord(1)));
    try std.testing.expectEqual(testWord(9), base.slot(hashed, &address, &testWord(2)).?.*);
}

test "another block: slots that are not to be kept do not count again, those read since do" {
    var base = testBase(100, 1 << 20);
    defer base.deinit();
    const address: abi.Address = @splat(1);
    const hashed = base.hasher.address(&address);
    try base.putAccount(&address, &testContract(7));
    try base.putSlot(&address, &testWord(1), &testWord(5));
    try base.putCode(&hash.keccak256("code"), "code");
    base.repin(.code_only);
    try base.putAccount(&address, &testContract(7));
    try std.testing.expectEqual(null, base.slot(hashed, &address, &testWord(1)));
    try std.testing.expect(base.code(&hash.keccak256("code")) != null);
    try base.putSlot(&address, &testWord(2), &testWord(6));
    base.repin(.code_and_slots);
    try base.putAccount(&address, &testContract(7));
    try std.testing.expectEqual(null, base.slot(hashed, &address, &testWord(1)));
    try std.testing.expectEqual(testWord(6), base.slot(hashed, &address, &testWord(2)).?.*);
}

test "a prefetched fact is counted once it is read" {
    var base = testBase(100, 1 << 20);
    defer base.deinit();
    const address: abi.Address = @splat(1);
    const hashed = base.hasher.address(&address);
    try base.putAccount(&address, &testContract(7));
    try base.putSlot(&address, &testWord(1), &testWord(5));
    base.notePrefetched(&address);
    base.notePrefetchedSlot(&address, &testWord(1));
    base.notePrefetchedSlot(&address, &testWord(2));
    base.notePrefetched(&@as(abi.Address, @splat(9)));
    for (0..3) |_| {
        _ = base.account(hashed, &address, Known.balance);
        _ = base.slot(hashed, &address, &testWord(1));
    }
    try std.testing.expectEqual(@as(u64, 2), base.prefetched_reads);
    base.notePrefetched(&address);
    base.repin(.code_and_slots);
    base.notePrefetched(&address);
    try base.putAccount(&address, &testContract(7));
    _ = base.account(hashed, &address, Known.balance);
    try std.testing.expectEqual(@as(u64, 2), base.prefetched_reads);
}

/// A chain whose storage roots are equal if and only if the storages are.
const TestChain = struct {
    const Storage = [6]u8;
    storages: [5]Storage = @splat(@splat(0)),

    fn rootOf(storage: *const Storage) abi.Word {
        if (std.mem.allEqual(u8, storage, 0)) return hash.zero_word;
        return hash.keccak256(storage);
    }

    fn change(self: *TestChain, random: std.Random) void {
        for (&self.storages) |*storage| {
            if (random.boolean()) continue;
            storage[random.uintLessThan(u8, 6)] = random.uintLessThan(u8, 3);
        }
    }
};

test "after any number of blocks a slot is unknown or that of the block" {
    for ([_]u64{ 4, 20, 1 << 20 }) |max_entries| {
        var base = testBase(max_entries, 1 << 30);
        defer base.deinit();
        var random_state = std.Random.DefaultPrng.init(max_entries);
        const random = random_state.random();
        var chain: TestChain = .{};
        var hits: u32 = 0;
        for (0..30_000) |step| {
            if (step % 50 == 0) {
                base.repin(if (random.boolean()) .code_and_slots else .code_only);
                chain.change(random);
            }
            const number = random.uintLessThan(u8, 5);
            const address: abi.Address = @splat(number);
            const hashed = base.hasher.address(&address);
            const slot = random.uintLessThan(u8, 6);
            const storage = &chain.storages[number];
            switch (random.uintLessThan(u8, 4)) {
                0 => {
                    var entry = testAccount(@intCast(step), .unknown);
                    entry.storage_root = TestChain.rootOf(storage);
                    if (random.uintLessThan(u8, 8) == 0) entry.known = Known.balance;
                    try base.putAccount(&address, &entry);
                    const found = base.account(hashed, &address, Known.balance).?;
                    try std.testing.expectEqual(entry.balance, found.balance);
                },
                1 => try base.putSlot(&address, &testWord(slot), &testWord(storage[slot])),
                else => if (base.slot(hashed, &address, &testWord(slot))) |value| {
                    hits += 1;
                    try std.testing.expectEqual(testWord(storage[slot]), value.*);
                },
            }
            try std.testing.expect(base.ring.items.len <= max_entries);
            const weights = base.weights();
            try std.testing.expectEqual(
                base.weight,
                weights.get(.account) + weights.get(.slot) + weights.get(.code),
            );
            try std.testing.expect(base.accounts.count() <= base.ring.items.len);
        }
        try std.testing.expect(hits > 500);
    }
}
