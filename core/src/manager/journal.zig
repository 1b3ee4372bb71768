//! The undo records of a layer: their kinds, and what undoing some of them would change.
//!
//! An undo record consists of words that hold the previous value, if there is one, and a tail.

const abi = @import("../abi.zig");
const AccountWrite = @import("account_write.zig").AccountWrite;
const assert = @import("../tables/assert.zig").assert;
const tables = @import("../tables/tables.zig");

pub const Kind = enum(u4) {
    account_added,
    account_state,
    account_deleted,
    balance,
    nonce,
    code,
    slot_added,
    slot_changed,

    /// Words of an undo record before its tail.
    pub fn payloadWords(kind: Kind) usize {
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

/// The whole undo record of a slot that was overwritten.
pub const SlotChange = extern struct {
    value: abi.Word align(4),
    tag: u32,
    tail: Tail,

    pub const words = @sizeOf(SlotChange) / 4;
};

/// Iterates over the undo records that are to be applied, newest first.
pub const Undoes = struct {
    journal: []const u32,
    accounts: *const tables.AddressTable(AccountWrite),
    slots: *const tables.SlotTable,
    /// The number of words of the journal that stay.
    length: u32,
    /// The number of words that were not read yet. The journal is read backwards.
    end: usize,

    pub const Change = union(enum) {
        /// Fields of an account, or whether it exists.
        account: *const AccountWrite,
        /// The account, and which of its slots count.
        storage: *const AccountWrite,
        slot: struct { account: *const AccountWrite, slot: *const abi.Word },
    };

    pub fn next(self: *Undoes) ?Change {
        if (self.end <= self.length) return null;
        assert(self.end <= self.journal.len);
        const tail: Tail = @bitCast(self.journal[self.end - 1]);
        assert(self.end - 1 >= self.length + tail.kind.payloadWords());
        const start = self.end - 1 - tail.kind.payloadWords();
        defer self.end = start;
        switch (tail.kind) {
            .slot_added, .slot_changed => {
                const owner = self.slots.owners.at(tail.number).account;
                return .{ .slot = .{
                    .account = self.accounts.at(owner),
                    .slot = &self.slots.pairs.at(tail.number).slot,
                } };
            },
            .balance, .nonce, .code => {},
            .account_added, .account_state, .account_deleted => {
                const account = self.accounts.at(tail.number);
                // The incarnation, if there is one, precedes the state.
                const before = if (tail.kind == .account_added) 0 else self.journal[self.end - 3];
                if (account.incarnation != before) return .{ .storage = account };
            },
        }
        return .{ .account = self.accounts.at(tail.number) };
    }
};
