//! Siblings found in later blocks, against tries made whole.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const proofs = @import("proof.zig");
const read = @import("read.zig");
const recover = @import("recover.zig");
const reference = @import("reference.zig");
const update = @import("update.zig");
const List = @import("../tables/list.zig").List;
const Missing = read.Missing;
const NodeStore = @import("node_store.zig").NodeStore;
const testing = std.testing;

/// A trie before and after some changes; what is known of it is the proofs of the changed keys.
const Blocks = struct {
    model: reference.Model,
    whole: NodeStore,
    store: NodeStore,
    before: abi.Word,
    after: abi.Word = undefined,

    fn init(random: std.Random, shape: reference.Shape) !Blocks {
        const gpa = std.heap.c_allocator;
        const empty: NodeStore = .{ .gpa = gpa, .hasher = .init(1), .max_bytes = 1 << 30 };
        var self: Blocks = .{
            .model = .{ .gpa = gpa },
            .whole = empty,
            .store = empty,
            .before = undefined,
        };
        var space: [110]u8 = undefined;
        for (0..random.intRangeAtMost(usize, 2, 12)) |_| {
            try self.model.set(&shape.key(random), reference.value(random, &space));
        }
        self.before = try reference.build(&self.whole, self.model.leaves.items);
        return self;
    }

    fn deinit(self: *Blocks) void {
        self.model.deinit();
        self.whole.deinit();
        self.store.deinit();
    }

    /// Makes a change and learns the proof of its key before it.
    fn set(self: *Blocks, change: *const update.Change) !void {
        var proof: List(u8) = .empty;
        defer proof.deinit(self.whole.gpa);
        _ = try read.prove(&self.whole, &self.before, &change.key, &proof);
        const verdict = try proofs.verify(&self.store, &self.before, &change.key, proof.items);
        try testing.expect(verdict != .invalid);
        try self.model.set(&change.key, change.value);
        self.after = try reference.build(&self.whole, self.model.leaves.items);
    }

    /// What the changes lack.
    fn missing(self: *Blocks, changes: []const update.Change) !?Missing {
        var all: List(Missing) = .empty;
        defer all.deinit(self.store.gpa);
        const root = update.apply(&self.store, &self.before, changes, &all) catch |failure| {
            try testing.expectEqual(error.MissingNode, failure);
            return all.items[0];
        };
        try testing.expectEqual(self.after, root);
        return null;
    }

    /// Whether the sibling is found in the proof of a key after the changes.
    fn rebuild(self: *Blocks, lacking: *const Missing, key: *const abi.Word) !bool {
        const gpa = self.whole.gpa;
        var proof: List(u8) = .empty;
        defer proof.deinit(gpa);
        _ = try read.prove(&self.whole, &self.after, key, &proof);
        var out: List(u8) = .empty;
        defer out.deinit(gpa);
        if (try recover.rebuildSibling(gpa, lacking, key, proof.items, &out)) {
            try testing.expectEqualSlices(u8, self.whole.get(&lacking.hash).?, out.items);
            _ = try self.store.insert(out.items, .kept);
            return true;
        }
        try testing.expectEqual(0, out.items.len);
        return false;
    }
};

test "the sibling of one deleted leaf is in the next block's proof of its key, unless a branch" {
    var found: usize = 0;
    for (std.enums.values(reference.Shape)) |shape| {
        var random_state = std.Random.DefaultPrng.init(@as(u64, 31) + @intFromEnum(shape));
        const random = random_state.random();
        for (0..100) |_| {
            var blocks: Blocks = try .init(random, shape);
            defer blocks.deinit();
            const leaves = blocks.model.leaves.items;
            const key = leaves[random.uintLessThan(usize, leaves.len)].key;
            const change: update.Change = .{ .key = key, .value = "" };
            try blocks.set(&change);
            const lacking = try blocks.missing(&.{change}) orelse continue;
            try testing.expectEqual(.sibling, lacking.kind);
            if (!try blocks.rebuild(&lacking, &key)) {
                const sibling = blocks.whole.get(&lacking.hash).?;
                try testing.expect(try node.decode(sibling) == .branch);
                continue;
            }
            try testing.expectEqual(null, try blocks.missing(&.{change}));
            found += 1;
        }
    }
    try testing.expect(found > 50);
}

test "of many changes at once siblings are found too, and what is found is right" {
    var found: usize = 0;
    var random_state = std.Random.DefaultPrng.init(41);
    const random = random_state.random();
    for (0..300) |_| {
        var blocks: Blocks = try .init(random, .high);
        defer blocks.deinit();
        var space: [4][110]u8 = undefined;
        var changes: [4]update.Change = undefined;
        const leaves = blocks.model.leaves.items;
        for (&changes, 0..) |*change, number| {
            const is_delete = number < 2;
            change.key = if (is_delete and number < leaves.len)
                leaves[number].key
            else
                reference.Shape.high.key(random);
            change.value = if (is_delete) "" else reference.value(random, &space[number]);
        }
        update.sortChanges(&changes);
        var is_unique = true;
        for (changes[1..], changes[0..3]) |*one, *other| {
            if (hash.equalWords(&one.key, &other.key)) is_unique = false;
        }
        if (!is_unique) continue;
        for (&changes) |*change| try blocks.set(change);
        while (try blocks.missing(&changes)) |lacking| {
            for (&changes) |*change| {
                if (try blocks.rebuild(&lacking, &change.key)) break;
            } else break;
            found += 1;
        }
    }
    try testing.expect(found > 10);
}

test "keys whose hash starts with given nibbles" {
    var key: abi.Word = undefined;
    for ([_]usize{ 20, 32 }) |key_bytes| {
        const number = recover.findPreimage(&.{ 10, 11 }, key_bytes, 5, 100_000, &key).?;
        const hashed = hash.keccak256(key[0..key_bytes]);
        try testing.expectEqual(0xab, hashed[0]);
        try testing.expect(number >= 5);
        try testing.expectEqual(number, std.mem.readInt(u64, key[key_bytes - 8 ..][0..8], .big));
        const others = recover.findPreimage(&.{ 10, 11 }, key_bytes, number + 1, 100_000, &key).?;
        try testing.expect(others > number);
        try testing.expectEqual(null, recover.findPreimage(&.{ 10, 11 }, key_bytes, 5, 0, &key));
    }
    try testing.expectEqual(7, recover.findPreimage(&.{}, 20, 7, 1, &key).?);
}
