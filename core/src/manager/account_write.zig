//! What one layer says of an account: the fields that were written, and what they hide.

const abi = @import("../abi.zig");
const codes = @import("codes.zig");
const assert = @import("../tables/assert.zig").assert;
const hash = @import("../tables/hash.zig");

pub const Presence = enum(u8) { inherited, exists, deleted };

/// What was written of one account.
pub const AccountWrite = struct {
    address: abi.Address,
    /// The incarnation of its storage: 0 while storage below is visible, else a number unique in
    /// the layer.
    incarnation: u32 = 0,
    balance: abi.Word = hash.zero_word,
    nonce: abi.Nonce = @splat(0),
    code: codes.Code = codes.no_code,
    /// Slots of this account in the layer, of any incarnation, and how many of them a clear hid.
    slots: u32 = 0,
    hidden_slots: u32 = 0,
    state: State = .{},

    pub const State = packed struct(u32) {
        /// `abi.Known` bits of the fields that were written.
        known: u8 = 0,
        presence: Presence = .inherited,
        /// Fields that were not written are zero, not inherited.
        hides: bool = false,
        unused: u15 = 0,
    };

    /// Notes that a field was written, which makes the account exist.
    pub fn mark(self: *AccountWrite, field: u8) void {
        self.state.known |= field;
        self.state.presence = .exists;
        assert(@popCount(field) == 1 and field & abi.Known.readable != 0);
    }

    /// Forgets the fields that were written and hides those below. The reference to the code is
    /// the caller's to keep or release.
    pub fn hideBelow(self: *AccountWrite) void {
        self.balance = hash.zero_word;
        self.nonce = @splat(0);
        self.code = codes.no_code;
        // What was deleted hides already.
        assert(self.state.presence != .deleted or self.state.hides);
        self.state.known = 0;
        self.state.hides = true;
    }
};
