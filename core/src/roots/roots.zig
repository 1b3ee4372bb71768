//! `roots/` computes roots and proofs after local writes, and witnesses. This module computes the
//! roots of a manager's state: it applies the accounts and slots that changed since the last root
//! to that root.
//!
//! A root is computed from trie nodes alone. Unrevealed ones are requested from the chain: the
//! proof of each changed key that is unknown, and the remaining child of a branch in which a
//! deletion leaves only one. Without them there is no root; nothing is guessed. Without changes it
//! is the root of the block.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const AccountView = @import("../manager/account_view.zig").AccountView;
const Dirty = @import("../manager/dirty.zig").Dirty;
const Layer = @import("../manager/layer.zig").Layer;
const Manager = @import("../manager/manager.zig").Manager;
const NodeRequests = @import("node_requests.zig").NodeRequests;
const RequestId = @import("../fork/fork.zig").RequestId;
const StateTrie = @import("../fork/state_trie.zig").StateTrie;
const Tracker = @import("../manager/tracker.zig").Tracker;
const Gpa = @import("../tables/heap.zig").Gpa;
const assert = @import("../tables/assert.zig").assert;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

pub const Error = Allocator.Error ||
    error{ RpcPending, QueueFull, ProofInvalid, NoStateRoot };

/// The root of the state trie.
pub noinline fn stateRoot(manager: *Manager, out: RequestId) Error!abi.Word {
    const tracker = try trackerOf(manager);
    if (tracker.top.isEmpty()) return tracker.last.root;
    var requests: NodeRequests = .init(manager.fork, out);
    var run: Run = .init(manager, tracker, &requests);
    defer run.deinit();
    const root = try run.stateRoot();
    assert(requests.count == 0);
    tracker.settle(&root);
    tracker.state.collect();
    assert(tracker.top.isEmpty());
    return root;
}

/// The root of an account's storage trie; the empty root for an absent account.
pub fn storageRoot(manager: *Manager, address: *const abi.Address, out: RequestId) Error!abi.Word {
    var requests: NodeRequests = .init(manager.fork, out);
    var run: Run = .init(manager, try trackerOf(manager), &requests);
    defer run.deinit();
    const leaf = try run.leafOf(address);
    try requests.expectNone();
    return if (leaf) |account| account.storage_root else hash.empty_root;
}

/// Appends the proof of an account under the state root, or of a slot under its storage root.
pub fn prove(
    manager: *Manager,
    address: *const abi.Address,
    slot: ?*const abi.Word,
    list: *List(u8),
    out: RequestId,
) Error!void {
    var root = try stateRoot(manager, out);
    const state = manager.tracker.?.state;
    var requests: NodeRequests = .init(manager.fork, out);
    var key = hash.keccak256(address);
    var is_known = true;
    if (slot) |wanted| {
        switch (state.leaf(&root, &key) catch |failure| return errorOf(failure)) {
            .absent => return,
            .missing => is_known = false,
            .account => |account| {
                root = account.storage_root;
                key = hash.keccak256(wanted);
            },
        }
    }
    if (is_known) {
        const lack = trie.prove(&state.store, &root, &key, list) catch |failure|
            return errorOf(failure);
        if (lack == null) return;
    }
    if (slot) |wanted| try requests.askSlot(address, wanted) else try requests.askAccount(address);
    return requests.expectNone();
}

pub fn errorOf(failure: error{ OutOfMemory, InvalidTrie }) Error {
    return switch (failure) {
        error.OutOfMemory => error.OutOfMemory,
        error.InvalidTrie => error.ProofInvalid,
    };
}

/// The manager's tracker, after moving all its marks to one set.
noinline fn trackerOf(manager: *Manager) Error!*Tracker {
    const tracker = manager.tracker orelse try startTracker(manager);
    const root = tracker.state.root orelse return error.NoStateRoot;
    tracker.catchUp();
    try tracker.flatten();
    assert(tracker.top.below == null and tracker.last.drops == tracker.state.drops);
    if (!tracker.top.lost) return tracker;
    tracker.last.root = root;
    markAll(tracker.top, manager);
    return if (tracker.top.lost) error.OutOfMemory else tracker;
}

fn startTracker(manager: *Manager) Error!*Tracker {
    const state = if (manager.fork) |fork|
        fork.state.retain()
    else
        try emptyState(manager);
    defer state.release();
    const root = state.root orelse return error.NoStateRoot;
    assert(manager.tracker == null);
    manager.tracker = try Tracker.create(manager.gpa, manager.hasher, state, &root);
    return manager.tracker.?;
}

