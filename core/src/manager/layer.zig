//! One layer of local writes: the overlay, with the journal that can undo it.
//!
//! The top layer of a manager is written; layers below it are frozen and may be shared with
//! branches. A layer holds only what was written in it. Everything else is inherited from below.
//! Every change appends one undo record that holds the previous value *in this layer*, so undoing a
//! first write restores "inherited", never zero.
//!
//! Clearing storage starts a new incarnation, and slots of earlier incarnations no longer count.
//! Memory is reserved before anything changes, so a failed write has no effect.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const codes = @import("codes.zig");
const journals = @import("journal.zig");
const tables = @import("../tables/tables.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Use = @import("../tables/inlining.zig").Use;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const AccountWrite = @import("account_write.zig").AccountWrite;
const CodeStore = codes.CodeStore;
const Known = abi.Known;

pub const WriteError = tables.RoomError;

const Kind = journals.Kind;
const Tail = journals.Tail;
const SlotChange = journals.SlotChange;

/// No single write appends more words than this.
const longest_undo_record = 16;

const none = std.math.maxInt(u32);

/// Fewer hidden slots than this are not worth removing.
const few_hidden_slots = 256;

pub const Layer = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    store: *CodeStore,
    below: ?*Layer = null,
    /// Distance from the lowest layer.
    level: u32 = 0,
    references: u32 = 1,
    /// The manager whose journal this is.
    owner: u32,
    last_incarnation: u32 = 0,
    /// Approximate number of slots of an earlier incarnation than their account's.
    hidden_slots: u32 = 0,
    /// The account that was found last, if it still exists: the next one is often the same.
    last: u32 = none,
    accounts: tables.AddressTable(AccountWrite) = .empty,
    slots: tables.SlotTable = .empty,
    journal: List(u32) = .empty,
    /// Codes that undo records refer to, oldest first. Each holds a reference.
    undo_codes: List(codes.Code) = .empty,

    /// Creates an empty layer with no layer below.
    pub fn create(
        gpa: Gpa,
        hasher: hash.Hasher,
        store: *CodeStore,
        owner: u32,
    ) Allocator.Error!*Layer {
        const self = try gpa.create(Layer);
        store.hold();
        self.* = .{
            .gpa = gpa,
            .hasher = hasher,
            .store = store,
            .owner = owner,
        };
        return self;
    }

    /// Creates an empty layer over a frozen one, to which it then holds a reference.
    pub fn putOver(self: *Layer, frozen: *Layer) void {
        assert(self.below == null and self != frozen);
        self.below = frozen.retain();
        self.level = frozen.level + 1;
        assert(frozen.references > 1);
    }

    pub fn retain(self: *Layer) *Layer {
        assert(self.references > 0);
        self.references += 1;
        return self;
    }

    /// Releases a reference. After the last one, the layer is freed, and the layers below are
    /// released.
    pub fn release(self: *Layer) void {
        var next: ?*Layer = self;
        while (next) |layer| {
            assert(layer.references > 0);
            layer.references -= 1;
            if (layer.references > 0) return;
            next = layer.below;
            layer.destroy();
        }
    }

    /// Frees the layer, whatever its reference count.
    pub fn destroy(self: *Layer) void {
        const gpa = self.gpa;
        self.forget();
        var numbers = self.accounts.index.iterate();
        while (numbers.next()) |number| self.store.release(self.accounts.at(number).code);
        self.accounts.deinit(gpa);
        self.slots.deinit(gpa);
        self.journal.deinit(gpa);
        self.undo_codes.deinit(gpa);
        self.store.drop();
        gpa.destroy(self);
    }

    pub fn isEmpty(self: *const Layer) bool {
        return self.accounts.count() == 0;
    }

    pub fn bytes(self: *const Layer) usize {
        return self.accounts.bytes() + self.slots.bytes();
    }

    pub fn journalBytes(self: *const Layer) usize {
        return (self.journal.items.len + self.undo_codes.items.len) * 4;
    }

    pub inline fn find(self: *const Layer, hashed: u32, address: *const abi.Address) ?u32 {
        return self.accounts.find(hashed, address);
    }

    /// The account with this address if it is the one that was found last.
    pub inline fn findLast(self: *const Layer, address: *const abi.Address) ?u32 {
        if (self.last == none) return null;
        const last = &self.accounts.at(self.last).address;
        return if (hash.equalAddresses(last, address)) self.last else null;
    }

    /// As `find`, but does not hash the address of the account that was found last.
    inline fn findAgain(self: *Layer, address: *const abi.Address) ?u32 {
        if (self.findLast(address)) |number| return number;
        const number = @call(Use.cold.modifier(), findOther, .{ self, address });
        return if (number == none) null else number;
    }

    fn findOther(self: *Layer, address: *const abi.Address) u32 {
        if (self.isEmpty()) return none;
        const hashed = self.hasher.addressAs(.hot, address);
        const number = self.accounts.findAs(.hot, hashed, address) orelse return none;
        self.last = number;
        return number;
    }

    /// The value of a slot if this layer decides it; null if it is inherited.
    pub inline fn slotValue(
        self: *const Layer,
        comptime use: Use,
        account: u32,
        slot: *const abi.Word,
    ) ?*const abi.Word {
        const entry = self.accounts.at(account);
        if (entry.slots > 0) {
            const hashed = self.hasher.slotAs(use, account, slot);
            if (self.slots.findAs(use, hashed, account, slot)) |number| {
                if (self.slots.owners.at(number).tag == entry.incarnation) {
                    return &self.slots.pairs.at(number).value;
                }
            }
        }
        return if (entry.incarnation == 0) null else &hash.zero_word;
    }

    // Writes. `journaled` says whether an undo record is kept.

    pub const Journaling = enum { journaled, final };

    pub fn setBalance(
        self: *Layer,
        address: *const abi.Address,
        value: *const abi.Word,
        journaling: Journaling,
    ) WriteError!void {
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) {
            self.push(.balance, touched.number, &(words(8, &entry.balance) ++ stateWord(entry)));
        }
        entry.balance = value.*;
        entry.mark(Known.balance);
        if (checks.enabled) self.checkWritten(address, touched.number);
    }

    pub fn setNonce(
        self: *Layer,
        address: *const abi.Address,
        value: *const abi.Nonce,
        journaling: Journaling,
    ) WriteError!void {
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) {
            self.push(.nonce, touched.number, &(words(2, &entry.nonce) ++ stateWord(entry)));
        }
        entry.nonce = value.*;
        entry.mark(Known.nonce);
        if (checks.enabled) self.checkWritten(address, touched.number);
    }

    pub fn setCode(
        self: *Layer,
        address: *const abi.Address,
        code_bytes: []const u8,
        journaling: Journaling,
    ) WriteError!void {
        const code = try self.store.put(code_bytes);
        errdefer self.store.release(code);
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) {
            self.push(.code, touched.number, &stateWord(entry));
            self.undo_codes.appendAssumeCapacity(entry.code);
        } else {
            self.store.release(entry.code);
        }
        entry.code = code;
        entry.mark(Known.code_hash);
        assert(self.store.bytesOf(entry.code).len == code_bytes.len);
        if (checks.enabled) self.checkWritten(address, touched.number);
    }

    pub fn setStorage(
        self: *Layer,
        address: *const abi.Address,
        slot: *const abi.Word,
        value: *const abi.Word,
        journaling: Journaling,
    ) WriteError!void {
        const account = self.findAgain(address) orelse
            return self.setFirstSlot(address, slot, value, journaling);
        const entry = self.accounts.at(account);
        if (entry.state.presence != .exists) {
            return self.setFirstSlot(address, slot, value, journaling);
        }
        const hashed = self.hasher.slot(account, slot);
        const number = self.slots.find(hashed, account, slot) orelse
            return self.addSlot(hashed, account, slot, value, journaling);
        const pair = self.slots.pairs.at(number);
        const owner = self.slots.owners.at(number);
        if (journaling == .journaled) {
            try self.makeJournalRoom(SlotChange.words);
            const change: *SlotChange = @ptrCast(self.journal.addMany(SlotChange.words));
            change.* = .{
                .value = pair.value,
                .tag = owner.tag,
                .tail = .{ .number = @intCast(number), .kind = .slot_changed },
            };
        }
        pair.value = value.*;
        owner.tag = entry.incarnation;
        assert(owner.account == account and entry.slots > 0);
        if (checks.enabled) self.checkSlot(account, slot, value);
    }

    /// Writes a slot of an account that the layer does not make exist yet.
    noinline fn setFirstSlot(
        self: *Layer,
        address: *const abi.Address,
        slot: *const abi.Word,
        value: *const abi.Word,
        journaling: Journaling,
    ) WriteError!void {
        try self.slots.ensureRoom(self.gpa);
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) self.pushState(touched.number, entry);
        assert(entry.state.presence != .exists);
        entry.state.presence = .exists;
        // Memory for it was reserved.
        return self.setStorage(address, slot, value, journaling);
    }

    /// Adds a new slot.
    noinline fn addSlot(
        self: *Layer,
        hashed: u32,
        account: u32,
        slot: *const abi.Word,
        value: *const abi.Word,
        journaling: Journaling,
    ) WriteError!void {
        if (journaling == .final) self.removeHiddenSlots() else try self.makeJournalRoom(1);
        try self.slots.ensureRoom(self.gpa);
        const entry = self.accounts.at(account);
        assert(entry.state.presence == .exists);
        const owner: tables.SlotTable.Owner = .{ .account = account, .tag = entry.incarnation };
        const added = self.slots.add(hashed, owner, slot, value);
        entry.slots += 1;
        if (journaling == .journaled) self.push(.slot_added, added, &.{});
        assert(entry.slots > 0 and entry.slots <= self.slots.count());
        if (checks.enabled) self.checkSlot(account, slot, value);
    }

    /// Makes every slot zero from here on.
    pub fn clearStorage(
        self: *Layer,
        address: *const abi.Address,
        journaling: Journaling,
    ) WriteError!void {
        if (self.last_incarnation == std.math.maxInt(u32)) return error.LimitExceeded;
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) self.pushState(touched.number, entry);
        self.hideSlots(entry);
        if (checks.enabled) self.checkWritten(address, touched.number);
    }

    pub fn deleteAccount(
        self: *Layer,
        address: *const abi.Address,
        journaling: Journaling,
    ) WriteError!void {
        if (self.last_incarnation == std.math.maxInt(u32)) return error.LimitExceeded;
        const touched = try self.touch(address, journaling);
        const entry = self.accounts.at(touched.number);
        if (touched.needs_undo) {
            self.push(.account_deleted, touched.number, &(words(8, &entry.balance) ++
                words(2, &entry.nonce) ++ .{entry.incarnation} ++ stateWord(entry)));
            self.undo_codes.appendAssumeCapacity(entry.code);
        } else {
            self.store.release(entry.code);
        }
        entry.hideBelow();
        entry.state.presence = .deleted;
        self.hideSlots(entry);
        if (checks.enabled) self.checkWritten(address, touched.number);
    }

    /// Starts a new incarnation of an account's storage.
    pub fn hideSlots(self: *Layer, entry: *AccountWrite) void {
        assert(entry.incarnation <= self.last_incarnation);
        assert(entry.slots <= self.slots.count());
        self.last_incarnation += 1;
        entry.incarnation = self.last_incarnation;
        self.hidden_slots +|= entry.slots -| entry.hidden_slots;
        entry.hidden_slots = entry.slots;
    }

    /// Frees slots of earlier incarnations once they are half of all slots. Does so only if nothing
    /// can be undone, since undo records name slots by number.
    fn removeHiddenSlots(self: *Layer) void {
        if (self.hidden_slots < few_hidden_slots) return;
        if (self.hidden_slots < self.slots.count() / 2) return;
        assert(self.journal.items.len == 0);
        self.hidden_slots = 0;
        for (0..self.slots.index.places()) |place| {
            const number = self.slots.index.entryAt(place) orelse continue;
            const owner = self.slots.owners.at(number).*;
            const entry = self.accounts.at(owner.account);
            entry.hidden_slots = 0;
            if (owner.tag == entry.incarnation) continue;
            const slot = &self.slots.pairs.at(number).slot;
            self.slots.remove(self.hasher.slot(owner.account, slot), number);
            assert(entry.slots > 0);
            entry.slots -= 1;
        }
    }

    const Touched = struct {
        number: u32,
        /// Whether the change to the entry needs an undo record of its own.
        needs_undo: bool,
    };

    /// Returns the entry of an account, adding it if needed, and reserves room for every undo
    /// record of one write.
    pub fn touch(
        self: *Layer,
        address: *const abi.Address,
        journaling: Journaling,
    ) WriteError!Touched {
        const journaled = journaling == .journaled;
        if (journaled) {
            try self.makeJournalRoom(longest_undo_record);
            try self.undo_codes.ensureUnusedCapacity(self.gpa, 1);
        }
        if (self.findAgain(address)) |number| {
            return .{ .number = number, .needs_undo = journaled };
        }
        try self.accounts.ensureRoom(self.gpa);
        const hashed = self.hasher.address(address);
        const number = self.accounts.add(hashed, .{ .address = address.* });
        self.last = number;
        if (journaled) self.push(.account_added, number, &.{});
        assert(self.findLast(address) == number);
        return .{ .number = number, .needs_undo = false };
    }

    // The journal.

    inline fn makeJournalRoom(self: *Layer, comptime count: u32) WriteError!void {
        if (self.journal.capacity - self.journal.items.len < count) try self.growJournal();
    }

    noinline fn growJournal(self: *Layer) WriteError!void {
        @branchHint(.cold);
        // Positions in the journal are 32-bit numbers, and it grows by half.
        if (self.journal.capacity > std.math.maxInt(u32) / 2) return error.LimitExceeded;
        try self.journal.ensureUnusedCapacity(self.gpa, longest_undo_record);
    }

    fn push(self: *Layer, kind: Kind, number: u32, payload: []const u32) void {
        assert(payload.len == kind.payloadWords() and payload.len < longest_undo_record);
        self.journal.appendSliceAssumeCapacity(payload);
        const tail: Tail = .{ .number = @intCast(number), .kind = kind };
        self.journal.appendAssumeCapacity(@bitCast(tail));
        assert(tail.number == number);
    }

    /// Asserts what holds after every write: the account is the one that was found last, and its
    /// numbers are in bounds.
    fn checkWritten(self: *const Layer, address: *const abi.Address, number: u32) void {
        const entry = self.accounts.at(number);
        assert(self.findLast(address) == number);
        assert(entry.incarnation <= self.last_incarnation);
        assert(entry.state.presence != .inherited or entry.incarnation != 0);
        assert(entry.state.presence != .deleted or entry.state.hides);
        assert(entry.code == codes.no_code or entry.state.known & Known.code_hash != 0);
    }

    fn checkSlot(
        self: *const Layer,
        account: u32,
        slot: *const abi.Word,
        value: *const abi.Word,
    ) void {
        assert(hash.equalWords(self.slotValue(.cold, account, slot).?, value));
    }

    /// Checks the whole layer: both tables, and that each account counts its slots.
    pub fn checkInvariant(self: *const Layer) void {
        self.accounts.checkInvariant(&self.hasher);
        self.slots.checkInvariant(&self.hasher);
        assert(self.references > 0);
        assert(if (self.below) |below| self.level == below.level + 1 else self.level == 0);
        var slots: u64 = 0;
        var numbers = self.accounts.index.iterate();
        while (numbers.next()) |number| {
            const entry = self.accounts.at(number);
            assert(entry.incarnation <= self.last_incarnation);
            assert(entry.state.known & Known.code_hash != 0 or entry.code == codes.no_code);
            slots += entry.slots;
        }
        assert(slots == self.slots.count());
        var owned = self.slots.index.iterate();
        while (owned.next()) |number| {
            const owner = self.slots.owners.at(number);
            assert(owner.tag <= self.last_incarnation);
            assert(self.accounts.at(owner.account).slots > 0);
        }
        var changes = self.undoes(0);
        while (changes.next()) |_| {}
        assert(changes.end == 0);
    }

    fn pushState(self: *Layer, number: u32, entry: *const AccountWrite) void {
        self.push(.account_state, number, &([1]u32{entry.incarnation} ++ stateWord(entry)));
    }

    /// Iterates over what undoing everything after `length` words would change, newest first.
    pub fn undoes(self: *const Layer, length: u32) journals.Undoes {
        return .{
            .journal = self.journal.items,
            .accounts = &self.accounts,
            .slots = &self.slots,
            .length = length,
            .end = self.journal.items.len,
        };
    }

    /// Undoes everything that was recorded after `length` words, newest first.
    pub fn undoTo(self: *Layer, length: u32) void {
        assert(length <= self.journal.items.len);
        while (self.journal.items.len > length) {
            const tail: Tail = @bitCast(self.journal.pop().?);
            switch (tail.kind) {
                .slot_added => self.undoSlotAdded(tail.number),
                .slot_changed => {
                    self.slots.owners.at(tail.number).tag = self.journal.pop().?;
                    self.slots.pairs.at(tail.number).value = self.popWords(8);
                },
                .account_added => self.undoAccountAdded(tail.number),
                .account_state => {
                    const entry = self.accounts.at(tail.number);
                    entry.state = self.popState();
                    entry.incarnation = self.journal.pop().?;
                },
                .account_deleted => {
                    const entry = self.accounts.at(tail.number);
                    entry.state = self.popState();
                    entry.incarnation = self.journal.pop().?;
                    entry.nonce = self.popWords(2);
                    entry.balance = self.popWords(8);
                    self.restoreCode(entry);
                },
                .balance => {
                    const entry = self.accounts.at(tail.number);
                    entry.state = self.popState();
                    entry.balance = self.popWords(8);
                },
                .nonce => {
                    const entry = self.accounts.at(tail.number);
                    entry.state = self.popState();
                    entry.nonce = self.popWords(2);
                },
                .code => {
                    const entry = self.accounts.at(tail.number);
                    entry.state = self.popState();
                    self.restoreCode(entry);
                },
            }
        }
        // A position is never inside an undo record.
        assert(self.journal.items.len == length);
        assert(length > 0 or self.undo_codes.items.len == 0);
    }

    fn undoSlotAdded(self: *Layer, number: u32) void {
        const account = self.slots.owners.at(number).account;
        self.slots.remove(self.hasher.slot(account, &self.slots.pairs.at(number).slot), number);
        assert(self.accounts.at(account).slots > 0);
        self.accounts.at(account).slots -= 1;
    }

    fn undoAccountAdded(self: *Layer, number: u32) void {
        const entry = self.accounts.at(number);
        // Later undo records were applied before it.
        assert(entry.slots == 0);
        self.store.release(entry.code);
        self.accounts.remove(self.hasher.address(&entry.address), number);
        self.last = none;
    }

    fn restoreCode(self: *Layer, entry: *AccountWrite) void {
        assert(self.undo_codes.items.len > 0);
        self.store.release(entry.code);
        entry.code = self.undo_codes.pop().?;
    }

    fn popState(self: *Layer) AccountWrite.State {
        return @bitCast(self.journal.pop().?);
    }

    fn popWords(self: *Layer, comptime count: usize) [count * 4]u8 {
        assert(self.journal.items.len >= count);
        const start = self.journal.items.len - count;
        defer self.journal.shrinkRetainingCapacity(start);
        return std.mem.sliceAsBytes(self.journal.items[start..])[0 .. count * 4].*;
    }

    /// Drops the journal: earlier writes can no longer be undone.
    pub fn forget(self: *Layer) void {
        for (self.undo_codes.items) |code| self.store.release(code);
        self.undo_codes.clearRetainingCapacity();
        self.journal.clearRetainingCapacity();
    }

    // Copies, and one layer merged into another where nothing is to be undone.

    /// Makes an unshared copy over the same layer below, including the journal.
    pub fn clone(self: *const Layer) Allocator.Error!*Layer {
        const gpa = self.gpa;
        const copy = try Layer.create(gpa, self.hasher, self.store, self.owner);
        errdefer copy.destroy();
        copy.last_incarnation = self.last_incarnation;
        copy.hidden_slots = self.hidden_slots;
        copy.slots = try self.slots.clone(gpa);
        try copy.journal.appendSlice(gpa, self.journal.items);
        try copy.undo_codes.ensureUnusedCapacity(gpa, self.undo_codes.items.len);
        copy.accounts = try self.accounts.clone(gpa);
        var numbers = copy.accounts.index.iterate();
        while (numbers.next()) |number| self.store.retain(copy.accounts.at(number).code);
        copy.undo_codes.appendSliceAssumeCapacity(self.undo_codes.items);
        for (copy.undo_codes.items) |code| self.store.retain(code);
        if (self.below) |below| copy.putOver(below);
        assert(copy.level == self.level and copy.journal.items.len == self.journal.items.len);
        assert(copy.accounts.count() == self.accounts.count());
        return copy;
    }

    /// Writes everything of `upper` into this layer, so that it alone reads as both did. On failure
    /// only a part was written, which no reader sees while `upper` is still above.
    pub fn absorb(self: *Layer, upper: *const Layer) WriteError!void {
        // These writes cannot be undone.
        assert(self.journal.items.len == 0 and self != upper);
        var numbers = upper.accounts.index.iterate();
        while (numbers.next()) |number| try self.absorbAccount(upper.accounts.at(number));
        var slots = upper.slots.index.iterate();
        while (slots.next()) |number| {
            const owner = upper.slots.owners.at(number);
            const from = upper.accounts.at(owner.account);
            if (owner.tag != from.incarnation) continue;
            const pair = upper.slots.pairs.at(number);
            try self.setStorage(&from.address, &pair.slot, &pair.value, .final);
        }
    }

    fn absorbAccount(self: *Layer, from: *const AccountWrite) WriteError!void {
        if (self.last_incarnation == std.math.maxInt(u32)) return error.LimitExceeded;
        const touched = try self.touch(&from.address, .final);
        const entry = self.accounts.at(touched.number);
        if (from.incarnation != 0) self.hideSlots(entry);
        if (from.state.hides) {
            self.store.release(entry.code);
            entry.hideBelow();
        }
        if (from.state.known & Known.balance != 0) entry.balance = from.balance;
        if (from.state.known & Known.nonce != 0) entry.nonce = from.nonce;
        if (from.state.known & Known.code_hash != 0) {
            self.store.retain(from.code);
            self.store.release(entry.code);
            entry.code = from.code;
        }
        entry.state.known |= from.state.known;
        if (from.state.presence != .inherited) entry.state.presence = from.state.presence;
        if (checks.enabled) self.checkWritten(&from.address, touched.number);
    }
};

