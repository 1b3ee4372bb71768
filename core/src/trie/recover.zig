//! Ways to obtain a sibling (`Missing.kind`) that no proof at the block itself contains.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const rlp = @import("rlp.zig");
const Missing = @import("read.zig").Missing;
const NodeList = @import("proof.zig").NodeList;
const Gpa = @import("../tables/heap.zig").Gpa;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const Path = node.Path;

/// Rebuilds the missing node from the proof of `key` at a later block: after the collapse it has a
/// longer path there, after a split a shorter one. The result must have the missing hash, so the
/// proof needs no trust. Appends the node and returns true, or appends nothing.
pub fn rebuildSibling(
    gpa: Gpa,
    missing: *const Missing,
    key: *const abi.Word,
    proof: []const u8,
    out: *List(u8),
) Allocator.Error!bool {
    var list: NodeList = .{ .bytes = proof };
    var depth: usize = 0;
    while (list.next() catch null) |bytes| {
        var at = bytes;
        while (true) {
            const short, const kind: node.ShortKind = switch (node.decode(at) catch return false) {
                .branch => |branch| {
                    if (depth >= node.key_nibbles) return false;
                    at = branch.child(node.nibbleAt(key, depth));
                    depth += 1;
                    if (node.isEmpty(at)) return false;
                    if (node.hashIn(at) != null) break;
                    continue;
                },
                .leaf => |leaf| .{ leaf, .leaf },
                .extension => |extension| .{ extension, .extension },
            };
            const len = short.path.len;
            if (depth + len > node.key_nibbles) return false;
            if (try rebuildFrom(gpa, missing, key, depth, &short, kind, out)) return true;
            if (kind == .leaf or short.path.commonWith(key, depth) < len) return false;
            depth += len;
            at = short.content;
            if (node.hashIn(at) != null) break;
        }
    }
    return false;
}

fn rebuildFrom(
    gpa: Gpa,
    missing: *const Missing,
    key: *const abi.Word,
    depth: usize,
    short: *const node.Short,
    kind: node.ShortKind,
    out: *List(u8),
) Allocator.Error!bool {
    var whole: Path = .ofKey(key, 0, depth);
    whole.append(short.path.slice());
    const place = missing.path.slice();
    if (whole.len < place.len or (kind == .extension and whole.len == place.len)) return false;
    if (!hash.equalBytes(whole.nibbles[0..place.len], place)) return false;
    const base = out.items.len;
    try node.encodeShort(gpa, out, whole.slice()[place.len..], short.content, kind);
    if (hash.equalWords(&hash.keccak256(out.items[base..]), &missing.hash)) return true;
    out.items.len = base;
    return false;
}

/// Searches for a key whose hash starts with these nibbles. Tries `tries` numbers from `first` on,
/// as big-endian keys of 20 or 32 bytes. Writes the key to the start of `out` and returns its
/// number.
pub fn findPreimage(
    prefix: []const u8,
    key_bytes: usize,
    first: u64,
    tries: u32,
    out: *abi.Word,
) ?u64 {
    std.debug.assert(key_bytes == 20 or key_bytes == 32);
    out.* = @splat(0);
    const key = out[0..key_bytes];
    for (0..tries) |offset| {
        const number = first +% offset;
        std.mem.writeInt(u64, key[key_bytes - 8 ..][0..8], number, .big);
        const hashed = hash.keccak256(key);
        for (prefix, 0..) |nibble, at| {
            if (node.nibbleAt(&hashed, at) != nibble) break;
        } else return number;
    }
    return null;
}
