//! Reads the block's state from trie nodes if no fact answers: what proofs or a witness revealed
//! needs no request. A value that was read becomes a fact.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const Base = @import("base.zig").Base;
const StateTrie = @import("state_trie.zig").StateTrie;
const Allocator = std.mem.Allocator;

/// Whether the nodes hold all of an account. It then becomes a fact.
pub fn account(
    base: *Base,
    state: *StateTrie,
    address: *const abi.Address,
) Allocator.Error!bool {
    @branchHint(.unlikely);
    if (state.store.count() == 0) return false;
    const root = state.root orelse return false;
    const leaf = state.leaf(&root, &hash.keccak256(address)) catch return false;
    const fields = switch (leaf) {
        .missing => return false,
        .absent => absent,
        .account => |found| fieldsOf(&found),
    };
    base.putAccount(address, &fields) catch |failure| return orFalse(failure);
    return true;
}

/// Whether the nodes hold the value of a slot. It then becomes a fact.
pub fn slot(
    base: *Base,
    state: *StateTrie,
    address: *const abi.Address,
    key: *const abi.Word,
) Allocator.Error!bool {
    @branchHint(.unlikely);
    if (state.store.count() == 0) return false;
    const root = state.root orelse return false;
    const leaf = state.leaf(&root, &hash.keccak256(address)) catch return false;
    const storage_root = switch (leaf) {
        .missing => return false,
        .absent => hash.empty_root,
        .account => |found| found.storage_root,
    };
    const found = state.value(&storage_root, &hash.keccak256(key)) catch return false;
    if (found == .missing) return false;
    base.putSlot(address, key, &found.word) catch |failure| return orFalse(failure);
    return true;
}

/// A full table must not fail a read that the chain can answer.
fn orFalse(failure: error{ OutOfMemory, LimitExceeded }) Allocator.Error!bool {
    return switch (failure) {
        error.OutOfMemory => error.OutOfMemory,
        error.LimitExceeded => false,
    };
}

const absent: abi.AccountFields = .{
    .balance = @splat(0),
    .nonce = @splat(0),
    .code_hash = @splat(0),
    .storage_root = @splat(0),
    .known = abi.Known.all,
    .presence = @intFromEnum(abi.Presence.absent),
    .reserved = @splat(0),
};

/// An account in the trie exists, even if it is empty (EIP-161).
pub fn fieldsOf(found: *const trie.rlp.Account) abi.AccountFields {
    return .{
        .balance = found.balance,
        .nonce = found.nonce,
        .code_hash = found.code_hash,
        .storage_root = found.storage_root,
        .known = abi.Known.all,
        .presence = @intFromEnum(abi.Presence.empty),
        .reserved = @splat(0),
    };
}
