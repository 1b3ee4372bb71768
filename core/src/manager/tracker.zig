//! What a manager remembers of its last state root: the root, and the keys that changed since.
//!
//! A manager has none until its first root is asked for. From then on each write marks its key, and
//! so does each change that is undone; the next root then begins at the last one. All that is lost
//! if a mark is lost is that the next root begins at the block's.

const std = @import("std");
const abi = @import("../abi.zig");
const Dirty = @import("dirty.zig").Dirty;
const Layer = @import("layer.zig").Layer;
const Manager = @import("manager.zig").Manager;
const StateTrie = @import("../fork/state_trie.zig").StateTrie;
const Gpa = @import("../tables/heap.zig").Gpa;
const Allocator = std.mem.Allocator;

/// Marks that are kept however few local writes there are.
const min_marks = 4096;

pub const Tracker = struct {
    gpa: Gpa,
    manager: *const Manager,
    state: *StateTrie,
    node: std.DoublyLinkedList.Node = .{},
    /// Of `state`; in another one the last root and the marks mean nothing.
    epoch: u32,
    /// The last root that was computed.
    root: abi.Word,
    top: *Dirty,
    /// Marks in `top` at which it is compared with the overlay.
    limit: u32 = min_marks,

    /// A tracker at a root from which anything may differ.
    pub fn create(
        manager: *const Manager,
        state: *StateTrie,
        root: *const abi.Word,
    ) Allocator.Error!*Tracker {
        const gpa = manager.gpa;
        const self = try gpa.create(Tracker);
        errdefer gpa.destroy(self);
        const top = try Dirty.create(gpa, manager.hasher, null);
        top.lose();
        self.* = .{
            .gpa = gpa,
            .manager = manager,
            .state = state.retain(),
            .epoch = state.epoch,
            .root = root.*,
            .top = top,
        };
        state.trackers.append(&self.node);
        return self;
    }

    pub fn destroy(self: *Tracker) void {
        self.state.trackers.remove(&self.node);
        self.top.release();
        self.state.release();
        self.gpa.destroy(self);
    }

    // Marks.

    pub noinline fn noteAccount(self: *Tracker, address: *const abi.Address) void {
        self.top.markAccount(address);
        self.keepToLimit();
    }

    pub noinline fn noteSlot(
        self: *Tracker,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) void {
        self.top.markSlot(address, slot);
        self.keepToLimit();
    }

    /// The storage was cleared, and with it the account may have gone.
    pub noinline fn noteClear(self: *Tracker, address: *const abi.Address) void {
        self.top.markStorage(address, .marked);
        self.keepToLimit();
    }

    /// Storage that was cleared in `layer` is there again.
    noinline fn noteUncleared(
        self: *Tracker,
        layer: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markStorage(address, if (hasSlots(layer, address)) .whole else .marked);
        self.keepToLimit();
    }

    /// All that a layer recorded after `length` words is to be undone.
    pub noinline fn noteUndo(self: *Tracker, layer: *const Layer, length: u32) void {
        var changes = layer.undoes(length);
        while (changes.next()) |change| switch (change) {
            .account => |record| self.noteAccount(&record.address),
            .storage => |record| self.noteUncleared(layer, &record.address),
            .slot => |written| self.noteSlot(&written.account.address, written.slot),
        };
    }

    /// All that a layer says counts no more.
    pub noinline fn noteLayer(self: *Tracker, layer: *const Layer) void {
        var numbers = layer.accounts.index.iterate();
        while (numbers.next()) |number| {
            const record = layer.accounts.at(number);
            if (record.epoch == 0) self.noteAccount(&record.address) else {
                self.noteUncleared(layer, &record.address);
            }
        }
        var slots = layer.slots.index.iterate();
        while (slots.next()) |number| {
            const owner = layer.slots.owners.at(number);
            const record = layer.accounts.at(owner.account);
            if (owner.tag == record.epoch) {
                self.noteSlot(&record.address, &layer.slots.pairs.at(number).slot);
            }
        }
    }

    /// Where keys are written and undone without end and no root is asked for, marks would pile up:
    /// beyond twice the local writes it is cheaper to begin anew.
    noinline fn keepToLimit(self: *Tracker) void {
        if (self.top.count() < self.limit) return;
        const stats = self.manager.stats();
        const kept = 2 * (stats.overlay_accounts + stats.overlay_slots) + min_marks;
        if (self.top.count() >= kept) {
            self.top.lose();
            self.limit = min_marks;
        } else self.limit = @intCast(kept);
    }

    // Branches, and the next root.

    /// A tracker for a branch of the manager, which shares what is marked here. Null where there is
    /// nothing to share: the branch then begins at the block's root.
    pub noinline fn branch(self: *Tracker, child: *const Manager) Allocator.Error!?*Tracker {
        if (self.epoch != self.state.epoch or self.top.lost) return null;
        if (self.top.depth >= abi.max_layers) try self.flatten();
        const copy = try Tracker.create(child, self.state, &self.root);
        errdefer copy.destroy();
        const below = if (self.top.isEmpty()) self.top.below else self.top;
        const shared = try Dirty.create(self.gpa, self.top.hasher, below);
        copy.top.release();
        copy.top = shared;
        if (below != self.top) return copy;
        const top = try Dirty.create(self.gpa, self.top.hasher, below);
        self.top.release();
        self.top = top;
        return copy;
    }

    /// Makes all marks those of one set that nobody shares.
    pub noinline fn flatten(self: *Tracker) Allocator.Error!void {
        if (self.top.below == null) return;
        const flat = try Dirty.create(self.gpa, self.top.hasher, null);
        flat.absorb(self.top);
        self.top.release();
        self.top = flat;
    }

    /// What was dropped with the earlier epoch counts no more: anything may differ.
    pub fn restart(self: *Tracker) void {
        self.epoch = self.state.epoch;
        self.top.lose();
    }

    /// This is the root of all that was written.
    pub fn settle(self: *Tracker, root: *const abi.Word) void {
        self.root = root.*;
        self.top.forget();
        self.limit = min_marks;
    }
};

/// Whether there are slots of an account in a layer or below it.
fn hasSlots(top: *const Layer, address: *const abi.Address) bool {
    const hashed = top.hasher.address(address);
    var next: ?*const Layer = top;
    while (next) |layer| : (next = layer.below) {
        const number = layer.find(hashed, address) orelse continue;
        if (layer.accounts.at(number).slots > 0) return true;
    }
    return false;
}
