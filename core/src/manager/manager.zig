//! `manager/` holds local writes, and the undo records of them. This module is one state manager: a
//! chain of layers of local writes over an optional fork.
//!
//! Reads look in the layers from the top down, then in the fork's base, and otherwise miss. Without
//! a fork, accounts that were not written are absent, and slots zero. Writes go to the top layer.
//! Checkpoints and snapshots are positions in the journals: the level of a layer and the length of
//! its journal.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const base = @import("../fork/base.zig");
const codes = @import("codes.zig");
const AccountView = @import("account_view.zig").AccountView;
const AccountWrite = @import("account_write.zig").AccountWrite;
const Fork = @import("../fork/fork.zig").Fork;
const MissError = @import("../fork/fork.zig").MissError;
const RequestId = @import("../fork/fork.zig").RequestId;
const Layer = @import("layer.zig").Layer;
const LayerStack = @import("layer_stack.zig").LayerStack;
const Position = @import("layer_stack.zig").Position;
const Tracker = @import("tracker.zig").Tracker;
const heap = @import("../tables/heap.zig");
const Gpa = heap.Gpa;
const assert = @import("../tables/assert.zig").assert;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const Known = abi.Known;

pub const WriteError = @import("layer.zig").WriteError;
pub const MarkError = Allocator.Error || error{ LimitExceeded, NoCheckpoint, InvalidSnapshot };
pub const CodeError = MissError || error{InvalidInput};

const no_mark = std.math.maxInt(u32);

/// An open checkpoint. Each mark is linked to the enclosing one, so a snapshot can restore marks
/// that were committed after it.
const Mark = struct {
    around: u32,
    depth: u32,
    position: Position,
    /// Snapshots from this id on were taken inside the checkpoint.
    first_snapshot: u32,
};

const Snapshot = struct { id: u32, mark: u32, marks: u32, position: Position };

