//! What a manager remembers of its last state root: the root, and the keys that changed since.
//!
//! A manager has none until its first root is asked for. From then on each write marks its key, and
//! so does each change that is undone; the next root then begins at the last one. All that is lost
//! if a mark is lost is that the next root begins at the block's.

const std = @import("std");
const abi = @import("../abi.zig");
const Dirty = @import("dirty.zig").Dirty;
const Layer = @import("layer.zig").Layer;
const LiveRoot = @import("../fork/state_trie.zig").LiveRoot;
const StateTrie = @import("../fork/state_trie.zig").StateTrie;
const hash = @import("../tables/hash.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const assert = @import("../tables/assert.zig").assert;
const Allocator = std.mem.Allocator;

/// Marks that are kept however few local writes there are.
const min_marks = 4096;

pub const Tracker = struct {
    gpa: Gpa,
    state: *StateTrie,
    /// The last root that was computed.
    last: LiveRoot,
    /// The collections of `state` before which the storage roots in `top` were computed.
    collections: u32,
    top: *Dirty,
    /// Marks in `top` at which it is compared with the overlay.
    limit: u32 = min_marks,

    /// A tracker at a root from which anything may differ.
    pub fn create(
        gpa: Gpa,
        hasher: hash.Hasher,
        state: *StateTrie,
        root: *const abi.Word,
    ) Allocator.Error!*Tracker {
        const self = try gpa.create(Tracker);
        errdefer gpa.destroy(self);
        const top = try Dirty.create(gpa, hasher, null);
        top.lose();
        self.* = .{
            .gpa = gpa,
            .state = state.retain(),
            .last = .{ .root = root.*, .drops = state.drops },
            .collections = state.collections,
            .top = top,
        };
        state.addLive(&self.last);
        return self;
    }

    pub fn destroy(self: *Tracker) void {
        self.state.removeLive(&self.last);
        self.top.release();
        self.state.release();
        self.gpa.destroy(self);
    }

    // Marks. `written` is the top layer of the manager.

    pub noinline fn noteAccount(
        self: *Tracker,
        written: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markAccount(address);
        self.keepToLimit(written);
    }

    pub noinline fn noteSlot(
        self: *Tracker,
        written: *const Layer,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) void {
        self.top.markSlot(address, slot);
        self.keepToLimit(written);
    }

    /// The storage was cleared, and with it the account may have gone.
    pub noinline fn noteClear(
        self: *Tracker,
        written: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markStorage(address, .marked);
        self.keepToLimit(written);
    }

    /// Everything that `layer` recorded after `length` words is about to be undone.
    pub noinline fn noteUndo(
        self: *Tracker,
        written: *const Layer,
        layer: *const Layer,
        length: u32,
    ) void {
        var changes = layer.undoes(length);
        while (changes.next()) |change| switch (change) {
            .account => |account| self.top.markAccount(&account.address),
            .storage => |account| self.markUncleared(layer, &account.address),
            .slot => |slot| self.top.markSlot(&slot.account.address, slot.slot),
        };
        self.keepToLimit(written);
    }

    /// Everything that `layer` says is about to be dropped.
    pub noinline fn noteLayer(self: *Tracker, written: *const Layer, layer: *const Layer) void {
        var numbers = layer.accounts.index.iterate();
        while (numbers.next()) |number| {
            const account = layer.accounts.at(number);
            if (account.incarnation == 0) self.top.markAccount(&account.address) else {
                self.markUncleared(layer, &account.address);
            }
        }
        var slots = layer.slots.index.iterate();
        while (slots.next()) |number| {
            const owner = layer.slots.owners.at(number);
            const account = layer.accounts.at(owner.account);
            if (owner.tag == account.incarnation) {
                self.top.markSlot(&account.address, &layer.slots.pairs.at(number).slot);
            }
        }
        self.keepToLimit(written);
    }

    /// Marks storage that was cleared in `layer` and is there again.
    noinline fn markUncleared(
        self: *Tracker,
        layer: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markStorage(address, if (hasSlots(layer, address)) .whole else .marked);
    }

    /// Bounds the marks. They would pile up where keys are written and undone without end and no
    /// root is asked for: beyond twice the local writes it is cheaper to begin anew.
    noinline fn keepToLimit(self: *Tracker, written: *const Layer) void {
        if (self.top.count() < self.limit) return;
        var kept: u64 = min_marks;
        var next: ?*const Layer = written;
        while (next) |layer| : (next = layer.below) {
            kept += 2 * (@as(u64, layer.accounts.count()) + layer.slots.count());
        }
        if (self.top.count() >= kept) {
            self.top.lose();
            self.limit = min_marks;
        } else self.limit = @intCast(kept);
        assert(self.top.count() < self.limit and self.limit >= min_marks);
    }

    // Branches, and the next root.

    /// A tracker for a branch of the manager, which shares what is marked here. Null where there is
    /// nothing to share: the branch then begins at the block's root.
    pub noinline fn branch(self: *Tracker) Allocator.Error!?*Tracker {
        if (self.last.drops != self.state.drops or self.top.lost) return null;
        if (self.top.depth >= abi.max_layers) try self.flatten();
        const copy = try Tracker.create(self.gpa, self.top.hasher, self.state, &self.last.root);
        errdefer copy.destroy();
        const below = if (self.top.isEmpty()) self.top.below else self.top;
        const shared = try Dirty.create(self.gpa, self.top.hasher, below);
        copy.top.release();
        copy.top = shared;
        assert(copy.top.isEmpty() and copy.last.drops == self.last.drops);
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
        assert(flat.lost or flat.accounts.count() >= self.top.accounts.count());
        self.top.release();
        self.top = flat;
    }

    /// Takes notice of what happened to the nodes since: after a drop anything may differ, and
    /// after a collection storage roots that are in no account's leaf yet have lost their nodes.
    pub fn catchUp(self: *Tracker) void {
        if (self.last.drops != self.state.drops) self.top.lose();
        if (self.collections != self.state.collections) self.top.forgetRoots();
        self.last.drops = self.state.drops;
        self.collections = self.state.collections;
        assert(self.top.references > 0);
    }

    /// This is the root of all that was written.
    pub fn settle(self: *Tracker, root: *const abi.Word) void {
        assert(self.last.drops == self.state.drops and self.top.below == null);
        self.last.root = root.*;
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
