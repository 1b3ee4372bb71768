//! Merkle proofs as `eth_getProof` returns them (EIP-1186): the nodes from the root to a key,
//! without those that are embedded in their parents. The check accepts exactly one list of nodes
//! for a key.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const rlp = @import("rlp.zig");
const NodeStore = @import("node_store.zig").NodeStore;
const Walk = @import("walk.zig").Walk;
const Gpa = @import("../tables/heap.zig").Gpa;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

/// Nodes in one buffer: for each its length, four bytes, little-endian, then its RLP. Empty entries
/// are skipped: some Ethereum nodes write one where a child is absent.
pub const NodeList = struct {
    bytes: []const u8,

    /// The next node, null at the end.
    pub fn next(self: *NodeList) error{Malformed}!?[]const u8 {
        while (self.bytes.len > 0) {
            if (self.bytes.len < 4) return error.Malformed;
            const len = std.mem.readInt(u32, self.bytes[0..4], .little);
            if (len > self.bytes.len - 4) return error.Malformed;
            const entry = self.bytes[4..][0..len];
            self.bytes = self.bytes[4 + len ..];
            if (len > 0) return entry;
        }
        return null;
    }

    pub fn append(
        gpa: Gpa,
        out: *List(u8),
        node_bytes: []const u8,
    ) Allocator.Error!void {
        try out.ensureUnusedCapacity(gpa, 4 + node_bytes.len);
        var len: [4]u8 = undefined;
        std.mem.writeInt(u32, &len, @intCast(node_bytes.len), .little);
        out.appendSliceAssumeCapacity(&len);
        out.appendSliceAssumeCapacity(node_bytes);
    }
};

/// The faults of a proof that its trie nodes alone show.
pub const Fault = abi.ProofFault;

fn faultOf(failure: CheckError) Fault {
    return switch (failure) {
        error.Malformed => .malformed_list,
        error.MissingNode => .missing_trie_node,
        error.ExtraNode => .extra_trie_node,
        error.WrongHash => .wrong_hash,
        error.BadRlp => .bad_rlp,
        // Also a node of another kind than its place requires.
        error.BadNode => .bad_trie_node,
        error.BadPath => .bad_path,
        error.BadBranch => .bad_branch,
        // Also the hash of a short node.
        error.BadReference => .bad_reference,
        error.BadValue => .bad_value,
    };
}

pub const Verdict = union(enum) {
    /// The contents of the leaf, in the proof's buffer.
    value: []const u8,
    absent,
    invalid: struct {
        fault: Fault,
        /// The number of the node in the list, from 0.
        depth: u32,
    },
};

/// Checks the proof of one hashed key. The nodes of a valid proof are added to the store as nodes
/// of the chain; an invalid proof adds nothing. Nodes that the store has already are compared, not
/// hashed again.
pub fn verify(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    proof: []const u8,
) Allocator.Error!Verdict {
    // One node for each nibble, and a leaf.
    var hashes: [node.key_nibbles + 1]abi.Word = undefined;
    var checked: u32 = 0;
    const verdict = check(store, root, key, proof, &hashes, &checked) catch |failure| {
        return .{ .invalid = .{ .fault = faultOf(failure), .depth = checked } };
    };
    var list: NodeList = .{ .bytes = proof };
    for (hashes[0..checked]) |*known| {
        try store.put(known, (list.next() catch unreachable).?, .chain);
    }
    return verdict;
}

const CheckError = node.DecodeError || error{ Malformed, MissingNode, ExtraNode, WrongHash };

fn check(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    proof: []const u8,
    hashes: *[node.key_nibbles + 1]abi.Word,
    checked: *u32,
) CheckError!Verdict {
    var list: NodeList = .{ .bytes = proof };
    if (hash.equalWords(root, &hash.empty_root)) {
        // For an empty trie, some Ethereum nodes return no trie node, others the RLP of the empty
        // string.
        if (try list.next()) |only| {
            if (!hash.equalBytes(only, rlp.empty_string)) return error.WrongHash;
        }
        try expectEnd(&list);
        return .absent;
    }
    var walk: Walk = .{ .key = key };
    var expected = root;
    while (true) {
        const bytes = try list.next() orelse return error.MissingNode;
        hashes[checked.*] = expected.*;
        if (!isPreimage(store, expected, bytes)) return error.WrongHash;
        const step = try walk.through(bytes);
        checked.* += 1;
        switch (step) {
            .hash => |next| expected = next,
            .value => |value| {
                try expectEnd(&list);
                return .{ .value = value };
            },
            .absent => {
                try expectEnd(&list);
                return .absent;
            },
        }
    }
}

fn expectEnd(list: *NodeList) CheckError!void {
    if (try list.next() != null) return error.ExtraNode;
}

fn isPreimage(store: *NodeStore, expected: *const abi.Word, bytes: []const u8) bool {
    if (store.get(expected)) |known| return hash.equalBytes(known, bytes);
    return hash.equalWords(&hash.keccak256(bytes), expected);
}