pub const Manager = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    /// Unique among managers, and random among processes; the high half of snapshot ids.
    tag: u32,
    layers: LayerStack,
    fork: ?*Fork,
    mark: u32 = no_mark,
    marks: List(Mark) = .empty,
    snapshots: List(Snapshot) = .empty,
    last_snapshot: u32 = 0,
    overlay_hits: u64 = 0,
    /// What roots are computed from, once a root was requested.
    tracker: ?*Tracker = null,
    /// The witness that was collected last, empty until then.
    witness: List(u8) = .empty,

    /// Creates a manager over an empty state, or over `fork`, whose hash seed it then shares.
    pub fn create(gpa: Gpa, tag: u32, seed: u64, fork: ?*Fork) Allocator.Error!*Manager {
        const hasher: hash.Hasher = if (fork) |shared| shared.base.hasher else .init(seed);
        const self = try gpa.create(Manager);
        errdefer gpa.destroy(self);
        const store = try codes.CodeStore.create(gpa, hasher);
        store.hold();
        defer store.drop();
        self.* = .{
            .gpa = gpa,
            .hasher = hasher,
            .tag = tag,
            .layers = try .init(gpa, hasher, store, null, tag),
            .fork = if (fork) |shared| shared.retain() else null,
        };
        return self;
    }

    pub fn destroy(self: *Manager) void {
        if (self.tracker) |tracker| tracker.destroy();
        self.witness.deinit(self.gpa);
        self.layers.deinit();
        self.marks.deinit(self.gpa);
        self.snapshots.deinit(self.gpa);
        if (self.fork) |fork| fork.release();
        self.gpa.destroy(self);
    }

    // Reads.

    const Written = union(enum) { entry: *const AccountWrite, hidden, inherited };

    /// Which layer decides a field of an account.
    inline fn written(
        self: *Manager,
        hashed: u32,
        address: *const abi.Address,
        comptime field: u8,
    ) Written {
        var next: ?*Layer = self.layers.top;
        while (next) |layer| : (next = layer.below) {
            const entry = layer.accounts.at(layer.find(hashed, address) orelse continue);
            if (entry.state.known & field == 0 and !entry.state.hides) continue;
            self.overlay_hits += 1;
            return if (entry.state.known & field != 0) .{ .entry = entry } else .hidden;
        }
        return .inherited;
    }

    pub fn balance(
        self: *Manager,
        address: *const abi.Address,
        out: RequestId,
    ) MissError!*const abi.Word {
        const hashed = self.hasher.address(address);
        return switch (self.written(hashed, address, Known.balance)) {
            .entry => |entry| &entry.balance,
            .hidden => &hash.zero_word,
            .inherited => if (self.fork) |fork|
                &(try fork.account(hashed, address, Known.balance, out)).balance
            else
                &hash.zero_word,
        };
    }

    pub fn nonce(
        self: *Manager,
        address: *const abi.Address,
        out: RequestId,
    ) MissError!*const abi.Nonce {
        const hashed = self.hasher.address(address);
        return switch (self.written(hashed, address, Known.nonce)) {
            .entry => |entry| &entry.nonce,
            .hidden => hash.zero_word[0..8],
            .inherited => if (self.fork) |fork|
                &(try fork.account(hashed, address, Known.nonce, out)).nonce
            else
                hash.zero_word[0..8],
        };
    }

    pub fn codeHash(
        self: *Manager,
        address: *const abi.Address,
        out: RequestId,
    ) MissError!*const abi.Word {
        const hashed = self.hasher.address(address);
        return switch (self.written(hashed, address, Known.code_hash)) {
            .entry => |entry| self.layers.top.store.hashOf(entry.code),
            .hidden => &hash.empty_code_hash,
            .inherited => if (self.fork) |fork|
                &(try fork.account(hashed, address, Known.code_hash, out)).code_hash
            else
                &hash.empty_code_hash,
        };
    }

    pub fn storage(
        self: *Manager,
        address: *const abi.Address,
        slot: *const abi.Word,
        out: RequestId,
    ) MissError!*const abi.Word {
        // In WebAssembly, the comparison costs as much as it saves.
        if (!heap.is_wasm) {
            if (self.layers.top.findLast(address)) |number| {
                if (self.layers.top.slotValue(.hot, number, slot)) |value| {
                    self.overlay_hits += 1;
                    return value;
                }
            }
        }
        const hashed = self.hasher.addressAs(.hot, address);
        var next: ?*Layer = self.layers.top;
        while (next) |layer| : (next = layer.below) {
            const number = layer.accounts.findAs(.hot, hashed, address) orelse continue;
            if (!heap.is_wasm) layer.last = number;
            if (layer.slotValue(.hot, number, slot)) |value| {
                self.overlay_hits += 1;
                return value;
            }
        }
        const fork = self.fork orelse return &hash.zero_word;
        return fork.slot(hashed, address, slot, out);
    }

    /// The value of a slot in the layers; null if it is inherited from the base.
    pub fn writtenSlot(
        self: *const Manager,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) ?abi.Word {
        const hashed = self.hasher.address(address);
        var next: ?*Layer = self.layers.top;
        while (next) |layer| : (next = layer.below) {
            const number = layer.find(hashed, address) orelse continue;
            if (layer.slotValue(.cold, number, slot)) |value| return value.*;
        }
        return null;
    }

    /// The code of an account. The bytes stay valid until the next call.
    pub fn code(self: *Manager, address: *const abi.Address, out: RequestId) CodeError![]const u8 {
        return self.codeByHash(address, try self.codeHash(address, out), out);
    }

    /// The code with a hash. `address` is the account whose code a request asks for. Without a fork
    /// an unknown hash is invalid input.
    pub fn codeByHash(
        self: *Manager,
        address: *const abi.Address,
        code_hash: *const abi.Word,
        out: RequestId,
    ) CodeError![]const u8 {
        if (hash.equalWords(code_hash, &hash.empty_code_hash)) return "";
        if (self.layers.top.store.find(code_hash)) |number| {
            self.overlay_hits += 1;
            return self.layers.top.store.bytesOf(number);
        }
        const fork = self.fork orelse return error.InvalidInput;
        return fork.code(address, code_hash, out);
    }

    /// Looks an account up in the layers.
    pub noinline fn writtenAccount(self: *const Manager, address: *const abi.Address) AccountView {
        const hashed = self.hasher.address(address);
        var view: AccountView = .{};
        var next: ?*Layer = self.layers.top;
        while (next) |layer| : (next = layer.below) {
            const number = layer.find(hashed, address) orelse continue;
            view.inherit(layer, layer.accounts.at(number));
        }
        return view;
    }

    /// Reads all of an account at once. Known fields are written even if others are pending.
    pub fn account(
        self: *Manager,
        address: *const abi.Address,
        fields: *abi.AccountFields,
        out: RequestId,
    ) MissError!void {
        var view = self.writtenAccount(address);
        if (view.isComplete()) return view.write(fields);
        const fork = self.fork orelse {
            view.fill(&base.absent_account);
            return view.write(fields);
        };
        const hashed = self.hasher.address(address);
        if (fork.base.account(hashed, address, 0)) |partial| {
            view.fill(partial);
            if (partial.known & Known.readable == Known.readable) {
                fork.hits += 1;
                return view.write(fields);
            }
        }
        const outcome = fork.accountElsewhere(hashed, address, Known.readable, out);
        if (outcome) |fact| view.fill(fact) else |_| {}
        view.write(fields);
        _ = try outcome;
    }

    // Writes.

    pub fn journaling(self: *const Manager) Layer.Journaling {
        return if (self.mark == no_mark and self.snapshots.items.len == 0) .final else .journaled;
    }

    pub fn setBalance(
        self: *Manager,
        address: *const abi.Address,
        value: *const abi.Word,
    ) WriteError!void {
        try self.layers.top.setBalance(address, value, self.journaling());
        if (self.tracker) |tracker| tracker.noteAccount(self.layers.top, address);
    }

    pub fn setNonce(
        self: *Manager,
        address: *const abi.Address,
        value: *const abi.Nonce,
    ) WriteError!void {
        try self.layers.top.setNonce(address, value, self.journaling());
        if (self.tracker) |tracker| tracker.noteAccount(self.layers.top, address);
    }

    pub fn setStorage(
        self: *Manager,
        address: *const abi.Address,
        slot: *const abi.Word,
        value: *const abi.Word,
    ) WriteError!void {
        try self.layers.top.setStorage(address, slot, value, self.journaling());
        if (self.tracker) |tracker| tracker.noteSlot(self.layers.top, address, slot);
    }

    pub fn setCode(
        self: *Manager,
        address: *const abi.Address,
        bytes: []const u8,
    ) WriteError!void {
        try self.layers.top.setCode(address, bytes, self.journaling());
        if (self.tracker) |tracker| tracker.noteAccount(self.layers.top, address);
    }

    pub fn deleteAccount(self: *Manager, address: *const abi.Address) WriteError!void {
        try self.layers.top.deleteAccount(address, self.journaling());
        if (self.tracker) |tracker| tracker.noteClear(self.layers.top, address);
    }

    pub fn clearStorage(self: *Manager, address: *const abi.Address) WriteError!void {
        try self.layers.top.clearStorage(address, self.journaling());
        if (self.tracker) |tracker| tracker.noteClear(self.layers.top, address);
    }

    // Checkpoints and snapshots.

    pub fn depth(self: *const Manager) u32 {
        return if (self.mark == no_mark) 0 else self.marks.items[self.mark].depth;
    }

    pub fn checkpoint(self: *Manager) MarkError!void {
        if (self.depth() >= abi.max_checkpoint_depth) return error.LimitExceeded;
        self.dropUnusedMarks();
        try self.marks.append(self.gpa, .{
            .around = self.mark,
            .depth = self.depth() + 1,
            .position = self.layers.position(),
            .first_snapshot = self.last_snapshot + 1,
        });
        self.mark = @intCast(self.marks.items.len - 1);
        assert(self.marks.items[self.mark].depth == self.depth());
        if (self.marks.items[self.mark].around != no_mark) self.checkOrder(self.mark);
    }

    pub fn commit(self: *Manager) MarkError!void {
        if (self.mark == no_mark) return error.NoCheckpoint;
        const depth_before = self.depth();
        self.mark = self.marks.items[self.mark].around;
        self.dropUnusedMarks();
        self.forgetIfFinal();
        assert(self.depth() == depth_before - 1);
    }

    pub fn revert(self: *Manager) MarkError!void {
        if (self.mark == no_mark) return error.NoCheckpoint;
        const mark = self.marks.items[self.mark];
        assert(mark.around == no_mark or mark.around < self.mark);
        try self.layers.goBack(mark.position, self.tracker);
        self.mark = mark.around;
        var count = self.snapshots.items.len;
        while (count > 0 and self.snapshots.items[count - 1].id >= mark.first_snapshot) count -= 1;
        self.snapshots.shrinkRetainingCapacity(count);
        self.dropUnusedMarks();
        self.forgetIfFinal();
        assert(self.depth() == mark.depth - 1);
    }

    /// The id of a new snapshot, unique among all managers.
    pub fn snapshot(self: *Manager) MarkError!u64 {
        if (self.snapshots.items.len >= abi.max_snapshots) return error.LimitExceeded;
        if (self.last_snapshot == std.math.maxInt(u32) - 1) return error.LimitExceeded;
        try self.snapshots.append(self.gpa, .{
            .id = self.last_snapshot + 1,
            .mark = self.mark,
            .marks = @intCast(self.marks.items.len),
            .position = self.layers.position(),
        });
        self.last_snapshot += 1;
        assert(self.snapshots.items[self.snapshots.items.len - 1].id == self.last_snapshot);
        return @as(u64, self.tag) << 32 | self.last_snapshot;
    }

    pub fn revertToSnapshot(self: *Manager, id: u64) MarkError!void {
        if (id >> 32 != self.tag) return error.InvalidSnapshot;
        const at = self.findSnapshot(@truncate(id)) orelse return error.InvalidSnapshot;
        const target = self.snapshots.items[at];
        try self.layers.goBack(target.position, self.tracker);
        self.mark = target.mark;
        self.marks.shrinkRetainingCapacity(target.marks);
        self.snapshots.shrinkRetainingCapacity(at);
        self.dropUnusedMarks();
        self.forgetIfFinal();
        assert(self.mark == target.mark);
        assert(self.snapshots.items.len == at);
    }

    fn findSnapshot(self: *const Manager, id: u32) ?usize {
        const order = struct {
            fn compare(wanted: u32, item: Snapshot) std.math.Order {
                return std.math.order(wanted, item.id);
            }
        };
        return std.sort.binarySearch(Snapshot, self.snapshots.items, id, order.compare);
    }

    /// Marks above the innermost open one are kept only while a snapshot may restore them.
    fn dropUnusedMarks(self: *Manager) void {
        const open = if (self.mark == no_mark) 0 else self.mark + 1;
        const snapshots = self.snapshots.items;
        const kept = if (snapshots.len == 0) 0 else snapshots[snapshots.len - 1].marks;
        assert(@max(open, kept) <= self.marks.items.len);
        self.marks.shrinkRetainingCapacity(@max(open, kept));
    }

    fn forgetIfFinal(self: *Manager) void {
        if (self.journaling() == .final) self.layers.forgetJournals();
    }

    /// Creates an independent manager that starts from the present state of this one.
    pub fn branch(self: *Manager, tag: u32) WriteError!*Manager {
        const frozen = try self.layers.freeze(self.journaling());
        defer if (frozen) |layer| layer.release();
        const child = try self.gpa.create(Manager);
        errdefer self.gpa.destroy(child);
        const store = self.layers.top.store;
        child.* = .{
            .gpa = self.gpa,
            .hasher = self.hasher,
            .tag = tag,
            .layers = try .init(self.gpa, self.hasher, store, frozen, tag),
            .fork = if (self.fork) |fork| fork.retain() else null,
        };
        // Without memory for a tracker, the branch starts at the root of the block.
        if (self.tracker) |tracker| child.tracker = tracker.branch() catch null;
        assert(child.layers.top.isEmpty() and child.layers.top.store == store);
        assert(child.layers.top != self.layers.top);
        return child;
    }

    /// Asserts that a mark is one deeper than the enclosing one, and not at an earlier position.
    fn checkOrder(self: *const Manager, number: u32) void {
        const mark = self.marks.items[number];
        const around = self.marks.items[mark.around];
        assert(mark.around < number and mark.depth == around.depth + 1);
        assert(!mark.position.isBefore(around.position));
        assert(mark.first_snapshot >= around.first_snapshot);
    }

    /// Checks all invariants, for tests.
    pub fn checkInvariant(self: *const Manager) void {
        self.layers.checkInvariant();
        assert(self.layers.top.owner == self.tag);
        for (self.marks.items, 0..) |mark, number| {
            if (mark.around != no_mark) self.checkOrder(@intCast(number));
            assert((mark.around == no_mark) == (mark.depth == 1));
        }
        var earlier: u32 = 0;
        for (self.snapshots.items) |taken| {
            assert(taken.id > earlier and taken.id <= self.last_snapshot);
            assert(taken.mark == no_mark or taken.mark < taken.marks);
            assert(taken.marks <= self.marks.items.len);
            earlier = taken.id;
        }
        if (self.tracker) |tracker| tracker.top.checkInvariant();
    }

    // Clearing.

    /// Drops local writes, checkpoints and snapshots, and all facts of the fork.
    pub fn clear(self: *Manager) Allocator.Error!void {
        try self.layers.clear();
        self.mark = no_mark;
        self.marks.clearAndFree(self.gpa);
        self.snapshots.clearAndFree(self.gpa);
        if (self.tracker) |tracker| tracker.destroy();
        self.tracker = null;
        if (self.fork) |fork| fork.clear();
        assert(self.depth() == 0 and self.layers.top.isEmpty());
    }

    pub fn stats(self: *const Manager) abi.ManagerStats {
        var result = std.mem.zeroes(abi.ManagerStats);
        var next: ?*Layer = self.layers.top;
        while (next) |layer| : (next = layer.below) {
            result.overlay_accounts += layer.accounts.count();
            result.overlay_slots += layer.slots.count();
            result.overlay_bytes += layer.bytes();
            result.journal_bytes += layer.journalBytes();
            result.layers += 1;
        }
        result.overlay_hits = self.overlay_hits;
        result.code_entries = self.layers.top.store.index.count;
        result.code_bytes = self.layers.top.store.code_bytes;
        result.checkpoint_depth = self.depth();
        result.snapshots = self.snapshots.items.len;
        return result;
    }
};
