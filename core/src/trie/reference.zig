//! For tests: a trie made whole from all its leaves, as simply as can be, by the Yellow Paper.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const NodeStore = @import("node_store.zig").NodeStore;
const Allocator = std.mem.Allocator;

pub const Leaf = struct { key: abi.Word, value: []const u8 };

/// The root of the trie with these leaves, which are sorted. Its nodes are put into the store.
pub fn build(store: *NodeStore, leaves: []const Leaf) !abi.Word {
    if (leaves.len == 0) return hash.empty_root;
    var arena = std.heap.ArenaAllocator.init(std.heap.c_allocator);
    defer arena.deinit();
    var builder: Builder = .{ .arena = arena.allocator(), .store = store };
    const root = try builder.node(leaves, 0);
    const key = hash.keccak256(root);
    try store.put(&key, root, .kept);
    return key;
}

const Builder = struct {
    arena: Allocator,
    store: *NodeStore,

    fn node(self: *Builder, leaves: []const Leaf, depth: usize) Allocator.Error![]const u8 {
        const first = nibbles(&leaves[0].key);
        if (leaves.len == 1) {
            return self.list(&.{
                try self.string(try self.compact(first[depth..], 2)),
                try self.string(leaves[0].value),
            });
        }
        const last = nibbles(&leaves[leaves.len - 1].key);
        var end = depth;
        while (first[end] == last[end]) end += 1;
        if (end > depth) {
            return self.list(&.{
                try self.string(try self.compact(first[depth..end], 0)),
                try self.reference(leaves, end),
            });
        }
        var items: [17][]const u8 = @splat("\x80");
        var from: usize = 0;
        for (items[0..16], 0..) |*item, nibble| {
            var to = from;
            while (to < leaves.len and nibbles(&leaves[to].key)[depth] == nibble) to += 1;
            if (to > from) item.* = try self.reference(leaves[from..to], depth + 1);
            from = to;
        }
        return self.list(&items);
    }

    fn reference(self: *Builder, leaves: []const Leaf, depth: usize) Allocator.Error![]const u8 {
        const bytes = try self.node(leaves, depth);
        if (bytes.len < 32) return bytes;
        const key = hash.keccak256(bytes);
        try self.store.put(&key, bytes, .kept);
        return self.string(&key);
    }

    fn compact(self: *Builder, path: []const u8, flag: u8) Allocator.Error![]const u8 {
        var all: std.ArrayList(u8) = .empty;
        if (path.len % 2 == 0) {
            try all.appendSlice(self.arena, &.{ flag, 0 });
        } else try all.append(self.arena, flag | 1);
        try all.appendSlice(self.arena, path);
        const bytes = try self.arena.alloc(u8, all.items.len / 2);
        for (bytes, 0..) |*byte, at| byte.* = all.items[2 * at] * 16 + all.items[2 * at + 1];
        return bytes;
    }

    fn string(self: *Builder, bytes: []const u8) Allocator.Error![]const u8 {
        if (bytes.len == 1 and bytes[0] < 0x80) return bytes;
        return self.encode(0x80, bytes);
    }

    fn list(self: *Builder, items: []const []const u8) Allocator.Error![]const u8 {
        return self.encode(0xc0, try std.mem.concat(self.arena, u8, items));
    }

    fn encode(self: *Builder, offset: u8, bytes: []const u8) Allocator.Error![]const u8 {
        const len: u8 = @truncate(bytes.len);
        const header: []const u8 = if (bytes.len < 56)
            &.{offset + len}
        else if (bytes.len < 256)
            &.{ offset + 56, len }
        else
            &.{ offset + 57, @intCast(bytes.len >> 8), len };
        return std.mem.concat(self.arena, u8, &.{ header, bytes });
    }
};

pub fn nibbles(key: *const abi.Word) [64]u8 {
    var all: [64]u8 = undefined;
    for (key, 0..) |byte, at| {
        all[2 * at] = byte / 16;
        all[2 * at + 1] = byte % 16;
    }
    return all;
}

/// What the tests let keys look like, so that tries are small and deep in different places.
pub const Shape = enum {
    /// Few leaves, near the root.
    high,
    /// All but the last nibbles are the same, so that nodes stand in their parents.
    low,
    /// The ways part at the root, in the middle and at the end.
    spread,
    /// As hashed keys are.
    random,

    pub fn key(shape: Shape, random: std.Random) abi.Word {
        var word: abi.Word = undefined;
        switch (shape) {
            .high => {
                word = hash.keccak256(&.{ pick(random, 3) * 17, random.uintLessThan(u8, 3) });
                word[0] = pick(random, 3) << 4 | pick(random, 3);
            },
            .low => {
                word = @splat(0xab);
                word[31] = pick(random, 4) << 4 | pick(random, 4);
                word[30] = 0xa0 | pick(random, 2);
            },
            .spread => {
                word = @splat(0x77);
                for ([_]usize{ 0, 15, 16, 31 }) |at| word[at] = pick(random, 3) << 4 | 7;
                word[31] |= pick(random, 2);
            },
            .random => word = hash.keccak256(&.{random.uintLessThan(u8, 40)}),
        }
        return word;
    }

    fn pick(random: std.Random, count: u8) u8 {
        const choices = [_]u8{ 0, 15, 7, 8 };
        return choices[random.uintLessThan(u8, count)];
    }
};

/// A value of one byte, of some, or of as many as an account has.
pub fn value(random: std.Random, out: *[110]u8) []const u8 {
    const lengths = [_]usize{ 1, 1, 2, 20, 33, 70, 110 };
    const len = lengths[random.uintLessThan(usize, lengths.len)];
    random.bytes(out[0..len]);
    return out[0..len];
}

/// All leaves of a trie, sorted.
pub const Model = struct {
    gpa: Allocator,
    leaves: std.ArrayList(Leaf) = .empty,

    pub fn deinit(self: *Model) void {
        for (self.leaves.items) |leaf| self.gpa.free(leaf.value);
        self.leaves.deinit(self.gpa);
    }

    pub fn get(self: *const Model, key: *const abi.Word) ?[]const u8 {
        for (self.leaves.items) |leaf| {
            if (std.mem.eql(u8, &leaf.key, key)) return leaf.value;
        }
        return null;
    }

    pub fn set(self: *Model, key: *const abi.Word, new: []const u8) !void {
        var at: usize = 0;
        const items = self.leaves.items;
        while (at < items.len and std.mem.lessThan(u8, &items[at].key, key)) at += 1;
        if (at < items.len and std.mem.eql(u8, &items[at].key, key)) {
            self.gpa.free(self.leaves.orderedRemove(at).value);
        }
        if (new.len == 0) return;
        const copy = try self.gpa.dupe(u8, new);
        errdefer self.gpa.free(copy);
        try self.leaves.insert(self.gpa, at, .{ .key = key.*, .value = copy });
    }
};