fn stateWord(entry: *const AccountWrite) [1]u32 {
    return .{@bitCast(entry.state)};
}

fn words(comptime count: usize, value: *const [count * 4]u8) [count]u32 {
    return @bitCast(value.*);
}

test "undoing every kind of change leaves nothing written" {
    const layer = try testLayer();
    defer layer.release();
    const address: abi.Address = @splat(1);
    const word = testSlot(7);
    try layer.setCode(&address, "code", .journaled);
    try layer.setBalance(&address, &word, .journaled);
    try layer.setNonce(&address, &@splat(1), .journaled);
    try layer.setStorage(&address, &word, &word, .journaled);
    try layer.setStorage(&address, &word, &testSlot(8), .journaled);
    try layer.clearStorage(&address, .journaled);
    try layer.setStorage(&address, &word, &testSlot(9), .journaled);
    try layer.deleteAccount(&address, .journaled);
    try layer.setCode(&address, "other", .journaled);
    layer.undoTo(0);
    try std.testing.expect(layer.isEmpty());
    try std.testing.expectEqual(@as(u32, 0), layer.slots.count());
    try std.testing.expectEqual(@as(u32, 0), layer.store.index.count);
    try std.testing.expectEqual(@as(usize, 0), layer.journalBytes());
}

fn testLayer() !*Layer {
    const store = try CodeStore.create(std.testing.allocator, .init(1));
    return Layer.create(std.testing.allocator, .init(1), store, 1);
}

