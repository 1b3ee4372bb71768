//! A program that builds tries from its input, for tests that take the expected roots from
//! elsewhere. It is not part of the library.
//!
//! Each line of the input is one of
//! - `new` for the empty trie,
//! - `put <key> <value>` for a change, the value empty to delete,
//! - `root` to apply the changes since the last `root` and print the root,
//! - `get <key>` prints the value, empty if there is none, after checking its own proof of it.
//!
//! Keys and values are hex. Keys are hashed already; in `trie_replay_plain.zig` they are plain.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("../trie/node.zig");
const trie = @import("../trie/trie.zig");
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

const max_input_bytes = 1 << 24;

pub fn main() !void {
    var arena: std.heap.ArenaAllocator = .init(std.heap.page_allocator);
    defer arena.deinit();
    const gpa = arena.allocator();
    const input = try std.fs.File.stdin().readToEndAlloc(gpa, max_input_bytes);
    var output: std.ArrayList(u8) = .empty;
    try replay(gpa, input, &output);
    try std.fs.File.stdout().writeAll(output.items);
}

fn replay(gpa: Allocator, input: []const u8, output: *std.ArrayList(u8)) !void {
    var store = emptyStore(gpa);
    defer store.deinit();
    var missing: List(trie.Missing) = .empty;
    var changes: List(trie.Change) = .empty;
    var root = hash.empty_root;
    var lines = std.mem.tokenizeScalar(u8, input, '\n');
    while (lines.next()) |line| {
        var words = std.mem.splitScalar(u8, line, ' ');
        const name = words.first();
        if (std.mem.eql(u8, name, "new")) {
            root = hash.empty_root;
        } else if (std.mem.eql(u8, name, "put")) {
            const key = try readKey(words.next() orelse return error.InvalidLine);
            const value = try readBytes(gpa, words.next() orelse return error.InvalidLine);
            try changes.append(gpa, .{ .key = key, .value = value });
        } else if (std.mem.eql(u8, name, "root")) {
            trie.sortChanges(changes.items);
            root = try trie.apply(&store, &root, changes.items, &missing);
            changes.clearRetainingCapacity();
            try output.print(gpa, "{x}\n", .{&root});
        } else if (std.mem.eql(u8, name, "get")) {
            const key = try readKey(words.next() orelse return error.InvalidLine);
            const value = try provenValue(gpa, &store, &root, &key);
            try output.print(gpa, "{x}\n", .{value});
        } else return error.InvalidLine;
    }
}

fn emptyStore(gpa: Allocator) trie.NodeStore {
    return .{ .gpa = gpa, .hasher = .init(1), .max_bytes = 1 << 30 };
}

/// The result of a look-up; empty if there is no value. The proof of the key must give the same.
fn provenValue(
    gpa: Allocator,
    store: *trie.NodeStore,
    root: *const abi.Word,
    key: *const node.Key,
) ![]const u8 {
    var proof: List(u8) = .empty;
    if (try trie.prove(store, root, key, &proof) != null) return error.MissingNode;
    // This value comes only from the proof.
    var other = emptyStore(gpa);
    const proven = switch (try trie.verify(&other, root, key, proof.items)) {
        .value => |value| value,
        .absent => "",
        .invalid => return error.InvalidProof,
    };
    const found = switch (try trie.lookup(store, root, key)) {
        .value => |value| value,
        .absent => "",
        .missing => return error.MissingNode,
    };
    return if (std.mem.eql(u8, found, proven)) found else error.InvalidProof;
}

fn readKey(digits: []const u8) !node.Key {
    var key: node.Key = undefined;
    if (!node.has_plain_keys) {
        const bytes = try std.fmt.hexToBytes(&key, digits);
        return if (bytes.len == key.len) key else error.InvalidLine;
    }
    if (digits.len % 2 != 0 or digits.len > node.key_nibbles) return error.InvalidLine;
    @memset(&key, node.terminator);
    for (key[0..digits.len], digits) |*nibble, digit| {
        nibble.* = try std.fmt.charToDigit(digit, 16);
    }
    return key;
}

fn readBytes(gpa: Allocator, digits: []const u8) ![]const u8 {
    return std.fmt.hexToBytes(try gpa.alloc(u8, digits.len / 2), digits);
}
