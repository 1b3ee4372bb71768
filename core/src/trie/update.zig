//! Changes many keys of a trie at once. Only the nodes on the paths to the changed keys are made
//! again, and each is hashed once.
//!
//! A node is made when all changes below it are known, so puts are applied before deletes, and only
//! nodes are requested without which the new trie cannot be made. A branch that is left with one
//! unchanged child needs that child (the *sibling*): a leaf or an extension is extended by the
//! nibble of the branch, a branch is not.
//!
//! Old nodes stay in the store, and new ones are added as local. Nothing else is changed. Nodes
//! made by a failed update are collected like all others.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const rlp = @import("rlp.zig");
const Missing = @import("read.zig").Missing;
const NodeStore = @import("node_store.zig").NodeStore;
const maker = @import("maker.zig");
const List = @import("../tables/list.zig").List;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Children = maker.Children;
const Made = maker.Made;
const Maker = maker.Maker;

const Path = node.Path;
const Short = node.Short;
const nibbleAt = node.nibbleAt;

pub const Error = error{
    OutOfMemory,
    /// A node does not match its place in the trie.
    InvalidTrie,
    /// Required nodes are not in the store; they are listed.
    MissingNode,
};

pub const Change = struct {
    /// The hashed key.
    key: node.Key,
    /// The new contents of the leaf; empty to delete it.
    value: []const u8,
};

/// Sorts changes by key, as `apply` requires. Shell's sort needs little code.
pub fn sortChanges(changes: []Change) void {
    var gap: usize = 1;
    while (gap < changes.len / 2) gap = gap * 9 / 4 + 1;
    while (gap > 0) : (gap = gap * 4 / 9) {
        for (gap..@max(gap, changes.len)) |from| {
            const moved = changes[from];
            var at = from;
            while (at >= gap and isBefore(&moved.key, &changes[at - gap].key)) : (at -= gap) {
                changes[at] = changes[at - gap];
            }
            changes[at] = moved;
        }
    }
    if (checks.enabled) for (changes, 0..) |*change, at| {
        assert(at == 0 or !isBefore(&change.key, &changes[at - 1].key));
    };
}

fn isBefore(a: *const node.Key, b: *const node.Key) bool {
    for (0..@sizeOf(node.Key) / 8) |limb| {
        const one = std.mem.readInt(u64, a[limb * 8 ..][0..8], .big);
        const other = std.mem.readInt(u64, b[limb * 8 ..][0..8], .big);
        if (one != other) return one < other;
    }
    return false;
}

/// Returns the root after these changes, which must be sorted and name each key once. If nodes are
/// missing, all that are known to be required are appended to `missing`, in the store's memory.
/// Once they are there, more may turn out to be required.
pub fn apply(
    store: *NodeStore,
    root: *const abi.Word,
    changes: []const Change,
    missing: *List(Missing),
) Error!abi.Word {
    if (changes.len == 0) return root.*;
    if (checks.enabled) for (changes[1..], changes[0 .. changes.len - 1]) |*change, *before| {
        assert(isBefore(&before.key, &change.key));
    };
    var update: Update = .{
        .store = store,
        .changes = changes,
        .missing = missing,
        .maker = .{ .store = store },
    };
    defer update.maker.deinit();
    const range: Range = .{ .from = 0, .end = @intCast(changes.len) };
    var made: Made = .nothing;
    var reference: [33]u8 = undefined;
    const lacking = missing.items.len;
    const outcome = try update.change(rootReference(root, &reference), 0, range, &made);
    // Nothing is guessed: there is a root if and only if no node was missing.
    assert((outcome == .unknown) == (missing.items.len > lacking));
    assert(update.maker.scratch.items.len == 0);
    return switch (outcome) {
        .same => root.*,
        .unknown => error.MissingNode,
        .changed => update.maker.putRoot(&made),
    };
}

fn rootReference(root: *const abi.Word, out: *[33]u8) []const u8 {
    if (hash.equalWords(root, &hash.empty_root)) return rlp.empty_string;
    out[0] = rlp.string_offset + 32;
    out[1..].* = root.*;
    return out;
}

/// The outcome for a part of the trie. `unknown`: a node is missing.
const Outcome = enum { same, changed, unknown };

/// The changes whose keys share the path to the present node.
const Range = struct {
    from: u32,
    end: u32,

    fn isEmpty(range: Range) bool {
        return range.from == range.end;
    }
};

