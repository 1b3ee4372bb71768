//! Reads a trie whose nodes may be known only in part: values, proofs, and the nodes on a path.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const NodeList = @import("proof.zig").NodeList;
const NodeStore = @import("node_store.zig").NodeStore;
const Walk = @import("walk.zig").Walk;
const List = @import("../tables/list.zig").List;

/// A required node that is not in the store.
pub const Missing = struct {
    hash: abi.Word,
    /// Its path from the root.
    path: node.Path,
    /// A sibling is the child that a deletion leaves alone in a branch. No proof of the deleted key
    /// contains it.
    kind: enum(u8) { on_path, sibling },
    /// The number of a change that needs it; 0 for reads.
    change: u32,
};

pub const Lookup = union(enum) {
    /// The contents of the leaf, valid as long as `NodeStore.get` says.
    value: []const u8,
    absent,
    missing: Missing,
};

pub fn lookup(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
) error{InvalidTrie}!Lookup {
    return walkAll(store, root, key, .{}) catch |failure| switch (failure) {
        error.InvalidTrie => error.InvalidTrie,
        error.OutOfMemory => unreachable,
    };
}

pub const ProveError = error{ OutOfMemory, InvalidTrie };

/// Appends the proof of a key in the form that `NodeList` reads; it is empty for an empty trie.
/// Returns null, or the missing node; the part before it was then appended.
pub fn prove(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    out: *List(u8),
) ProveError!?Missing {
    return missingOf(try walkAll(store, root, key, .{ .out = out }));
}

/// The same, without the nodes that this visit of the store has already seen.
pub fn collectPath(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    visit: u32,
    out: *List(u8),
) ProveError!?Missing {
    return missingOf(try walkAll(store, root, key, .{ .out = out, .visit = visit }));
}

fn missingOf(found: Lookup) ?Missing {
    return switch (found) {
        .missing => |missing| missing,
        .value, .absent => null,
    };
}

const Target = struct {
    out: ?*List(u8) = null,
    visit: ?u32 = null,
};

noinline fn walkAll(
    store: *NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
    target: Target,
) ProveError!Lookup {
    if (hash.equalWords(root, &hash.empty_root)) return .absent;
    var walk: Walk = .{ .key = key };
    var at = root;
    while (true) {
        const bytes = store.get(at) orelse return .{ .missing = .{
            .hash = at.*,
            .path = .ofKey(key, 0, walk.depth),
            .kind = .on_path,
            .change = 0,
        } };
        if (target.out) |out| {
            const is_new = if (target.visit) |visit| store.visitFirst(at, visit) else true;
            if (is_new) try NodeList.append(store.gpa, out, bytes);
        }
        switch (walk.through(bytes) catch return error.InvalidTrie) {
            .hash => |next| at = next,
            .value => |value| return .{ .value = value },
            .absent => return .absent,
        }
    }
}