fn testSlot(number: usize) abi.Word {
    var slot: abi.Word = @splat(0);
    std.mem.writeInt(u64, slot[24..32], number, .big);
    return slot;
}

test "an account that was found last and undone is not found, nor is its number mistaken" {
    const layer = try testLayer();
    defer layer.release();
    const first: abi.Address = @splat(1);
    const second: abi.Address = @splat(2);
    const slot = testSlot(1);
    try layer.setStorage(&first, &slot, &testSlot(2), .journaled);
    try std.testing.expect(layer.findLast(&first) != null);
    try std.testing.expectEqual(null, layer.findLast(&second));
    layer.undoTo(0);
    try std.testing.expectEqual(null, layer.findLast(&first));
    try layer.setStorage(&second, &slot, &testSlot(3), .journaled);
    try std.testing.expectEqual(null, layer.find(layer.hasher.address(&first), &first));
    const number = layer.findLast(&second).?;
    try std.testing.expectEqual(testSlot(3), layer.slotValue(.hot, number, &slot).?.*);
}

test "slots that a clear hid are freed where nothing can be undone, and kept where it can" {
    const count = 4 * few_hidden_slots;
    for ([_]Layer.Journaling{ .final, .journaled }) |journaling| {
        const layer = try testLayer();
        defer layer.release();
        const address: abi.Address = @splat(1);
        const other: abi.Address = @splat(2);
        for (0..5) |round| {
            for (0..count) |number| {
                const slot = testSlot(round * count + number);
                try layer.setStorage(&address, &slot, &slot, journaling);
            }
            try layer.clearStorage(&address, journaling);
            try layer.setStorage(&other, &testSlot(round), &testSlot(1), journaling);
        }
        const kept: u32 = if (journaling == .final) 2 * count else 5 * count;
        try std.testing.expect(layer.slots.count() <= kept + 5);
        const hashed = layer.hasher.address(&address);
        const number = layer.find(hashed, &address).?;
        for (0..5 * count) |slot| {
            const value = layer.slotValue(.cold, number, &testSlot(slot)).?;
            try std.testing.expect(hash.isZero(value));
        }
        const beside = layer.find(layer.hasher.address(&other), &other).?;
        for (0..5) |slot| {
            const value = layer.slotValue(.cold, beside, &testSlot(slot)).?;
            try std.testing.expectEqual(testSlot(1), value.*);
        }
        if (journaling == .journaled) {
            layer.undoTo(0);
            try std.testing.expect(layer.isEmpty());
        }
    }
}
