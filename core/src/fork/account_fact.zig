//! An account as the base holds it, and how an answer of a node becomes one.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const Known = abi.Known;

/// Counts blocks.
pub const Epoch = u30;

pub const Account = struct {
    address: abi.Address,
    /// Cached slots that name this record as their owner.
    slots: u32 = 0,
    /// The block its facts are of.
    epoch: Epoch = 0,
    /// Its slots with another epoch are of a storage that it does not have any more.
    slot_epoch: Epoch = 0,
    balance: abi.Word = hash.zero_word,
    nonce: abi.Nonce = @splat(0),
    code_hash: abi.Word = hash.empty_code_hash,
    storage_root: abi.Word = hash.empty_root,
    /// `abi.Known` bits; 0 for a record that only owns slots.
    known: u8 = 0,
    absent: bool = false,
    chance: bool = false,
    /// Whether it stands in the ring, with facts that count or not.
    entered: bool = false,
    /// Read ahead, and not read since.
    ahead: bool = false,
};

/// What is known of every account where there is no chain below.
pub const absent_account: Account = .{ .address = @splat(0), .known = Known.all, .absent = true };

/// Takes over the known fields of a record, in any node's way of saying "empty": a code hash or
/// storage root of zero bytes is that of nothing. An account of which nothing is set is absent,
/// unless the record says that it is in the state.
pub fn learn(account: *Account, record: *const abi.AccountFields) void {
    if (record.presence == @intFromEnum(abi.Presence.absent)) {
        account.balance = hash.zero_word;
        account.nonce = @splat(0);
        account.code_hash = hash.empty_code_hash;
        account.storage_root = hash.empty_root;
        account.known = Known.all;
        account.absent = true;
        return;
    }
    if (record.known & Known.balance != 0) account.balance = record.balance;
    if (record.known & Known.nonce != 0) account.nonce = record.nonce;
    if (record.known & Known.code_hash != 0) {
        account.code_hash = orEmpty(&record.code_hash, &hash.empty_code_hash);
    }
    if (record.known & Known.storage_root != 0) {
        account.storage_root = orEmpty(&record.storage_root, &hash.empty_root);
    }
    account.known |= record.known & Known.all;
    account.absent = record.presence == @intFromEnum(abi.Presence.unknown) and
        account.known & Known.readable == Known.readable and isEmpty(account) and
        hash.equalWords(&account.storage_root, &hash.empty_root);
}

/// The storage root that a record tells; null for none.
pub fn rootOf(record: *const abi.AccountFields) ?abi.Word {
    if (record.presence == @intFromEnum(abi.Presence.absent)) return hash.empty_root;
    if (record.known & Known.storage_root == 0) return null;
    return orEmpty(&record.storage_root, &hash.empty_root);
}

fn orEmpty(word: *const abi.Word, empty: *const abi.Word) abi.Word {
    return if (hash.isZero(word)) empty.* else word.*;
}

/// EIP-161: no balance, no nonce, no code.
pub fn isEmpty(record: anytype) bool {
    return hash.isZero(&record.balance) and
        std.mem.readInt(u64, &record.nonce, .big) == 0 and
        hash.equalWords(&record.code_hash, &hash.empty_code_hash);
}
