//! Nodes of a Merkle Patricia trie (Yellow Paper, appendix D) whose keys are 32 bytes: strict
//! decoding, and encoding.
//!
//! All keys have the same length, so no branch has a value. Decoded nodes point into the input.
//!
//! The TrieTests also have plain keys: up to 32 arbitrary bytes, so one key may be a prefix of
//! another, and branches have values. A program gets tries with plain keys if its root file
//! declares `has_plain_trie_keys`. The library does not, and compiles none of it in. A plain key
//! ends with a special nibble, the terminator, so no key is a prefix of another. The value of a
//! branch is then its 17th child: a leaf with an empty path, of which only the value is written.

const std = @import("std");
const abi = @import("../abi.zig");
const rlp = @import("rlp.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const List = @import("../tables/list.zig").List;

/// Nibbles of a key.
pub const key_nibbles = 64;
/// Declared by the root file; `false` in the library and in its tests.
pub const has_plain_keys = @hasDecl(@import("root"), "has_plain_trie_keys");
/// The nibble after a plain key.
pub const terminator = 16;
/// Children of a branch.
pub const fanout = if (has_plain_keys) 17 else 16;
/// A plain key is its nibbles, one per byte, followed by terminators only.
pub const Key = if (has_plain_keys) [72]u8 else abi.Word;
/// A node whose RLP is at least this long is referenced by its hash; a shorter one is embedded in
/// its parent. The root is always referenced by its hash.
pub const hashed_bytes = 32;

pub const DecodeError = error{ BadRlp, BadNode, BadPath, BadBranch, BadReference, BadValue };

/// A nibble of a key.
pub inline fn nibbleAt(key: *const Key, at: usize) u8 {
    if (has_plain_keys) return key[at];
    const byte = key[at >> 1];
    return if (at & 1 == 0) byte >> 4 else byte & 15;
}

/// Where a key ends.
pub inline fn endOf(key: *const Key) usize {
    if (!has_plain_keys) return key_nibbles;
    return std.mem.indexOfScalar(u8, key, terminator).? + 1;
}

/// Whether a leaf's path may end this deep. A plain key may end anywhere.
pub inline fn isKeyLength(nibbles: u8) bool {
    return has_plain_keys or nibbles == key_nibbles;
}

/// Up to 64 nibbles, one per byte; a terminator may follow them.
pub const Path = struct {
    nibbles: [key_nibbles + fanout - 16]u8 = undefined,
    len: u8 = 0,

    pub const empty: Path = .{};

    pub fn slice(self: *const Path) []const u8 {
        return self.nibbles[0..self.len];
    }

    /// The nibbles of a key from `from` to `end`.
    pub fn ofKey(key: *const Key, from: usize, end: usize) Path {
        var path: Path = .{ .len = @intCast(end - from) };
        var at: usize = 0;
        if (!has_plain_keys and path.len > 0) {
            if (from & 1 == 1) {
                path.nibbles[0] = key[from / 2] & 15;
                at = 1;
            }
            while (path.len - at >= 2) : (at += 2) {
                const byte = key[(from + at) / 2];
                path.nibbles[at] = byte >> 4;
                path.nibbles[at + 1] = byte & 15;
            }
        }
        while (at < path.len) : (at += 1) path.nibbles[at] = nibbleAt(key, from + at);
        return path;
    }

    /// There must be room.
    pub fn append(self: *Path, nibbles: []const u8) void {
        @memcpy(self.nibbles[self.len..][0..nibbles.len], nibbles);
        self.len += @intCast(nibbles.len);
    }

    /// Puts nibbles in front; there must be room.
    pub fn prepend(self: *Path, nibbles: []const u8) void {
        const all = self.nibbles[0 .. self.len + nibbles.len];
        @memmove(all[nibbles.len..], self.nibbles[0..self.len]);
        @memcpy(all[0..nibbles.len], nibbles);
        self.len = @intCast(all.len);
    }

    /// How many nibbles are those of the key from `depth`.
    pub fn commonWith(self: *const Path, key: *const Key, depth: usize) u8 {
        var at: u8 = 0;
        while (at < self.len and self.nibbles[at] == nibbleAt(key, depth + at)) at += 1;
        return at;
    }

    /// Whether a path from this depth belongs to a leaf, not to an extension.
    pub inline fn endsKey(self: *const Path, depth: u8) bool {
        if (!has_plain_keys) return depth + self.len == key_nibbles;
        return self.nibbles[self.len - 1] == terminator;
    }
};

/// A leaf or an extension.
pub const Short = struct {
    path: Path,
    /// The value of a leaf; the reference to the child of an extension.
    content: []const u8,
};

pub const ShortKind = enum { leaf, extension };

pub const Branch = struct {
    bytes: []const u8,
    /// Where the reference to each child starts, and where the last one ends.
    starts: [fanout + 1]u16,

    pub fn child(self: *const Branch, nibble: usize) []const u8 {
        return self.bytes[self.starts[nibble]..self.starts[nibble + 1]];
    }
};

pub const Node = union(enum) {
    leaf: Short,
    extension: Short,
    branch: Branch,
};

// References to nodes, as they stand in a parent: RLP of the empty string, of a hash, or the node.

pub fn isEmpty(reference: []const u8) bool {
    return reference[0] == rlp.string_offset;
}

/// The hash in a reference; null if the node is embedded.
pub fn hashIn(reference: []const u8) ?*const abi.Word {
    return if (reference[0] == rlp.string_offset + 32) reference[1..33] else null;
}

/// Whether the child of a branch with this nibble is the branch's value.
pub inline fn isValue(nibble: u8) bool {
    return has_plain_keys and nibble == terminator;
}

/// The value of a branch as a leaf; null if it has none.
pub fn leafOfValue(reference: []const u8) ?Short {
    var rest = reference;
    const value = rlp.nextString(&rest).?;
    return if (value.len > 0) .{ .path = .empty, .content = value } else null;
}

/// Decodes a node, and checks all that its bytes show: its form, and that of its embedded nodes.
pub fn decode(bytes: []const u8) DecodeError!Node {
    const payload = rlp.listPayload(bytes) orelse return error.BadRlp;
    var rest = payload;
    const first = rlp.next(&rest) orelse return error.BadRlp;
    const second = rlp.next(&rest) orelse return error.BadRlp;
    if (rest.len == 0) return decodeShort(first, second);
    return .{ .branch = try decodeBranch(bytes, payload) };
}

fn decodeBranch(bytes: []const u8, payload: []const u8) DecodeError!Branch {
    var branch: Branch = .{ .bytes = bytes, .starts = undefined };
    var rest = payload;
    var occupied: u32 = 0;
    for (branch.starts[0..16]) |*start| {
        start.* = @intCast(bytes.len - rest.len);
        if (rest.len == 0) return error.BadNode;
        // Nearly all references are one of these two, which the first byte identifies.
        if (rest[0] == rlp.string_offset) {
            rest = rest[1..];
            continue;
        }
        if (rest[0] == rlp.string_offset + 32 and rest.len > 32) {
            rest = rest[33..];
            occupied += 1;
            continue;
        }
        const item = rlp.next(&rest) orelse return error.BadRlp;
        _ = try checkReference(item);
        occupied += 1;
    }
    branch.starts[16] = @intCast(bytes.len - rest.len);
    if (rest.len == 0) return error.BadNode;
    const value = rlp.next(&rest) orelse return error.BadRlp;
    if (rest.len > 0) return error.BadNode;
    if (has_plain_keys) {
        // It is then a child like the others.
        branch.starts[fanout] = @intCast(bytes.len);
        if (!value.is_list and value.payload.len > 0 and occupied > 0) return branch;
    }
    if (value.is_list or value.payload.len > 0 or occupied < 2) return error.BadBranch;
    return branch;
}

/// Decodes a reference to a node, and the node if it is embedded.
fn checkReference(item: rlp.Item) DecodeError!?std.meta.Tag(Node) {
    if (!item.is_list) return if (item.payload.len == 32) null else error.BadReference;
    if (item.raw.len >= hashed_bytes) return error.BadReference;
    return try decode(item.raw);
}

fn decodeShort(compact: rlp.Item, content: rlp.Item) DecodeError!Node {
    if (compact.is_list or compact.payload.len == 0) return error.BadPath;
    const flags = compact.payload[0] >> 4;
    if (flags > 3) return error.BadPath;
    var path: Path = .empty;
    if (flags & 1 == 1) {
        path.append(&.{compact.payload[0] & 15});
    } else if (compact.payload[0] & 15 != 0) return error.BadPath;
    if (compact.payload.len - 1 > (key_nibbles - path.len) / 2) return error.BadPath;
    for (compact.payload[1..]) |byte| path.append(&.{ byte >> 4, byte & 15 });
    if (flags >= 2) {
        // It is not written.
        if (has_plain_keys) path.append(&.{terminator});
        if (content.is_list or content.payload.len == 0) return error.BadValue;
        return .{ .leaf = .{ .path = path, .content = content.payload } };
    }
    if (path.len == 0) return error.BadPath;
    if (!content.is_list and content.payload.len == 0) return error.BadReference;
    if (try checkReference(content)) |kind| if (kind != .branch) return error.BadNode;
    return .{ .extension = .{ .path = path, .content = content.raw } };
}

/// Appends a leaf or an extension.
pub fn encodeShort(
    gpa: Gpa,
    out: *List(u8),
    whole_path: []const u8,
    content: []const u8,
    kind: ShortKind,
) std.mem.Allocator.Error!void {
    // The terminator is not written.
    const is_terminated = has_plain_keys and kind == .leaf;
    const path = if (is_terminated) whole_path[0 .. whole_path.len - 1] else whole_path;
    var compact: [key_nibbles / 2 + 1]u8 = undefined;
    const is_odd = path.len & 1;
    compact[0] = if (kind == .leaf) 0x20 else 0;
    if (is_odd == 1) compact[0] |= 0x10 | path[0];
    const compact_bytes = compact[0 .. path.len / 2 + 1];
    for (compact_bytes[1..], 0..) |*byte, pair| {
        byte.* = path[is_odd + pair * 2] << 4 | path[is_odd + pair * 2 + 1];
    }
    const content_bytes = content.len +
        if (kind == .leaf) rlp.stringHeaderBytes(content) else 0;
    const len = compact_bytes.len + rlp.stringHeaderBytes(compact_bytes) + content_bytes;
    try out.ensureUnusedCapacity(gpa, rlp.max_header + len);
    var header: [rlp.max_header]u8 = undefined;
    out.appendSliceAssumeCapacity(rlp.header(&header, rlp.list_offset, len));
    rlp.putString(out, compact_bytes);
    if (kind == .leaf) rlp.putString(out, content) else out.appendSliceAssumeCapacity(content);
}

const testing = std.testing;

fn encodeForTest(path: []const u8, content: []const u8, kind: anytype) ![]u8 {
    var out: List(u8) = .empty;
    defer out.deinit(testing.allocator);
    try encodeShort(testing.allocator, &out, path, content, kind);
    return testing.allocator.dupe(u8, out.items);
}

test "compact paths of the Yellow Paper's examples" {
    const cases = [_]struct { path: []const u8, compact: []const u8 }{
        .{ .path = &.{ 1, 2, 3, 4, 5 }, .compact = &.{ 0x31, 0x23, 0x45 } },
        .{ .path = &.{ 0, 1, 2, 3, 4, 5 }, .compact = &.{ 0x20, 0x01, 0x23, 0x45 } },
        .{ .path = &.{ 0, 15, 1, 12, 11, 8 }, .compact = &.{ 0x20, 0x0f, 0x1c, 0xb8 } },
        .{ .path = &.{ 15, 1, 12, 11, 8 }, .compact = &.{ 0x3f, 0x1c, 0xb8 } },
        .{ .path = &.{}, .compact = &.{0x20} },
        .{ .path = &.{7}, .compact = &.{0x37} },
        .{ .path = &@as([64]u8, @splat(3)), .compact = "\x20" ++ "\x33" ** 32 },
        .{ .path = &@as([63]u8, @splat(3)), .compact = "\x33" ++ "\x33" ** 31 },
    };
    for (cases) |case| {
        const leaf = try encodeForTest(case.path, "verb", .leaf);
        defer testing.allocator.free(leaf);
        var rest = rlp.listPayload(leaf).?;
        try testing.expectEqualSlices(u8, case.compact, rlp.nextString(&rest).?);
        const decoded = (try decode(leaf)).leaf;
        try testing.expectEqualSlices(u8, case.path, decoded.path.slice());
        try testing.expectEqualStrings("verb", decoded.content);
        if (case.path.len == 0) continue;
        const extension = try encodeForTest(case.path, "\xa0" ++ "h" ** 32, .extension);
        defer testing.allocator.free(extension);
        const child = (try decode(extension)).extension;
        try testing.expectEqualSlices(u8, case.path, child.path.slice());
        try testing.expectEqualStrings("h" ** 32, hashIn(child.content).?);
    }
}

test "a path of a part of a key" {
    var key: Key = undefined;
    for (&key, 0..) |*byte, at| byte.* = @truncate(at * 37 + 5);
    for (0..key_nibbles + 1) |end| {
        for (0..end + 1) |from| {
            const path: Path = .ofKey(&key, from, end);
            try testing.expectEqual(end - from, path.len);
            for (path.slice(), from..) |nibble, at| {
                try testing.expectEqual(nibbleAt(&key, at), nibble);
            }
        }
    }
}

const small_leaf = "\xc2\x31\x07";

fn branchOf(
    comptime zero: []const u8,
    comptime fifteen: []const u8,
    comptime value: []const u8,
) []const u8 {
    const payload = zero ++ "\x80" ** 14 ++ fifteen ++ value;
    const header = if (payload.len < 56) .{0xc0 + payload.len} else .{ 0xf8, payload.len };
    return header ++ payload;
}

test "a branch with embedded, hashed and absent children" {
    const hashed = "\xa0" ++ "h" ** 32;
    const branch = (try decode(comptime branchOf(small_leaf, hashed, "\x80"))).branch;
    try testing.expectEqualStrings(small_leaf, branch.child(0));
    try testing.expectEqual(null, hashIn(branch.child(0)));
    for (1..15) |nibble| try testing.expect(isEmpty(branch.child(nibble)));
    try testing.expectEqualStrings("h" ** 32, hashIn(branch.child(15)).?);
}

test "what is not a node is refused, with the reason" {
    const small_branch = comptime branchOf(small_leaf, small_leaf, "\x80");
    try testing.expect(small_branch.len < hashed_bytes);
    _ = try decode(comptime .{ 0xc1 + small_branch.len, 0x11 } ++ small_branch);
    const long_leaf = "\xdf\x31\x9d" ++ "v" ** 29;
    const cases = .{
        .{ error.BadRlp, "" },
        .{ error.BadRlp, "\x80" },
        .{ error.BadRlp, "\xc0" },
        .{ error.BadRlp, small_leaf ++ "\x00" },
        .{ error.BadRlp, "\xc3\x81\x31\x07" },
        .{ error.BadNode, "\xc3\x80\x80\x80" },
        .{ error.BadNode, "\xd0" ++ "\x80" ** 16 },
        .{ error.BadNode, "\xd2" ++ "\x80" ** 18 },
        .{ error.BadNode, "\xd6" ++ small_leaf ++ small_leaf ++ "\x80" ** 16 },
        .{ error.BadBranch, "\xd1" ++ "\x80" ** 17 },
        .{ error.BadBranch, branchOf(small_leaf, "\x80", "\x80") },
        .{ error.BadBranch, branchOf(small_leaf, small_leaf, "\x01") },
        .{ error.BadBranch, branchOf(small_leaf, small_leaf, "\xc0") },
        .{ error.BadReference, branchOf(small_leaf, "\x83abc", "\x80") },
        .{ error.BadReference, branchOf(small_leaf, long_leaf, "\x80") },
        .{ error.BadRlp, branchOf(small_leaf, "\xc0", "\x80") },
        .{ error.BadRlp, "\xd1" ++ "\x80" ** 15 ++ "\xa0\x80" },
        .{ error.BadNode, "\xf0" ++ "\x80" ** 15 ++ "\xa0" ++ "h" ** 32 },
        .{ error.BadBranch, branchOf("\x80", "\xa0" ++ "h" ** 32, "\x80") },
        .{ error.BadPath, branchOf(small_leaf, "\xc2\x41\x07", "\x80") },
        .{ error.BadPath, "\xc2\x80\x07" },
        .{ error.BadPath, "\xc2\xc0\x07" },
        .{ error.BadPath, "\xc2\x21\x07" },
        .{ error.BadPath, "\xc3\x81\xf1\x07" },
        .{ error.BadPath, "\xe3\xa1\x31" ++ "\x33" ** 32 ++ "\x07" },
        .{ error.BadPath, "\xe4\xa2\x20" ++ "\x33" ** 33 ++ "\x07" },
        .{ error.BadPath, "\xe2\x00\xa0" ++ "h" ** 32 },
        .{ error.BadPath, "\xe2\x01\xa0" ++ "h" ** 32 },
        .{ error.BadValue, "\xc2\x31\x80" },
        .{ error.BadValue, "\xc2\x31\xc0" },
        .{ error.BadReference, "\xc2\x11\x80" },
        .{ error.BadReference, "\xc2\x11\x07" },
        .{ error.BadNode, "\xc4\x11" ++ small_leaf },
    };
    inline for (cases) |case| try testing.expectError(case[0], decode(case[1]));
}
