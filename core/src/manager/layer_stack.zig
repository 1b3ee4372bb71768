//! The layers of one manager: the top one, which it writes, and frozen ones below, which branches
//! may share.
//!
//! A branch freezes the top layer and gives both managers a new one above it. Going back to a
//! position in a frozen layer takes that layer again, or a copy of it if a branch shares it.

const Allocator = @import("std").mem.Allocator;
const abi = @import("../abi.zig");
const codes = @import("codes.zig");
const hash = @import("../tables/hash.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const assert = @import("../tables/assert.zig").assert;
const Layer = @import("layer.zig").Layer;
const Tracker = @import("tracker.zig").Tracker;
const WriteError = @import("layer.zig").WriteError;

/// A place in the journals of the layers.
pub const Position = struct {
    level: u32,
    /// Words of the journal of the layer at this level.
    length: u32,

    pub fn isBefore(self: Position, other: Position) bool {
        if (self.level != other.level) return self.level < other.level;
        return self.length < other.length;
    }
};

pub const LayerStack = struct {
    /// The layer that the manager writes. Its owner is the tag of the manager.
    top: *Layer,

    /// Creates one empty layer, over `frozen` if there is one. The manager's tag is its owner.
    pub fn init(
        gpa: Gpa,
        hasher: hash.Hasher,
        store: *codes.CodeStore,
        frozen: ?*Layer,
        owner: u32,
    ) Allocator.Error!LayerStack {
        const top = try Layer.create(gpa, hasher, store, owner);
        if (frozen) |below| top.putOver(below);
        return .{ .top = top };
    }

    pub inline fn deinit(self: *LayerStack) void {
        self.forgetJournals();
        self.top.release();
    }

    /// Drops every write, and so every layer that is not shared.
    pub fn clear(self: *LayerStack) Allocator.Error!void {
        const top = self.top;
        const empty = try init(top.gpa, top.hasher, top.store, null, top.owner);
        assert(empty.top.owner == top.owner and empty.top.level == 0);
        self.deinit();
        self.* = empty;
    }

    /// Drops the journals of all layers that the manager wrote.
    pub fn forgetJournals(self: *LayerStack) void {
        const owner = self.top.owner;
        var next: ?*Layer = self.top;
        while (next) |layer| : (next = layer.below) {
            if (layer.owner == owner) layer.forget();
        }
    }

    pub fn position(self: *const LayerStack) Position {
        return .{ .level = self.top.level, .length = @intCast(self.top.journal.items.len) };
    }

    /// Undoes every change since a position, and marks the keys that this changes.
    pub fn goBack(self: *LayerStack, to: Position, tracker: ?*Tracker) Allocator.Error!void {
        const written = self.top;
        assert(to.level <= written.level);
        if (to.level == written.level) {
            if (tracker) |marks| marks.noteUndo(written, written, to.length);
            return written.undoTo(to.length);
        }
        var target = written.below.?;
        var shared = false;
        while (target.level != to.level) : (target = target.below.?) {
            shared = shared or target.references > 1;
        }
        shared = shared or target.references > 1;
        assert(to.length <= target.journal.items.len);
        const unchanged = target.journal.items.len == to.length;
        const top = if (!shared)
            target.retain()
        else if (unchanged)
            try self.layerOver(target)
        else
            try target.clone();
        if (tracker) |marks| {
            var next = written;
            while (next != target) : (next = next.below.?) marks.noteLayer(written, next);
            marks.noteUndo(written, target, to.length);
        }
        written.release();
        self.top = top;
        if (!unchanged) top.undoTo(to.length);
        assert(top.level - to.level <= @intFromBool(shared));
        assert(top.references == 1);
    }

    fn layerOver(self: *const LayerStack, frozen: ?*Layer) Allocator.Error!*Layer {
        const top = self.top;
        const layer = try Layer.create(top.gpa, top.hasher, top.store, top.owner);
        if (frozen) |below| layer.putOver(below);
        return layer;
    }

    /// Returns a reference to a frozen layer that reads as these layers do; null if nothing was
    /// written. With `final`, the caller will not restore an earlier position.
    pub fn freeze(self: *LayerStack, journaling: Layer.Journaling) WriteError!?*Layer {
        if (journaling == .final) self.mergeDown();
        if (self.top.isEmpty()) return if (self.top.below) |layer| layer.retain() else null;
        if (self.top.level >= abi.max_layers) {
            const flat = try self.flatten();
            if (journaling == .final) {
                errdefer flat.release();
                const top = try self.layerOver(flat);
                self.top.release();
                self.top = top;
            }
            return flat;
        }
        const top = try self.layerOver(self.top);
        self.top.release();
        self.top = top;
        assert(top.isEmpty() and top.below.?.references > 0);
        return top.below.?.retain();
    }

    /// Merges the top layer into the one below while only this manager reads that one, so layers do
    /// not accumulate as branches are made and destroyed. Each write is moved down once. If there
    /// is no memory for that, the layers stay, and readers see no change.
    fn mergeDown(self: *LayerStack) void {
        while (self.top.below) |below| {
            if (below.references > 1 or below.owner != self.top.owner) return;
            below.absorb(self.top) catch return;
            const top = self.top;
            self.top = below.retain();
            top.release();
            assert(self.top.references == 1 and self.top.journal.items.len == 0);
        }
    }

    /// Checks all invariants, for tests.
    pub fn checkInvariant(self: *const LayerStack) void {
        assert(self.top.references == 1);
        var next: ?*const Layer = self.top;
        while (next) |layer| : (next = layer.below) {
            layer.checkInvariant();
            assert(layer.store == self.top.store);
        }
        self.top.store.checkInvariant();
    }

    /// Copies all layers into one new layer.
    fn flatten(self: *const LayerStack) WriteError!*Layer {
        const flat = try self.layerOver(null);
        errdefer flat.release();
        try absorbFromBelow(flat, self.top);
        assert(flat.below == null and flat.accounts.count() >= self.top.accounts.count());
        return flat;
    }
};

fn absorbFromBelow(flat: *Layer, layer: *const Layer) WriteError!void {
    if (layer.below) |below| try absorbFromBelow(flat, below);
    try flat.absorb(layer);
}
