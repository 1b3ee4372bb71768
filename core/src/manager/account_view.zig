//! An account as a reader sees it: assembled field by field from the layers and the base.

const abi = @import("../abi.zig");
const base = @import("../fork/base.zig");
const hash = @import("../tables/hash.zig");
const Layer = @import("layer.zig").Layer;
const account_write = @import("account_write.zig");
const Known = abi.Known;

/// An account as far as it was looked up, from the top layer down to the base.
pub const AccountView = struct {
    fields: abi.AccountFields = .{
        .balance = hash.zero_word,
        .nonce = @splat(0),
        .code_hash = hash.empty_code_hash,
        .storage_root = hash.empty_root,
        .known = 0,
        .presence = 0,
        .reserved = @splat(0),
    },
    presence: account_write.Presence = .inherited,
    /// Lower layers and the base no longer count.
    hidden: bool = false,
    /// Slots were written or cleared, so the storage root is not that of the chain.
    storage_touched: bool = false,
    /// Slots that were not written since are zero, whatever the chain holds.
    storage_cleared: bool = false,

    pub fn inherit(
        view: *AccountView,
        layer: *const Layer,
        from: *const account_write.AccountWrite,
    ) void {
        if (view.presence == .inherited) view.presence = from.state.presence;
        if (view.hidden) return;
        if (from.incarnation != 0) view.storage_cleared = true;
        const fresh = view.take(from.state.known, from);
        if (fresh & Known.code_hash != 0) view.fields.code_hash = layer.store.hashOf(from.code).*;
        const is_cleared = from.incarnation != 0 and !from.state.hides;
        if (from.slots > 0 or is_cleared) view.storage_touched = true;
        if (!from.state.hides) return;
        view.hidden = true;
        view.fields.known = Known.all;
    }

    pub fn fill(view: *AccountView, fact: *const base.Account) void {
        const fresh = view.take(fact.known, fact);
        if (fresh & Known.code_hash != 0) view.fields.code_hash = fact.code_hash;
        if (fresh & Known.storage_root != 0) view.fields.storage_root = fact.storage_root;
        if (view.presence == .inherited and fact.known & Known.readable == Known.readable) {
            view.presence = if (fact.absent) .deleted else .exists;
        }
    }

    /// Adds those of the `known` fields that were not known yet, and returns which ones.
    fn take(view: *AccountView, known: u8, from: anytype) u8 {
        const fresh = known & ~view.fields.known;
        if (fresh & Known.balance != 0) view.fields.balance = from.balance;
        if (fresh & Known.nonce != 0) view.fields.nonce = from.nonce;
        view.fields.known |= fresh;
        return fresh;
    }

    pub fn isComplete(view: *const AccountView) bool {
        return view.fields.known & Known.readable == Known.readable and
            view.presence != .inherited;
    }

    pub fn write(view: *const AccountView, out: *abi.AccountFields) void {
        out.* = view.fields;
        const absent = view.presence == .deleted;
        if (view.storage_touched and !absent) out.known &= ~Known.storage_root;
        if (out.known & Known.storage_root == 0) out.storage_root = hash.zero_word;
        const shown: abi.Presence = if (!view.isComplete())
            .unknown
        else if (absent) .absent else if (base.isEmpty(out)) .empty else .live;
        out.presence = @intFromEnum(shown);
    }
};
