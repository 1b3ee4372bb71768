//! Checks the claims of an Ethereum node: the proof of the requested key under the state root of
//! the block, and then each claimed field against the leaf. Nothing may be missing, extra or not
//! canonical, and no field may be claimed of an absent account or slot.
//!
//! The trie nodes of a sound proof are kept. The proven fact is not added; the caller does that
//! next.

const std = @import("std");
const abi = @import("../abi.zig");
const base = @import("base.zig");
const hash = @import("../tables/hash.zig");
const sparse_reads = @import("sparse_reads.zig");
const trie = @import("../trie/trie.zig");
const Fork = @import("fork.zig").Fork;
const NodeError = @import("fork.zig").NodeError;
const Allocator = std.mem.Allocator;
const Known = abi.Known;

/// Checks a claim about an account. Fields not in `claim.known` are not compared.
pub fn checkAccount(
    fork: *Fork,
    generation: u32,
    address: *const abi.Address,
    claim: *const abi.AccountFields,
    proof: []const u8,
    outcome: *align(1) abi.ProofOutcome,
) NodeError!void {
    if (generation != fork.generation) return error.StaleRequest;
    const root = fork.state.root orelse return error.NoStateRoot;
    fork.letNodesGo();
    const key = hash.keccak256(address);
    const verdict = try trie.verify(&fork.state.store, &root, &key, proof);
    const presence: abi.Presence = switch (verdict) {
        .invalid => |invalid| {
            outcome.* = refused(invalid.fault, invalid.depth);
            return error.ProofInvalid;
        },
        .absent => blk: {
            if (!isNothing(claim)) return refuse(outcome, .not_absent, proof);
            break :blk .absent;
        },
        .value => |bytes| blk: {
            const leaf = trie.rlp.decodeAccount(bytes) orelse
                return refuse(outcome, .bad_value, proof);
            const fields = sparse_reads.fieldsOf(&leaf);
            if (differenceOf(claim, &fields)) |fault| return refuse(outcome, fault, proof);
            break :blk if (base.isEmpty(&fields)) .empty else .live;
        },
    };
    outcome.* = .{ .fault = 0, .depth = 0, .presence = @intFromEnum(presence) };
}

/// Checks a claim about a slot under a proven storage root.
pub fn checkStorage(
    fork: *Fork,
    generation: u32,
    storage_root: *const abi.Word,
    slot: *const abi.Word,
    value: *const abi.Word,
    proof: []const u8,
    outcome: *align(1) abi.ProofOutcome,
) NodeError!void {
    if (generation != fork.generation) return error.StaleRequest;
    fork.letNodesGo();
    const root = if (hash.isZero(storage_root)) &hash.empty_root else storage_root;
    const key = hash.keccak256(slot);
    switch (try trie.verify(&fork.state.store, root, &key, proof)) {
        .invalid => |invalid| {
            outcome.* = refused(invalid.fault, invalid.depth);
            return error.ProofInvalid;
        },
        .absent => if (!hash.isZero(value)) return refuse(outcome, .not_absent, proof),
        .value => |bytes| {
            const word = trie.rlp.decodeWord(bytes) orelse
                return refuse(outcome, .bad_value, proof);
            if (!hash.equalWords(&word, value)) return refuse(outcome, .wrong_value, proof);
        },
    }
    outcome.* = std.mem.zeroes(abi.ProofOutcome);
}

fn isNothing(claim: *const abi.AccountFields) bool {
    const known = claim.known;
    return (known & Known.balance == 0 or hash.isZero(&claim.balance)) and
        (known & Known.nonce == 0 or std.mem.allEqual(u8, &claim.nonce, 0)) and
        (known & Known.code_hash == 0 or isEither(&claim.code_hash, &hash.empty_code_hash)) and
        (known & Known.storage_root == 0 or isEither(&claim.storage_root, &hash.empty_root));
}

/// Ethereum nodes report "no code or storage" as zero bytes or as the hash of nothing.
fn isEither(word: *const abi.Word, empty: *const abi.Word) bool {
    return hash.isZero(word) or hash.equalWords(word, empty);
}

fn differenceOf(claim: *const abi.AccountFields, leaf: *const abi.AccountFields) ?abi.ProofFault {
    const known = claim.known;
    if (known & Known.balance != 0 and !hash.equalWords(&claim.balance, &leaf.balance)) {
        return .wrong_balance;
    }
    if (known & Known.nonce != 0 and !hash.equalBytes(&claim.nonce, &leaf.nonce)) {
        return .wrong_nonce;
    }
    if (known & Known.code_hash != 0 and
        !isSame(&claim.code_hash, &leaf.code_hash, &hash.empty_code_hash)) return .wrong_code_hash;
    if (known & Known.storage_root != 0 and
        !isSame(&claim.storage_root, &leaf.storage_root, &hash.empty_root))
    {
        return .wrong_storage_root;
    }
    return null;
}

fn isSame(claim: *const abi.Word, leaf: *const abi.Word, empty: *const abi.Word) bool {
    return hash.equalWords(claim, leaf) or (hash.isZero(claim) and hash.equalWords(leaf, empty));
}

fn refuse(outcome: *align(1) abi.ProofOutcome, fault: abi.ProofFault, proof: []const u8) NodeError {
    var depth: u32 = 0;
    var list: trie.NodeList = .{ .bytes = proof };
    while (list.next() catch null) |_| depth += 1;
    outcome.* = refused(fault, depth -| 1);
    return error.ProofInvalid;
}

fn refused(fault: abi.ProofFault, depth: u32) abi.ProofOutcome {
    return .{ .fault = @intFromEnum(fault), .depth = depth, .presence = 0 };
}