const Update = struct {
    store: *NodeStore,
    changes: []const Change,
    missing: *List(Missing),
    maker: Maker,

    /// Applies the changes of `range`, which is not empty, to the node at `depth`. Sets `out` if
    /// the node changed.
    fn change(
        self: *Update,
        reference: []const u8,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        assert(range.from < range.end and range.end <= self.changes.len);
        assert(depth <= node.key_nibbles);
        if (node.isEmpty(reference)) return self.changeLeaf(null, depth, range, out);
        const key = &self.changes[range.from].key;
        const bytes = try self.load(reference, depth) orelse
            return self.lack(node.hashIn(reference).?, .ofKey(key, 0, depth), .on_path, range);
        return switch (node.decode(bytes) catch return error.InvalidTrie) {
            .leaf => |leaf| {
                if (!node.isKeyLength(depth + leaf.path.len)) return error.InvalidTrie;
                return self.changeLeaf(&leaf, depth, range, out);
            },
            .extension => |extension| {
                if (depth + extension.path.len >= node.key_nibbles) return error.InvalidTrie;
                return self.changeExtension(&extension, depth, range, out);
            },
            .branch => |branch| {
                if (depth >= node.key_nibbles) return error.InvalidTrie;
                return self.changeBranch(&branch, depth, range, out);
            },
        };
    }

    /// The bytes of a node; null if it is missing.
    fn load(self: *Update, reference: []const u8, depth: u8) Error!?[]const u8 {
        const key = node.hashIn(reference) orelse return reference;
        const bytes = self.store.get(key) orelse return null;
        if (bytes.len < node.hashed_bytes and depth > 0) return error.InvalidTrie;
        return bytes;
    }

    fn lack(
        self: *Update,
        key: *const abi.Word,
        path: Path,
        kind: @FieldType(Missing, "kind"),
        range: Range,
    ) Error!Outcome {
        self.maker.is_futile = true;
        try self.missing.append(self.store.gpa, .{
            .hash = key.*,
            .path = path,
            .kind = kind,
            .change = range.from,
        });
        return .unknown;
    }

    /// Applies changes where there is one leaf or nothing.
    fn changeLeaf(
        self: *Update,
        leaf: ?*const Short,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        var first: ?u32 = null;
        var last: u32 = 0;
        var stays = leaf;
        var same_value = false;
        for (range.from..range.end) |number| {
            const wanted = &self.changes[number];
            if (leaf) |old| if (old.path.commonWith(&wanted.key, depth) == old.path.len) {
                stays = null;
                same_value = hash.equalBytes(old.content, wanted.value);
            };
            if (wanted.value.len == 0) continue;
            if (first == null) first = @intCast(number);
            last = @intCast(number);
        }
        const from = first orelse {
            if (stays != null or leaf == null) return .same;
            out.kind = .empty;
            return .changed;
        };
        const key = &self.changes[from].key;
        if (stays == null and from == last) {
            if (same_value) return .same;
            out.setLeaf(.ofKey(key, depth, node.endOf(key)), self.changes[from].value);
            return .changed;
        }
        const last_key = &self.changes[last].key;
        const common = if (stays) |old|
            @min(old.path.commonWith(key, depth), old.path.commonWith(last_key, depth))
        else
            Path.ofKey(key, depth, node.endOf(key)).commonWith(last_key, depth);
        return self.split(stays, depth, common, range, from, out);
    }

    fn changeExtension(
        self: *Update,
        extension: *const Short,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        const len = extension.path.len;
        var common = len;
        var from: u32 = 0;
        for (range.from..range.end) |number| {
            const wanted = &self.changes[number];
            if (wanted.value.len == 0) continue;
            const shared = extension.path.commonWith(&wanted.key, depth);
            if (shared < common) {
                common = shared;
                from = @intCast(number);
            }
        }
        assert(common <= len and len > 0);
        if (common < len) return self.split(extension, depth, common, range, from, out);
        var below = range;
        while (!below.isEmpty() and !self.isOn(extension, below.from, depth)) below.from += 1;
        while (!below.isEmpty() and !self.isOn(extension, below.end - 1, depth)) below.end -= 1;
        if (below.isEmpty()) return .same;
        const outcome = try self.change(extension.content, depth + len, below, out);
        if (outcome == .changed) out.lengthen(extension.path.slice());
        return outcome;
    }

    fn isOn(self: *Update, short: *const Short, number: u32, depth: u8) bool {
        return short.path.commonWith(&self.changes[number].key, depth) == short.path.len;
    }

    fn changeBranch(
        self: *Update,
        branch: *const node.Branch,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        var children = self.maker.startBranch();
        defer self.maker.endBranch(&children);
        var outcome: Outcome = .same;
        var made: Made = .nothing;
        var left = range;
        for (0..node.fanout) |at| {
            const nibble: u8 = @intCast(at);
            const old = branch.child(nibble);
            const below = self.takeNibble(&left, depth, nibble);
            const of_child: Outcome = if (below.isEmpty())
                .same
            else if (node.isValue(nibble))
                try self.changeValue(old, depth + 1, below, &made)
            else
                try self.change(old, depth + 1, below, &made);
            switch (of_child) {
                .same => try self.maker.addOld(&children, nibble, old),
                .changed => try self.maker.addMade(&children, nibble, &made),
                .unknown => {},
            }
            if (outcome != .unknown and of_child != .same) outcome = of_child;
        }
        // Every change was passed to a child.
        assert(left.isEmpty());
        if (outcome != .changed) return outcome;
        return self.finish(&children, depth, range, out);
    }

    /// Applies the only possible change to the value of a branch.
    fn changeValue(
        self: *Update,
        reference: []const u8,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        const leaf = node.leafOfValue(reference) orelse
            return self.changeLeaf(null, depth, range, out);
        return self.changeLeaf(&leaf, depth, range, out);
    }

    /// Takes the changes with this nibble from the front of the remaining ones.
    fn takeNibble(self: *Update, left: *Range, depth: u8, nibble: u8) Range {
        const from = left.from;
        while (!left.isEmpty() and nibbleAt(&self.changes[left.from].key, depth) == nibble) {
            left.from += 1;
        }
        return .{ .from = from, .end = left.from };
    }

    /// Makes a branch `common` nibbles below `depth`, where the paths diverge. Its children are
    /// puts, one of which is change `from`, and the leaf or extension that was at `depth`.
    fn split(
        self: *Update,
        old: ?*const Short,
        depth: u8,
        common: u8,
        range: Range,
        from: u32,
        out: *Made,
    ) Error!Outcome {
        const way: Path = .ofKey(&self.changes[from].key, depth, depth + common);
        var left = range;
        while (way.commonWith(&self.changes[left.from].key, depth) < common) left.from += 1;
        while (way.commonWith(&self.changes[left.end - 1].key, depth) < common) left.end -= 1;
        const below_way = left;
        var children = self.maker.startBranch();
        defer self.maker.endBranch(&children);
        var has_unknown = false;
        var made: Made = .nothing;
        for (0..node.fanout) |at| {
            const nibble: u8 = @intCast(at);
            const below = self.takeNibble(&left, depth + common, nibble);
            const is_old = old != null and old.?.path.nibbles[common] == nibble;
            made.kind = .empty;
            const outcome = if (is_old)
                try self.rehome(old.?, depth, common + 1, below, &made)
            else if (!below.isEmpty())
                try self.changeLeaf(null, depth + common + 1, below, &made)
            else
                .same;
            if (outcome == .unknown) has_unknown = true;
            try self.maker.addMade(&children, nibble, &made);
        }
        assert(left.isEmpty());
        if (has_unknown) return .unknown;
        // The put is here. The node that was here before may be deleted.
        assert(children.occupied >= 1);
        const outcome = try self.finish(&children, depth + common, below_way, out);
        if (outcome == .changed) out.lengthen(way.slice());
        return outcome;
    }

    /// Applies changes to a leaf or an extension whose first `cut` nibbles moved to a branch above
    /// it. Always sets `out`.
    fn rehome(
        self: *Update,
        old: *const Short,
        depth: u8,
        cut: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        var rest: Short = .{ .path = .empty, .content = old.content };
        assert(cut > 0 and cut <= old.path.len);
        rest.path.append(old.path.slice()[cut..]);
        const is_leaf = old.path.endsKey(depth);
        const at = depth + cut;
        const outcome = if (range.isEmpty())
            .same
        else if (is_leaf)
            try self.changeLeaf(&rest, at, range, out)
        else if (rest.path.len == 0)
            try self.change(rest.content, at, range, out)
        else
            try self.changeExtension(&rest, at, range, out);
        if (outcome == .same) {
            if (is_leaf) {
                out.setLeaf(rest.path, rest.content);
            } else {
                out.setBranch(rest.content);
                out.lengthen(rest.path.slice());
            }
        }
        return outcome;
    }

    /// Makes the branch at `depth`, or the node that replaces it if it has fewer than two children.
    fn finish(
        self: *Update,
        children: *Children,
        depth: u8,
        range: Range,
        out: *Made,
    ) Error!Outcome {
        if (children.occupied == 0) {
            out.kind = .empty;
            return .changed;
        }
        if (children.occupied == 1) {
            if (children.first_old) |old| {
                if (!try self.readSibling(old, depth, children.first, range, out)) return .unknown;
            } else out.* = children.first_made;
            out.lengthen(&.{children.first});
            return .changed;
        }
        try self.maker.makeBranch(children, out);
        return .changed;
    }

    /// Sets `out` to the only remaining child of a branch at `depth`. Returns false if it is
    /// missing.
    fn readSibling(
        self: *Update,
        reference: []const u8,
        depth: u8,
        nibble: u8,
        range: Range,
        out: *Made,
    ) Error!bool {
        // It is embedded, so it cannot be missing.
        if (node.isValue(nibble)) {
            out.setLeaf(.empty, node.leafOfValue(reference).?.content);
            return true;
        }
        const at = depth + 1;
        const bytes = try self.load(reference, at) orelse {
            const key = node.hashIn(reference).?;
            var path: Path = .ofKey(&self.changes[range.from].key, 0, depth);
            path.append(&.{nibble});
            _ = try self.lack(key, path, .sibling, range);
            return false;
        };
        switch (node.decode(bytes) catch return error.InvalidTrie) {
            .leaf => |leaf| {
                if (!node.isKeyLength(at + leaf.path.len)) return error.InvalidTrie;
                out.setLeaf(leaf.path, leaf.content);
            },
            .extension => |extension| {
                if (at + extension.path.len >= node.key_nibbles) return error.InvalidTrie;
                out.setBranch(extension.content);
                out.lengthen(extension.path.slice());
            },
            .branch => out.setBranch(reference),
        }
        if (node.hashIn(reference)) |key| try self.store.keepSibling(key);
        assert(out.kind != .empty);
        return true;
    }
};
