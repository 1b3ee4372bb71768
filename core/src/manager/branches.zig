//! How a manager's layers come and go: branches that share them, and going back to a position.
//!
//! A branch freezes the top layer and gives both managers a new one above it. Going back to a
//! position in a frozen layer takes that layer again, or a copy of it if a branch shares it.

const std = @import("std");
const abi = @import("../abi.zig");
const layers = @import("layer.zig");
const manager = @import("manager.zig");
const Allocator = std.mem.Allocator;
const Layer = layers.Layer;
const Manager = manager.Manager;
const Position = manager.Position;
const WriteError = layers.WriteError;

/// Undoes every change since a position.
pub fn goBack(self: *Manager, to: Position) Allocator.Error!void {
    if (to.level == self.top.level) {
        if (self.tracker) |tracker| tracker.noteUndo(self.top, to.length);
        return self.top.undoTo(to.length);
    }
    var target = self.top.below.?;
    var shared = false;
    while (target.level != to.level) : (target = target.below.?) {
        shared = shared or target.references > 1;
    }
    shared = shared or target.references > 1;
    const unchanged = target.journal.items.len == to.length;
    const top = if (!shared)
        target.retain()
    else if (unchanged)
        try layerOver(self, target)
    else
        try target.clone();
    if (self.tracker) |tracker| {
        var next = self.top;
        while (next != target) : (next = next.below.?) tracker.noteLayer(next);
        tracker.noteUndo(target, to.length);
    }
    self.top.release();
    self.top = top;
    if (!unchanged) top.undoTo(to.length);
}

fn layerOver(self: *Manager, below: ?*Layer) Allocator.Error!*Layer {
    const layer = try Layer.create(self.gpa, self.hasher, self.top.store, null, self.tag);
    if (below) |frozen| {
        layer.below = frozen.retain();
        layer.level = frozen.level + 1;
    }
    return layer;
}

/// An independent manager that starts from this one's state.
pub fn branch(self: *Manager, tag: u32) WriteError!*Manager {
    if (self.journaling() == .final) mergeDown(self);
    const frozen = try freeze(self);
    errdefer if (frozen) |layer| layer.release();
    const child = try self.gpa.create(Manager);
    errdefer self.gpa.destroy(child);
    const top = try layerOver(self, frozen);
    top.owner = tag;
    if (frozen) |layer| layer.release();
    child.* = .{
        .gpa = self.gpa,
        .hasher = self.hasher,
        .tag = tag,
        .top = top,
        .fork = if (self.fork) |fork| fork.retain() else null,
    };
    // Without memory for it the branch begins at the block's root.
    if (self.tracker) |tracker| child.tracker = tracker.branch(child) catch null;
    return child;
}

/// A reference to a frozen layer that reads as this manager does, null if nothing was written.
fn freeze(self: *Manager) WriteError!?*Layer {
    if (self.top.isEmpty()) return if (self.top.below) |layer| layer.retain() else null;
    if (self.top.level >= abi.max_layers) {
        const flat = try flatten(self);
        if (self.journaling() == .final) {
            errdefer flat.release();
            const top = try layerOver(self, flat);
            self.top.release();
            self.top = top;
        }
        return flat;
    }
    const top = try layerOver(self, self.top);
    self.top.release();
    self.top = top;
    return top.below.?.retain();
}

/// Merges the top layer into the one below as long as nobody else reads that one, so that
/// layers do not pile up where branches come and go. Each write is moved down once. Without
/// memory for it nothing changes for readers, and the layers stay.
fn mergeDown(self: *Manager) void {
    while (self.top.below) |below| {
        if (below.references > 1 or below.owner != self.tag) return;
        below.absorb(self.top) catch return;
        const top = self.top;
        self.top = below.retain();
        top.release();
    }
}

/// All layers as one new layer.
fn flatten(self: *Manager) WriteError!*Layer {
    const flat = try layerOver(self, null);
    errdefer flat.release();
    try absorbFromBelow(flat, self.top);
    return flat;
}

fn absorbFromBelow(flat: *Layer, layer: *const Layer) WriteError!void {
    if (layer.below) |below| try absorbFromBelow(flat, below);
    try flat.absorb(layer);
}
