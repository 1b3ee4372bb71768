//! A copy of a layer, and one layer merged into another where nothing is to be undone.

const std = @import("std");
const abi = @import("../abi.zig");
const layers = @import("layer.zig");
const AccountWrite = @import("account_write.zig").AccountWrite;
const Allocator = std.mem.Allocator;
const Known = abi.Known;
const Layer = layers.Layer;

/// An unshared copy over the same layer below, journal included.
pub fn clone(self: *const Layer) Allocator.Error!*Layer {
    const gpa = self.gpa;
    const copy = try Layer.create(gpa, self.hasher, self.store, null, self.owner);
    errdefer copy.destroy();
    copy.last_epoch = self.last_epoch;
    copy.hidden_slots = self.hidden_slots;
    copy.slots = try self.slots.clone(gpa);
    try copy.journal.appendSlice(gpa, self.journal.items);
    try copy.undo_codes.ensureUnusedCapacity(gpa, self.undo_codes.items.len);
    copy.accounts = try self.accounts.clone(gpa);
    var numbers = copy.accounts.index.iterate();
    while (numbers.next()) |number| self.store.retain(copy.accounts.at(number).code);
    copy.undo_codes.appendSliceAssumeCapacity(self.undo_codes.items);
    for (copy.undo_codes.items) |code| self.store.retain(code);
    copy.level = self.level;
    if (self.below) |below| copy.below = below.retain();
    return copy;
}

/// Writes everything of `upper` over a layer, so that this layer alone reads as both did. On
/// failure a part is written, which changes no reading while `upper` is still above.
pub fn absorb(self: *Layer, upper: *const Layer) layers.WriteError!void {
    var numbers = upper.accounts.index.iterate();
    while (numbers.next()) |number| try absorbAccount(self, upper.accounts.at(number));
    var slots = upper.slots.index.iterate();
    while (slots.next()) |number| {
        const owner = upper.slots.owners.at(number);
        const from = upper.accounts.at(owner.account);
        if (owner.tag != from.epoch) continue;
        const pair = upper.slots.pairs.at(number);
        try self.setStorage(&from.address, &pair.slot, &pair.value, .final);
    }
}

fn absorbAccount(self: *Layer, from: *const AccountWrite) layers.WriteError!void {
    if (self.last_epoch == std.math.maxInt(u32)) return error.LimitExceeded;
    const touched = try self.touch(&from.address, .final);
    const record = self.accounts.at(touched.number);
    if (from.epoch != 0) self.hideSlots(record);
    if (from.state.hides) {
        self.store.release(record.code);
        record.hideBelow();
    }
    if (from.state.known & Known.balance != 0) record.balance = from.balance;
    if (from.state.known & Known.nonce != 0) record.nonce = from.nonce;
    if (from.state.known & Known.code_hash != 0) {
        self.store.retain(from.code);
        self.store.release(record.code);
        record.code = from.code;
    }
    record.state.known |= from.state.known;
    if (from.state.presence != .inherited) record.state.presence = from.state.presence;
}
