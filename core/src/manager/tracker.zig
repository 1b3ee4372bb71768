//! What a manager remembers of its last state root: the root, and the keys that changed since.
//!
//! A manager has no tracker until its first root is requested. From then on, each write marks its
//! key, and so does each change that is undone, and the next root is computed from the last one. If
//! marks are lost, the next root is computed from the root of the block instead.

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

/// Number of marks that are kept even if there are fewer local writes.
const min_marks = 4096;

pub const Tracker = struct {
    gpa: Gpa,
    state: *StateTrie,
    /// The last root that was computed.
    last: LiveRoot,
    /// The number of collections of `state` when the storage roots in `top` were computed.
    collections: u32,
    top: *Dirty,
    /// The number of marks in `top` at which it is compared with the overlay.
    limit: u32 = min_marks,

    /// Creates a tracker at a root from which any key may differ.
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

    /// Marks cleared storage, and the account, which may no longer exist.
    pub noinline fn noteClear(
        self: *Tracker,
        written: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markStorage(address, .marked);
        self.keepToLimit(written);
    }

    /// Marks everything that `layer` recorded after `length` words, which is about to be undone.
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

    /// Marks everything that was written in `layer`, which is about to be dropped.
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

    /// Marks storage that was cleared in `layer` and is restored.
    noinline fn markUncleared(
        self: *Tracker,
        layer: *const Layer,
        address: *const abi.Address,
    ) void {
        self.top.markStorage(address, if (hasSlots(layer, address)) .whole else .marked);
    }

    /// Bounds the marks, which would otherwise accumulate while keys are written and undone and no
    /// root is requested. Beyond twice the number of local writes, starting again is cheaper.
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

    /// Creates a tracker for a branch of the manager, which shares the marks of this one. Null if
    /// there is nothing to share: the branch then starts at the root of the block.
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

    /// Moves all marks to one set that is not shared.
    pub noinline fn flatten(self: *Tracker) Allocator.Error!void {
        if (self.top.below == null) return;
        const flat = try Dirty.create(self.gpa, self.top.hasher, null);
        flat.absorb(self.top);
        assert(flat.lost or flat.accounts.count() >= self.top.accounts.count());
        self.top.release();
        self.top = flat;
    }

    /// Accounts for what happened to the nodes since the last root: after a drop any key may
    /// differ, and after a collection, storage roots that are not yet in an account's leaf have
    /// lost their nodes.
    pub fn catchUp(self: *Tracker) void {
        if (self.last.drops != self.state.drops) self.top.lose();
        if (self.collections != self.state.collections) self.top.forgetRoots();
        self.last.drops = self.state.drops;
        self.collections = self.state.collections;
        assert(self.top.references > 0);
    }

    /// Notes the root of all local writes.
    pub fn settle(self: *Tracker, root: *const abi.Word) void {
        assert(self.last.drops == self.state.drops and self.top.below == null);
        self.last.root = root.*;
        self.top.forget();
        self.limit = min_marks;
    }
};

/// Whether a layer, or one below it, has slots of an account.
fn hasSlots(top: *const Layer, address: *const abi.Address) bool {
    const hashed = top.hasher.address(address);
    var next: ?*const Layer = top;
    while (next) |layer| : (next = layer.below) {
        const number = layer.find(hashed, address) orelse continue;
        if (layer.accounts.at(number).slots > 0) return true;
    }
    return false;
}
