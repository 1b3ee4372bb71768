//! Undo records of a layer: what kinds there are, and what undoing some of them would change.
//!
//! A record is words that hold what was before, if anything, and a tail.

const abi = @import("../abi.zig");
const AccountWrite = @import("account_write.zig").AccountWrite;
const Layer = @import("layer.zig").Layer;

pub const Kind = enum(u4) {
    account_added,
    account_state,
    account_deleted,
    balance,
    nonce,
    code,
    slot_added,
    slot_changed,

    /// Words of a record before its tail.
    fn payloadWords(kind: Kind) usize {
        return switch (kind) {
            .account_added, .slot_added => 0,
            .account_state => 2,
            .account_deleted => 12,
            .balance => 9,
            .nonce => 3,
            .code => 1,
            .slot_changed => 9,
        };
    }
};

/// The last word of every undo record.
pub const Tail = packed struct(u32) { number: u28, kind: Kind };

/// The whole record of a slot that was overwritten.
pub const SlotChange = extern struct {
    value: abi.Word align(4),
    tag: u32,
    tail: Tail,

    pub const words = @sizeOf(SlotChange) / 4;
};

/// The records that are to be undone, the newest first.
pub const Undoes = struct {
    layer: *const Layer,
    length: u32,
    end: usize,

    pub const Change = union(enum) {
        /// Fields of an account, or whether it exists.
        account: *const AccountWrite,
        /// Also which of its slots count.
        storage: *const AccountWrite,
        slot: struct { account: *const AccountWrite, slot: *const abi.Word },
    };

    pub fn next(self: *Undoes) ?Change {
        if (self.end <= self.length) return null;
        const journal = self.layer.journal.items;
        const tail: Tail = @bitCast(journal[self.end - 1]);
        const start = self.end - 1 - tail.kind.payloadWords();
        defer self.end = start;
        switch (tail.kind) {
            .slot_added, .slot_changed => {
                const owner = self.layer.slots.owners.at(tail.number).account;
                return .{ .slot = .{
                    .account = self.layer.accounts.at(owner),
                    .slot = &self.layer.slots.pairs.at(tail.number).slot,
                } };
            },
            .balance, .nonce, .code => {},
            .account_added, .account_state, .account_deleted => {
                const record = self.layer.accounts.at(tail.number);
                // The epoch stands before the state, where there is one.
                const epoch = if (tail.kind == .account_added) 0 else journal[self.end - 3];
                if (record.epoch != epoch) return .{ .storage = record };
            },
        }
        return .{ .account = self.layer.accounts.at(tail.number) };
    }
};
