//! The writes of one layer to an account, and what they hide.

const abi = @import("../abi.zig");
const codes = @import("codes.zig");
const assert = @import("../tables/assert.zig").assert;
const hash = @import("../tables/hash.zig");

pub const Presence = enum(u8) { inherited, exists, deleted };

/// The writes to one account.
pub const AccountWrite = struct {
    address: abi.Address,
    /// The incarnation of its storage: 0 while the storage of lower layers is visible, otherwise a
    /// number that is unique in the layer.
    incarnation: u32 = 0,
    balance: abi.Word = hash.zero_word,
    nonce: abi.Nonce = @splat(0),
    code: codes.Code = codes.no_code,
    /// The number of slots of this account in the layer, of any incarnation, and how many of them a
    /// clear hides.
    slots: u32 = 0,
    hidden_slots: u32 = 0,
    state: State = .{},

    pub const State = packed struct(u32) {
        /// `abi.Known` bits of the fields that were written.
        known: u8 = 0,
        presence: Presence = .inherited,
        /// Whether fields that were not written are zero instead of inherited.
        hides: bool = false,
        unused: u15 = 0,
    };

    /// Notes that a field was written. The account then exists.
    pub fn mark(self: *AccountWrite, field: u8) void {
        self.state.known |= field;
        self.state.presence = .exists;
        assert(@popCount(field) == 1 and field & abi.Known.readable != 0);
    }

    /// Removes the written fields and hides those of lower layers. The caller keeps or releases the
    /// reference to the code.
    pub fn hideBelow(self: *AccountWrite) void {
        self.balance = hash.zero_word;
        self.nonce = @splat(0);
        self.code = codes.no_code;
        // A deleted account hides them already.
        assert(self.state.presence != .deleted or self.state.hides);
        self.state.known = 0;
        self.state.hides = true;
    }
};
