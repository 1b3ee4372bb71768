//! Makes the nodes of an update: leaves and extensions, which are kept unencoded while their paths
//! may grow, and branches from their children. Encoded nodes are added to the store as local.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const rlp = @import("rlp.zig");
const NodeStore = @import("node_store.zig").NodeStore;
const List = @import("../tables/list.zig").List;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Allocator = std.mem.Allocator;
const Path = node.Path;

/// A node that is not encoded yet, because nodes above it may still lengthen its path. A branch is
/// encoded at once.
pub const Made = struct {
    kind: enum { empty, leaf, extension, branch },
    path: Path,
    /// What a leaf holds.
    value: []const u8,
    /// The reference to a branch: this one, or the child of this extension.
    branch: Reference,

    pub const nothing: Made = .{
        .kind = .empty,
        .path = .empty,
        .value = "",
        .branch = .{ .len = 0 },
    };

    pub fn setLeaf(made: *Made, path: Path, value: []const u8) void {
        assert(value.len > 0);
        made.kind = .leaf;
        made.path = path;
        made.value = value;
    }

    pub fn setBranch(made: *Made, reference: []const u8) void {
        made.kind = .branch;
        made.path.len = 0;
        made.branch.set(reference);
        assert(!node.isEmpty(reference));
    }

    /// Puts nibbles in front of the path of the node.
    pub fn lengthen(made: *Made, nibbles: []const u8) void {
        if (made.kind == .empty or nibbles.len == 0) return;
        if (made.kind == .branch) made.kind = .extension;
        made.path.prepend(nibbles);
        assert(made.path.len >= nibbles.len);
    }
};

const Reference = struct {
    bytes: [33]u8 = undefined,
    len: u8,

    pub fn set(self: *Reference, reference: []const u8) void {
        @memcpy(self.bytes[0..reference.len], reference);
        self.len = @intCast(reference.len);
    }

    pub fn slice(self: *const Reference) []const u8 {
        return self.bytes[0..self.len];
    }
};

/// The children of a branch, as they are added in order. The first is held back: if no other is
/// added, there is no branch.
pub const Children = struct {
    /// Where the branch starts in the scratch bytes.
    base: usize,
    /// References in the scratch bytes.
    written: u8 = 0,
    occupied: u8 = 0,
    first: u8 = 0,
    /// The first child, if it is an unchanged one.
    first_old: ?[]const u8 = null,
    first_made: Made = .nothing,
};

