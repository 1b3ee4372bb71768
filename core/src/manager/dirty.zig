//! Keys whose values may differ from those in the trie of the last root.
//!
//! Marking never fails: if memory is short, or more keys are marked than is worth keeping, the set
//! is *lost*, which means that any key may differ. The sets of a manager form a chain like its
//! layers: a branch shares the marks that were made before it.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const tables = @import("../tables/tables.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Allocator = std.mem.Allocator;

pub const Dirty = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    references: u32 = 1,
    below: ?*Dirty = null,
    depth: u32 = 0,
    accounts: tables.AddressTable(Account) = .empty,
    /// Only the keys are used; the value of each slot has no meaning.
    slots: tables.SlotTable = .empty,
    lost: bool = false,

    pub const Account = struct {
        address: abi.Address,
        /// The number of marked slots of this account.
        slots: u32 = 0,
        /// The storage trie is not computed from that of the last root, but from that of the block,
        /// or from an empty trie if storage was cleared.
        rebase: bool = false,
        /// All slots of the account in the overlay count as marked.
        whole: bool = false,
        /// `storage_root` is the root with the marked slots applied.
        has_root: bool = false,
        storage_root: abi.Word = undefined,
    };

    pub fn create(gpa: Gpa, hasher: hash.Hasher, below: ?*Dirty) Allocator.Error!*Dirty {
        const self = try gpa.create(Dirty);
        self.* = .{
            .gpa = gpa,
            .hasher = hasher,
            .below = if (below) |set| set.retain() else null,
            .depth = if (below) |set| set.depth + 1 else 0,
        };
        return self;
    }

    pub fn retain(self: *Dirty) *Dirty {
        assert(self.references > 0);
        self.references += 1;
        return self;
    }

    pub noinline fn release(self: *Dirty) void {
        var next: ?*Dirty = self;
        while (next) |set| {
            assert(set.references > 0);
            set.references -= 1;
            if (set.references > 0) return;
            next = set.below;
            set.forget();
            set.gpa.destroy(set);
        }
    }

    pub fn isEmpty(self: *const Dirty) bool {
        return self.accounts.count() == 0 and !self.lost;
    }

    pub fn count(self: *const Dirty) u32 {
        return self.accounts.count() + self.slots.count();
    }

    /// Removes all marks.
    pub noinline fn forget(self: *Dirty) void {
        self.accounts.deinit(self.gpa);
        self.slots.deinit(self.gpa);
        self.accounts = .empty;
        self.slots = .empty;
        self.lost = false;
        assert(self.isEmpty() and self.slots.count() == 0);
    }

    /// Loses the set: any key may differ.
    pub fn lose(self: *Dirty) void {
        self.forget();
        self.lost = true;
        assert(self.count() == 0);
    }

    // Marks.

    pub noinline fn markAccount(self: *Dirty, address: *const abi.Address) void {
        if (self.lost) return;
        _ = self.account(address) catch return self.lose();
    }

    pub noinline fn markSlot(
        self: *Dirty,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) void {
        if (self.lost) return;
        self.addSlot(address, slot) catch return self.lose();
    }

    pub const Extent = enum {
        /// Slots that count were, or will be, marked individually.
        marked,
        /// Slots of the overlay that were not marked count again.
        whole,
    };

    pub noinline fn markStorage(self: *Dirty, address: *const abi.Address, extent: Extent) void {
        if (self.lost) return;
        const entry = self.account(address) catch return self.lose();
        entry.rebase = true;
        entry.has_root = false;
        entry.whole = entry.whole or extent == .whole;
        assert(hash.equalAddresses(&entry.address, address));
    }

    noinline fn account(self: *Dirty, address: *const abi.Address) tables.RoomError!*Account {
        assert(!self.lost);
        const hashed = self.hasher.address(address);
        if (self.accounts.find(hashed, address)) |number| return self.accounts.at(number);
        try self.accounts.ensureRoom(self.gpa);
        return self.accounts.at(self.accounts.add(hashed, .{ .address = address.* }));
    }

    noinline fn addSlot(
        self: *Dirty,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) tables.RoomError!void {
        const entry = try self.account(address);
        entry.has_root = false;
        const owner = self.accounts.find(self.hasher.address(address), address).?;
        const hashed = self.hasher.slot(owner, slot);
        if (self.slots.find(hashed, owner, slot) != null) return;
        try self.slots.ensureRoom(self.gpa);
        _ = self.slots.add(hashed, .{ .account = owner, .tag = 0 }, slot, slot);
        entry.slots += 1;
        assert(entry.slots <= self.slots.count() and !entry.has_root);
    }

    // Chains.

    /// Adds all marks of `other` and the sets below it.
    pub fn absorb(self: *Dirty, other: *const Dirty) void {
        var next: ?*const Dirty = other;
        while (next) |set| : (next = set.below) {
            if (self.lost) return;
            if (set.lost) return self.lose();
            var numbers = set.accounts.index.iterate();
            while (numbers.next()) |number| {
                const from = set.accounts.at(number);
                const entry = self.account(&from.address) catch return self.lose();
                entry.rebase = entry.rebase or from.rebase;
                entry.whole = entry.whole or from.whole;
            }
            var slots = set.slots.index.iterate();
            while (slots.next()) |number| {
                const owner = set.accounts.at(set.slots.owners.at(number).account);
                self.addSlot(&owner.address, &set.slots.pairs.at(number).slot) catch
                    return self.lose();
            }
        }
    }

    /// Checks the whole set: both tables, and that each account counts its marked slots.
    pub fn checkInvariant(self: *const Dirty) void {
        self.accounts.checkInvariant(&self.hasher);
        self.slots.checkInvariant(&self.hasher);
        assert(!self.lost or self.count() == 0);
        assert(if (self.below) |below| self.depth > below.depth else self.depth == 0);
        var slots: u64 = 0;
        var numbers = self.accounts.index.iterate();
        while (numbers.next()) |number| slots += self.accounts.at(number).slots;
        assert(slots == self.slots.count());
    }

    /// Makes the storage roots be computed again.
    pub fn forgetRoots(self: *Dirty) void {
        var numbers = self.accounts.index.iterate();
        while (numbers.next()) |number| self.accounts.at(number).has_root = false;
    }
};
