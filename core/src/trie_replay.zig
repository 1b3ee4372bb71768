//! A program that makes tries as its input says, for tests that have the roots from elsewhere. Not
//! part of the library.
//!
//! Each line of the input is `new` for the empty trie, `<key> <value>` for a change, both hex and
//! the value empty to delete, or `root` to apply the changes since the last `root`; for each of
//! those it prints the root. Keys are hashed already.

const std = @import("std");
const hash = @import("hash.zig");
const trie = @import("trie/trie.zig");
const List = @import("list.zig").List;
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
    var store: trie.NodeStore = .{ .gpa = gpa, .hasher = .init(1), .max_bytes = 1 << 30 };
    defer store.deinit();
    var missing: List(trie.Missing) = .empty;
    var changes: List(trie.Change) = .empty;
    var root = hash.empty_root;
    var lines = std.mem.tokenizeScalar(u8, input, '\n');
    while (lines.next()) |line| {
        if (std.mem.eql(u8, line, "new")) {
            root = hash.empty_root;
        } else if (std.mem.eql(u8, line, "root")) {
            trie.sortChanges(changes.items);
            root = try trie.apply(&store, &root, changes.items, &missing);
            changes.clearRetainingCapacity();
            try output.print(gpa, "{x}\n", .{&root});
        } else {
            try changes.append(gpa, try readChange(gpa, line));
        }
    }
}

fn readChange(gpa: Allocator, line: []const u8) !trie.Change {
    const space = std.mem.indexOfScalar(u8, line, ' ') orelse return error.InvalidLine;
    var change: trie.Change = .{ .key = undefined, .value = "" };
    _ = try std.fmt.hexToBytes(&change.key, line[0..space]);
    const digits = line[space + 1 ..];
    change.value = try std.fmt.hexToBytes(try gpa.alloc(u8, digits.len / 2), digits);
    return change;
}