fn emptyState(manager: *const Manager) Allocator.Error!*StateTrie {
    const max_bytes = abi.default_trie_node_bytes;
    return StateTrie.create(manager.gpa, manager.hasher, max_bytes, hash.empty_root);
}

/// Marks everything in the overlay.
fn markAll(set: *Dirty, manager: *const Manager) void {
    set.forget();
    var next: ?*const Layer = manager.layers.top;
    while (next) |layer| : (next = layer.below) {
        var numbers = layer.accounts.index.iterate();
        while (numbers.next()) |number| set.markStorage(&layer.accounts.at(number).address, .whole);
    }
}

/// One computation.
const Run = struct {
    gpa: Gpa,
    manager: *Manager,
    tracker: *Tracker,
    state: *StateTrie,
    /// The root of the block.
    base: abi.Word,
    set: *Dirty,
    requests: *NodeRequests,
    /// The slots of all accounts of `set`, grouped by account.
    slots: []abi.Word = &.{},
    /// Where the slots of an account begin, by its number. The last entry is the end of all.
    starts: []u32 = &.{},
    /// The accounts of `set`, the new contents of the leaf of each, and the change to it.
    numbers: List(u32) = .empty,
    leaves: List([trie.rlp.max_account_bytes]u8) = .empty,
    account_changes: List(trie.Change) = .empty,
    /// The changes of the slots of one account.
    changes: List(trie.Change) = .empty,
    /// Room for the values of `changes`.
    values: List([33]u8) = .empty,
    missing: List(trie.Missing) = .empty,

    /// Holds the nodes until `deinit`.
    fn init(manager: *Manager, tracker: *Tracker, requests: *NodeRequests) Run {
        tracker.state.store.hold();
        return .{
            .gpa = manager.gpa,
            .manager = manager,
            .tracker = tracker,
            .state = tracker.state,
            .base = tracker.state.root.?,
            .set = tracker.top,
            .requests = requests,
        };
    }

    noinline fn deinit(self: *Run) void {
        self.state.store.letGo();
        self.gpa.free(self.slots);
        self.gpa.free(self.starts);
        self.numbers.deinit(self.gpa);
        self.leaves.deinit(self.gpa);
        self.account_changes.deinit(self.gpa);
        self.changes.deinit(self.gpa);
        self.values.deinit(self.gpa);
        self.missing.deinit(self.state.store.gpa);
    }

    // Which slots.

    /// Groups the slots to check by account, with a counting sort.
    noinline fn gather(self: *Run) Allocator.Error!void {
        const accounts = self.set.accounts.entries.len();
        self.starts = try self.gpa.alloc(u32, accounts + 1);
        @memset(self.starts, 0);
        self.eachSlot(countSlot);
        var total: u32 = 0;
        for (self.starts) |*start| {
            total += start.*;
            start.* = total;
        }
        self.slots = try self.gpa.alloc(abi.Word, total);
        self.eachSlot(placeSlot);
        assert(self.starts[0] == 0 and self.starts[accounts] == self.slots.len);
    }

    fn countSlot(self: *Run, account: u32, _: *const abi.Word) void {
        self.starts[account] += 1;
    }

    fn placeSlot(self: *Run, account: u32, slot: *const abi.Word) void {
        assert(self.starts[account] > 0);
        self.starts[account] -= 1;
        self.slots[self.starts[account]] = slot.*;
    }

    /// Iterates over marked slots, and all slots in the overlay of accounts that are marked as a
    /// whole. The latter may come more than once.
    noinline fn eachSlot(self: *Run, visit: *const fn (*Run, u32, *const abi.Word) void) void {
        var any_whole = false;
        var accounts = self.set.accounts.index.iterate();
        while (accounts.next()) |number| {
            any_whole = any_whole or self.set.accounts.at(number).whole;
        }
        var marked = self.set.slots.index.iterate();
        while (marked.next()) |number| {
            const account = self.set.slots.owners.at(number).account;
            if (self.set.accounts.at(account).whole) continue;
            visit(self, account, &self.set.slots.pairs.at(number).slot);
        }
        if (!any_whole) return;
        var next: ?*const Layer = self.manager.layers.top;
        while (next) |layer| : (next = layer.below) {
            var slots = layer.slots.index.iterate();
            while (slots.next()) |number| {
                const owner = layer.slots.owners.at(number);
                const entry = layer.accounts.at(owner.account);
                if (owner.tag != entry.incarnation) continue;
                const hashed = self.set.hasher.address(&entry.address);
                const account = self.set.accounts.find(hashed, &entry.address) orelse continue;
                if (!self.set.accounts.at(account).whole) continue;
                visit(self, account, &layer.slots.pairs.at(number).slot);
            }
        }
    }

    fn slotsOf(self: *const Run, account: u32) []abi.Word {
        return self.slots[self.starts[account]..self.starts[account + 1]];
    }

    // The trie of accounts.

    fn stateRoot(self: *Run) Error!abi.Word {
        try self.gather();
        const count = self.set.accounts.count();
        try self.numbers.ensureUnusedCapacity(self.gpa, count);
        try self.leaves.ensureUnusedCapacity(self.gpa, count);
        try self.account_changes.ensureUnusedCapacity(self.gpa, count);

        var accounts = self.set.accounts.index.iterate();
        while (accounts.next()) |number| {
            const key = hash.keccak256(&self.set.accounts.at(number).address);
            const leaf = try self.changedLeaf(number, &key);
            const room = self.leaves.addOneAssumeCapacity();
            // A value is in the room of its account even if it is empty, so the account is known
            // from the change.
            self.account_changes.appendAssumeCapacity(.{
                .key = key,
                .value = if (leaf) |*account| trie.rlp.encodeAccount(room, account) else room[0..0],
            });
            self.numbers.appendAssumeCapacity(number);
        }
        assert(self.numbers.items.len == count and self.leaves.items.len == count);
        try self.requests.expectNone();
        const changes = self.account_changes.items;
        trie.sortChanges(changes);
        self.missing.clearRetainingCapacity();
        const store = &self.state.store;
        return trie.apply(store, &self.tracker.last.root, changes, &self.missing) catch |failure| {
            if (failure != error.MissingNode) return errorOf(@errorCast(failure));
            assert(self.missing.items.len > 0);
            for (self.missing.items) |*lack| {
                const room = roomNumber(self.leaves.items, changes[lack.change].value);
                const address = &self.set.accounts.at(self.numbers.items[room]).address;
                try self.requests.askChange(lack, address, null);
            }
            try self.requests.expectNone();
            unreachable;
        };
    }

    /// The account as it must be in the trie; null if absent. Meaningless once a request was made.
    noinline fn changedLeaf(self: *Run, number: u32, key: *const abi.Word) Error!?trie.rlp.Account {
        const asked = self.requests.count;
        const marked = self.set.accounts.at(number);
        const address = &marked.address;
        const written = self.manager.writtenAccount(address);
        const last = try self.leafAt(&self.tracker.last.root, number, key);
        if (written.presence == .deleted) return null;
        const needs_base = !written.hidden;
        const base: ?trie.rlp.Account = if (!needs_base)
            null
        else if (hash.equalWords(&self.base, &self.tracker.last.root))
            last
        else
            try self.leafAt(&self.base, number, key);
        if (self.requests.count > asked) return null;
        if (written.presence == .inherited and base == null) return null;

        const starts_empty = written.storage_cleared or base == null;
        const below = if (starts_empty) hash.empty_root else base.?.storage_root;
        const start = if (marked.rebase) below else if (last) |leaf| leaf.storage_root else below;
        var leaf: trie.rlp.Account = base orelse .{
            .nonce = @splat(0),
            .balance = hash.zero_word,
            .storage_root = hash.empty_root,
            .code_hash = hash.empty_code_hash,
        };
        const fields = &written.fields;
        if (fields.known & abi.Known.nonce != 0) leaf.nonce = fields.nonce;
        if (fields.known & abi.Known.balance != 0) leaf.balance = fields.balance;
        if (fields.known & abi.Known.code_hash != 0) leaf.code_hash = fields.code_hash;
        if (!marked.has_root) {
            marked.storage_root = try self.storageRoot(number, &start, &below) orelse return null;
            marked.has_root = true;
        }
        leaf.storage_root = marked.storage_root;
        return leaf;
    }

    /// The leaf of a marked account under a root; null if absent, or if it had to be requested.
    noinline fn leafAt(
        self: *Run,
        root: *const abi.Word,
        number: u32,
        key: *const abi.Word,
    ) Error!?trie.rlp.Account {
        switch (self.state.leaf(root, key) catch |failure| return errorOf(failure)) {
            .account => |account| return account,
            .absent => return null,
            .missing => {},
        }
        // One answer contains the account and its slots.
        const address = &self.set.accounts.at(number).address;
        try self.requests.askAccount(address);
        for (self.slotsOf(number)) |*slot| try self.requests.askSlot(address, slot);
        return null;
    }

    /// The leaf of any account, marked or not.
    noinline fn leafOf(self: *Run, address: *const abi.Address) Error!?trie.rlp.Account {
        try self.gather();
        const key = hash.keccak256(address);
        const hashed = self.set.hasher.address(address);
        if (self.set.accounts.find(hashed, address)) |number| return self.changedLeaf(number, &key);
        const root = &self.tracker.last.root;
        switch (self.state.leaf(root, &key) catch |failure| return errorOf(failure)) {
            .account => |account| return account,
            .absent => return null,
            .missing => try self.requests.askAccount(address),
        }
        return null;
    }

    // Tries of storage.

    /// The root of `start` with the account's slots changed; null if nodes had to be requested.
    /// `below` is the inherited root.
    noinline fn storageRoot(
        self: *Run,
        number: u32,
        start: *const abi.Word,
        below: *const abi.Word,
    ) Error!?abi.Word {
        const slots = self.slotsOf(number);
        if (slots.len == 0) return start.*;
        const asked = self.requests.count;
        const address = &self.set.accounts.at(number).address;
        self.changes.clearRetainingCapacity();
        self.values.clearRetainingCapacity();
        try self.changes.ensureUnusedCapacity(self.gpa, slots.len);
        try self.values.ensureUnusedCapacity(self.gpa, slots.len);
        for (slots) |*slot| {
            const key = hash.keccak256(slot);
            const value = self.manager.writtenSlot(address, slot) orelse
                try self.inheritedSlot(address, slot, &key, below) orelse hash.zero_word;
            // Every slot has a room, so the slot is known from the change.
            const room = self.values.addOneAssumeCapacity();
            if (hash.isZero(&value) and try self.isZeroAt(start, &key)) continue;
            const encoded = trie.rlp.encodeWord(room, &value);
            self.changes.appendAssumeCapacity(.{ .key = key, .value = room[0..encoded.len] });
        }
        if (self.requests.count > asked) return null;
        trie.sortChanges(self.changes.items);
        self.changes.items.len = withoutTwins(self.changes.items);
        self.missing.clearRetainingCapacity();
        const store = &self.state.store;
        return trie.apply(store, start, self.changes.items, &self.missing) catch |failure| {
            if (failure != error.MissingNode) return errorOf(@errorCast(failure));
            assert(self.missing.items.len > 0);
            for (self.missing.items) |*lack| {
                const value = self.changes.items[lack.change].value;
                const slot = &slots[roomNumber(self.values.items, value)];
                try self.requests.askChange(lack, address, slot);
            }
            return null;
        };
    }

    /// Whether a zero needs no change. A leaf that holds zero, which exists on some chains, stays.
    fn isZeroAt(self: *Run, root: *const abi.Word, key: *const abi.Word) Error!bool {
        const value = self.state.value(root, key) catch |failure| return errorOf(failure);
        return value == .word and hash.isZero(&value.word);
    }

    /// The value of a slot whose write was undone; null if it had to be requested.
    noinline fn inheritedSlot(
        self: *Run,
        address: *const abi.Address,
        slot: *const abi.Word,
        key: *const abi.Word,
        below: *const abi.Word,
    ) Error!?abi.Word {
        switch (self.state.value(below, key) catch |failure| return errorOf(failure)) {
            .word => |word| return word,
            .missing => try self.requests.askSlot(address, slot),
        }
        return null;
    }
};

/// The index of the room that a value is in. The value may be empty.
fn roomNumber(rooms: anytype, value: []const u8) usize {
    assert(@intFromPtr(value.ptr) >= @intFromPtr(rooms.ptr));
    const number = (@intFromPtr(value.ptr) - @intFromPtr(rooms.ptr)) / @sizeOf(@TypeOf(rooms[0]));
    assert(number < rooms.len);
    return number;
}

/// Keeps only one of several adjacent changes of the same key. Returns how many changes are left.
fn withoutTwins(changes: []trie.Change) usize {
    var kept: usize = 0;
    for (changes) |*change| {
        if (kept > 0 and hash.equalWords(&changes[kept - 1].key, &change.key)) continue;
        changes[kept] = change.*;
        kept += 1;
    }
    assert(kept <= changes.len and (kept == 0) == (changes.len == 0));
    return kept;
}
