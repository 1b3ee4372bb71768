//! An account in the base, and how it is made from the answer of an Ethereum node.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const Known = abi.Known;

/// Numbers the blocks that a base was pinned to, from 0.
pub const Pin = u30;

pub const Account = struct {
    address: abi.Address,
    /// Cached slots that name this entry as their owner.
    slots: u32 = 0,
    /// The pinned block under which its facts were provided.
    pin: Pin = 0,
    /// The incarnation of its storage, named by the first pin that it was seen at. Slots of other
    /// incarnations are not valid.
    incarnation: Pin = 0,
    balance: abi.Word = hash.zero_word,
    nonce: abi.Nonce = @splat(0),
    code_hash: abi.Word = hash.empty_code_hash,
    storage_root: abi.Word = hash.empty_root,
    /// `abi.Known` bits; 0 for an entry that only owns slots.
    known: u8 = 0,
    absent: bool = false,
    chance: bool = false,
    /// Whether it is in the ring, with valid facts or not.
    entered: bool = false,
    /// Whether it was prefetched, and not read since.
    prefetched: bool = false,
};

/// Every account of a manager without a fork, unless it was written.
pub const absent_account: Account = .{ .address = @splat(0), .known = Known.all, .absent = true };

/// Takes over the known fields, in all forms in which Ethereum nodes report "empty": a code hash or
/// storage root of zero bytes means no code or storage. An account without any field set is absent,
/// unless `presence` says that it is in the state.
pub fn learn(account: *Account, fields: *const abi.AccountFields) void {
    if (fields.presence == @intFromEnum(abi.Presence.absent)) {
        account.balance = hash.zero_word;
        account.nonce = @splat(0);
        account.code_hash = hash.empty_code_hash;
        account.storage_root = hash.empty_root;
        account.known = Known.all;
        account.absent = true;
        return;
    }
    if (fields.known & Known.balance != 0) account.balance = fields.balance;
    if (fields.known & Known.nonce != 0) account.nonce = fields.nonce;
    if (fields.known & Known.code_hash != 0) {
        account.code_hash = orEmpty(&fields.code_hash, &hash.empty_code_hash);
    }
    if (fields.known & Known.storage_root != 0) {
        account.storage_root = orEmpty(&fields.storage_root, &hash.empty_root);
    }
    account.known |= fields.known & Known.all;
    account.absent = fields.presence == @intFromEnum(abi.Presence.unknown) and
        account.known & Known.readable == Known.readable and isEmpty(account) and
        hash.equalWords(&account.storage_root, &hash.empty_root);
}

/// The storage root among the fields; null if it is not known.
pub fn rootOf(fields: *const abi.AccountFields) ?abi.Word {
    if (fields.presence == @intFromEnum(abi.Presence.absent)) return hash.empty_root;
    if (fields.known & Known.storage_root == 0) return null;
    return orEmpty(&fields.storage_root, &hash.empty_root);
}

fn orEmpty(word: *const abi.Word, empty: *const abi.Word) abi.Word {
    return if (hash.isZero(word)) empty.* else word.*;
}

/// EIP-161: no balance, no nonce, no code.
pub fn isEmpty(fields: anytype) bool {
    return hash.isZero(&fields.balance) and
        std.mem.readInt(u64, &fields.nonce, .big) == 0 and
        hash.equalWords(&fields.code_hash, &hash.empty_code_hash);
}