pub const Maker = struct {
    store: *NodeStore,
    /// References of the branches that are being made, one branch after the other.
    scratch: List(u8) = .empty,
    /// Whether the update will fail, so that nothing more is hashed.
    is_futile: bool = false,

    pub fn deinit(self: *Maker) void {
        self.scratch.deinit(self.store.gpa);
    }

    pub fn startBranch(self: *Maker) Children {
        return .{ .base = self.scratch.items.len };
    }

    pub fn endBranch(self: *Maker, children: *const Children) void {
        assert(self.scratch.items.len >= children.base);
        self.scratch.items.len = children.base;
    }

    /// Adds an unchanged child.
    pub fn addOld(
        self: *Maker,
        children: *Children,
        nibble: u8,
        old: []const u8,
    ) Allocator.Error!void {
        if (node.isEmpty(old)) return;
        assert(children.occupied == 0 or nibble > children.first);
        children.occupied += 1;
        if (children.occupied == 1) {
            children.first = nibble;
            children.first_old = old;
            return;
        }
        try self.addFirst(children);
        try self.write(children, nibble, old);
    }

    /// Adds a changed child, unless it was deleted.
    pub fn addMade(
        self: *Maker,
        children: *Children,
        nibble: u8,
        made: *Made,
    ) Allocator.Error!void {
        if (made.kind == .empty) return;
        assert(children.occupied == 0 or nibble > children.first);
        children.occupied += 1;
        if (children.occupied == 1) {
            children.first = nibble;
            children.first_made = made.*;
            return;
        }
        try self.addFirst(children);
        if (node.isValue(nibble)) return self.writeValue(children, made.value);
        try self.write(children, nibble, try self.encode(made));
    }

    fn addFirst(self: *Maker, children: *Children) Allocator.Error!void {
        if (children.occupied != 2) return;
        const reference = children.first_old orelse try self.encode(&children.first_made);
        try self.write(children, children.first, reference);
    }

    /// Writes a reference, after empty ones for the nibbles before it.
    fn write(
        self: *Maker,
        children: *Children,
        nibble: u8,
        reference: []const u8,
    ) Allocator.Error!void {
        const gpa = self.store.gpa;
        // Children come in order.
        assert(children.written <= nibble);
        if (children.written == 0) {
            // The first time, this reserves room for the usual number of nested branches.
            const branches: usize = if (self.scratch.capacity == 0) usual_depth else 1;
            try self.scratch.ensureUnusedCapacity(gpa, branches * max_branch);
            self.scratch.items.len += branch_header;
        }
        try self.scratch.appendNTimes(gpa, rlp.string_offset, nibble - children.written);
        try self.scratch.appendSlice(gpa, reference);
        children.written = nibble + 1;
    }

    /// Writes the value of a branch.
    fn writeValue(self: *Maker, children: *Children, value: []const u8) Allocator.Error!void {
        try self.write(children, node.terminator, "");
        try self.scratch.ensureUnusedCapacity(self.store.gpa, rlp.max_header + value.len);
        rlp.putString(&self.scratch, value);
    }

    /// Room for the header of a branch.
    const branch_header = 3;
    /// The longest branch: a reference to a hash for each nibble, and no value.
    const max_branch = branch_header + 16 * 33 + 1;
    /// The usual number of nested branches in a trie of some millions of leaves.
    const usual_depth = 6;

    /// Makes the branch with these children, of which there must be at least two.
    pub fn makeBranch(self: *Maker, children: *Children, out: *Made) Allocator.Error!void {
        assert(children.occupied >= 2);
        // The last reference is the value, which exists only with plain keys.
        if (!node.has_plain_keys or children.written <= node.terminator) {
            try self.write(children, node.terminator, rlp.empty_string);
        }
        const from = children.base + branch_header;
        var space: [rlp.max_header]u8 = undefined;
        const header = rlp.header(&space, rlp.list_offset, self.scratch.items.len - from);
        @memcpy(self.scratch.items[from - header.len .. from], header);
        try self.refer(self.scratch.items[from - header.len ..], &out.branch);
        out.kind = .branch;
        out.path.len = 0;
    }

    /// Returns the reference to a node. A leaf or an extension is encoded now.
    fn encode(self: *Maker, made: *Made) Allocator.Error![]const u8 {
        if (made.kind == .branch) return made.branch.slice();
        const base = self.scratch.items.len;
        defer self.scratch.items.len = base;
        const gpa = self.store.gpa;
        const kind: node.ShortKind = if (made.kind == .leaf) .leaf else .extension;
        const content = if (kind == .leaf) made.value else made.branch.slice();
        try node.encodeShort(gpa, &self.scratch, made.path.slice(), content, kind);
        try self.refer(self.scratch.items[base..], &made.branch);
        return made.branch.slice();
    }

    /// Sets the reference to an encoded node, which is added to the store unless it is short.
    fn refer(self: *Maker, bytes: []const u8, out: *Reference) Allocator.Error!void {
        if (checks.enabled) assert(if (node.decode(bytes)) |_| true else |_| false);
        if (bytes.len < node.hashed_bytes) return out.set(bytes);
        out.len = 33;
        out.bytes[0] = rlp.string_offset + 32;
        if (self.is_futile) return;
        const key = hash.keccak256(bytes);
        out.bytes[1..].* = key;
        try self.store.put(&key, bytes, .local);
        if (checks.enabled) assert(self.store.has(&key));
    }

    /// The hash of the root node, even if it is short.
    pub fn putRoot(self: *Maker, made: *Made) Allocator.Error!abi.Word {
        if (made.kind == .empty) return hash.empty_root;
        const reference = try self.encode(made);
        if (node.hashIn(reference)) |key| return key.*;
        const key = hash.keccak256(reference);
        try self.store.put(&key, reference, .local);
        return key;
    }
};
