//! Lists the local writes of a manager: every account and slot once, as the top layer shows it.
//!
//! A listing continues from a cursor, so a host can read it in pieces. Any write, revert or branch
//! in between invalidates a cursor (it then lists some writes twice or not at all, but does no
//! other harm). A host that wants to pause lists a branch.

const std = @import("std");
const abi = @import("../abi.zig");
const AccountView = @import("account_view.zig").AccountView;
const assert = @import("../tables/assert.zig").assert;
const Layer = @import("layer.zig").Layer;
const Manager = @import("manager.zig").Manager;

/// Where a listing continues: a layer, counted from the top, and a place in its index.
const Cursor = packed struct(u64) {
    place: u48 = 0,
    depth: u16 = 0,

    const end: Cursor = @bitCast(@as(u64, std.math.maxInt(u64)));
};

/// Fills `out` with accounts from `cursor` on, and advances the cursor. Returns how many it wrote.
pub fn listAccounts(manager: *Manager, cursor: *u64, out: []align(1) abi.AccountChange) usize {
    var lister = Lister.init(manager, cursor.*) orelse return 0;
    var count: usize = 0;
    while (lister.layer) |layer| : (lister.nextLayer()) {
        const places = layer.accounts.index.places();
        while (lister.at.place < places) : (lister.at.place += 1) {
            const number = layer.accounts.index.entryAt(@intCast(lister.at.place)) orelse continue;
            const entry = layer.accounts.at(number);
            if (lister.isAbove(&entry.address)) continue;
            if (count == out.len) return lister.pause(cursor, count);
            out[count] = merge(manager, layer, &entry.address);
            count += 1;
        }
    }
    cursor.* = @bitCast(Cursor.end);
    return count;
}

/// Fills `out` with slots from `cursor` on, and advances the cursor. Returns how many it wrote.
pub fn listSlots(manager: *Manager, cursor: *u64, out: []align(1) abi.SlotChange) usize {
    var lister = Lister.init(manager, cursor.*) orelse return 0;
    var count: usize = 0;
    while (lister.layer) |layer| : (lister.nextLayer()) {
        const places = layer.slots.index.places();
        while (lister.at.place < places) : (lister.at.place += 1) {
            const number = layer.slots.index.entryAt(@intCast(lister.at.place)) orelse continue;
            const owner = layer.slots.owners.at(number);
            const account = layer.accounts.at(owner.account);
            if (owner.tag != account.incarnation) continue;
            const pair = layer.slots.pairs.at(number);
            if (lister.isDecidedAbove(&account.address, &pair.slot)) continue;
            if (count == out.len) return lister.pause(cursor, count);
            out[count] = .{ .address = account.address, .slot = pair.slot, .value = pair.value };
            count += 1;
        }
    }
    cursor.* = @bitCast(Cursor.end);
    return count;
}

const Lister = struct {
    manager: *const Manager,
    layer: ?*const Layer,
    at: Cursor,

    fn init(manager: *const Manager, cursor: u64) ?Lister {
        const at: Cursor = @bitCast(cursor);
        if (at == Cursor.end) return null;
        var layer: ?*const Layer = manager.layers.top;
        for (0..at.depth) |_| layer = (layer orelse return null).below;
        return .{ .manager = manager, .layer = layer, .at = at };
    }

    fn nextLayer(self: *Lister) void {
        assert(self.at.depth < self.manager.layers.top.level + 1);
        self.layer = self.layer.?.below;
        self.at = .{ .depth = self.at.depth + 1 };
    }

    fn pause(self: *const Lister, cursor: *u64, count: usize) usize {
        assert(self.layer != null and self.at != Cursor.end);
        cursor.* = @bitCast(self.at);
        return count;
    }

    fn isAbove(self: *const Lister, address: *const abi.Address) bool {
        const hashed = self.manager.hasher.address(address);
        var next: *const Layer = self.manager.layers.top;
        while (next != self.layer.?) : (next = next.below.?) {
            if (next.find(hashed, address) != null) return true;
        }
        return false;
    }

    fn isDecidedAbove(
        self: *const Lister,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) bool {
        const hashed = self.manager.hasher.address(address);
        var next: *const Layer = self.manager.layers.top;
        while (next != self.layer.?) : (next = next.below.?) {
            const account = next.find(hashed, address) orelse continue;
            if (next.slotValue(.cold, account, slot) != null) return true;
        }
        return false;
    }
};

/// Looks an account up in all layers from this one down.
fn merge(manager: *Manager, top: *const Layer, address: *const abi.Address) abi.AccountChange {
    const hashed = manager.hasher.address(address);
    var view: AccountView = .{};
    var next: ?*const Layer = top;
    while (next) |layer| : (next = layer.below) {
        const number = layer.find(hashed, address) orelse continue;
        view.inherit(layer, layer.accounts.at(number));
    }
    var seen: abi.AccountFields = undefined;
    view.write(&seen);
    // It was written in one of the layers.
    assert(view.presence != .inherited or view.storage_cleared);
    return .{
        .address = address.*,
        .balance = seen.balance,
        .nonce = seen.nonce,
        .code_hash = seen.code_hash,
        .known = seen.known & abi.Known.readable,
        .exists = @intFromEnum(view.presence),
        .storage_cleared = @intFromBool(view.storage_cleared),
        .reserved = @splat(0),
    };
}

test "a listing names every write once, in pieces of any size" {
    const gpa = std.testing.allocator;
    const manager = try Manager.create(gpa, 1, 1, null);
    defer manager.destroy();
    const word: abi.Word = @splat(1);
    for (0..3) |layer| {
        for (0..20) |number| {
            const address: abi.Address = @splat(@intCast(number + layer * 10));
            try manager.setBalance(&address, &word);
            try manager.setStorage(&address, &@splat(@intCast(layer)), &word);
            try manager.setStorage(&address, &@splat(9), &@splat(@intCast(layer)));
        }
        const kept = try manager.branch(@intCast(layer + 2));
        kept.destroy();
    }
    const gone: abi.Address = @splat(39);
    try manager.deleteAccount(&gone);
    for ([_]usize{ 1, 7, 1000 }) |piece| {
        var accounts: usize = 0;
        var slots: usize = 0;
        var changes: [1000]abi.AccountChange = undefined;
        var pairs: [1000]abi.SlotChange = undefined;
        var cursor: u64 = 0;
        while (cursor != std.math.maxInt(u64)) {
            for (changes[0..listAccounts(manager, &cursor, changes[0..piece])]) |*change| {
                accounts += 1;
                const deleted = std.meta.eql(change.address, gone);
                try std.testing.expectEqual(@as(u8, if (deleted) 2 else 1), change.exists);
                try std.testing.expectEqual(@intFromBool(deleted), change.storage_cleared);
            }
        }
        cursor = 0;
        while (cursor != std.math.maxInt(u64)) {
            for (pairs[0..listSlots(manager, &cursor, pairs[0..piece])]) |*pair| {
                slots += 1;
                try std.testing.expectEqual(
                    pair.value,
                    (try manager.storage(&pair.address, &pair.slot, null)).*,
                );
            }
        }
        // 40 addresses; 3 layers of 20 slots and one shared slot an address; less the deleted.
        try std.testing.expectEqual(@as(usize, 40), accounts);
        try std.testing.expectEqual(@as(usize, 60 - 1 + 40 - 1), slots);
    }
}
