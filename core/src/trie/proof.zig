//! Merkle proofs as `eth_getProof` gives them (EIP-1186): the nodes from the root to a key, those
//! that stand in their parents left out. Checked so that exactly one list of nodes is accepted for
//! a key.

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

/// Nodes in one buffer: for each its length, four bytes, little-endian, then its RLP. Entries of no
/// bytes are passed over: some Ethereum nodes write one where a child is absent.
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

/// What is wrong with a proof; of these, those that the nodes alone show.
pub const Fault = abi.ProofFault;

fn faultOf(failure: CheckError) Fault {
    return switch (failure) {
        error.Malformed => .malformed_list,
        error.MissingNode => .missing_trie_node,
        error.ExtraNode => .extra_trie_node,
        error.WrongHash => .wrong_hash,
        error.BadRlp => .bad_rlp,
        // Also a node that is not of the kind that must stand there.
        error.BadNode => .bad_trie_node,
        error.BadPath => .bad_path,
        error.BadBranch => .bad_branch,
        // Also the hash of a short node.
        error.BadReference => .bad_reference,
        error.BadValue => .bad_value,
    };
}

pub const Verdict = union(enum) {
    /// What the leaf holds, in the proof's buffer.
    value: []const u8,
    absent,
    invalid: struct {
        fault: Fault,
        /// The number of the node in the list, from 0.
        depth: u32,
    },
};

/// Checks the proof of one hashed key. The nodes of a valid proof are put into the store, as nodes
/// of the chain; an invalid one leaves nothing. What the store has is compared, not hashed again.
pub fn verify(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    proof: []const u8,
) Allocator.Error!Verdict {
    // One node a nibble and a leaf.
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
        // Some nodes answer no node, others the empty string's RLP.
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
