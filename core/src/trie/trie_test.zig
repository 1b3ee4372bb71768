//! Random tries against `reference.zig`: updates, of tries known in part, proofs and what is wrong
//! with them.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const node = @import("node.zig");
const options = @import("options");
const reference = @import("reference.zig");
const trie = @import("trie.zig");
const List = @import("../tables/list.zig").List;
const Model = reference.Model;
const Shape = reference.Shape;
const testing = std.testing;

fn newStore(gpa: std.mem.Allocator) trie.NodeStore {
    return .{ .gpa = gpa, .hasher = .init(1), .max_bytes = 1 << 30 };
}

/// A store for a trie made whole: many are made, so not with the allocator that looks for leaks.
fn wholeStore() trie.NodeStore {
    return newStore(std.heap.c_allocator);
}

/// Random changes, sorted, each key once.
const Batch = struct {
    space: [12][110]u8 = undefined,
    changes: [12]trie.Change = undefined,
    count: usize = 0,

    fn fill(batch: *Batch, random: std.Random, shape: Shape, model: *const Model) void {
        const wanted = random.intRangeAtMost(usize, 1, batch.changes.len);
        batch.count = 0;
        const deletes = random.uintLessThan(u8, 4);
        for (0..wanted) |_| {
            var key = shape.key(random);
            const leaves = model.leaves.items;
            if (leaves.len > 0 and random.boolean()) {
                key = leaves[random.uintLessThan(usize, leaves.len)].key;
            }
            for (batch.all()) |*other| {
                if (std.mem.eql(u8, &other.key, &key)) break;
            } else {
                const value = if (random.uintLessThan(u8, 4) < deletes)
                    ""
                else
                    reference.value(random, &batch.space[batch.count]);
                batch.changes[batch.count] = .{ .key = key, .value = value };
                batch.count += 1;
            }
        }
        trie.sortChanges(batch.all());
    }

    fn all(batch: *Batch) []trie.Change {
        return batch.changes[0..batch.count];
    }

    fn applyTo(batch: *Batch, model: *Model) !void {
        for (batch.all()) |*change| try model.set(&change.key, change.value);
    }
};

/// The node that stands at a path, by its hash.
fn hashAt(store: *trie.NodeStore, root: *const abi.Word, path: []const u8) !?abi.Word {
    var expected = root.*;
    var at: usize = 0;
    while (at < path.len) {
        var bytes = store.get(&expected) orelse return null;
        const child = while (true) {
            bytes = switch (try node.decode(bytes)) {
                .leaf => return null,
                .extension => |short| blk: {
                    at += short.path.len;
                    break :blk short.content;
                },
                .branch => |branch| blk: {
                    at += 1;
                    break :blk branch.child(path[at - 1]);
                },
            };
            if (node.isEmpty(bytes)) return null;
            if (node.hashIn(bytes)) |child| break child;
        };
        expected = child.*;
    }
    return if (at == path.len) expected else null;
}

test "updates give the root of the trie made whole" {
    const gpa = std.heap.c_allocator;
    for (std.enums.values(Shape)) |shape| {
        var random_state = std.Random.DefaultPrng.init(@as(u64, 1) + @intFromEnum(shape));
        const random = random_state.random();
        var model: Model = .{ .gpa = gpa };
        defer model.deinit();
        var store = newStore(gpa);
        defer store.deinit();
        var missing: List(trie.Missing) = .empty;
        var root = hash.empty_root;
        var batch: Batch = .{};
        for (0..options.fuzz_operations / 80) |_| {
            batch.fill(random, shape, &model);
            root = try trie.apply(&store, &root, batch.all(), &missing);
            try batch.applyTo(&model);
            var whole = wholeStore();
            defer whole.deinit();
            const expected = try reference.build(&whole, model.leaves.items);
            try testing.expectEqual(expected, root);
            if (random.uintLessThan(u8, 50) == 0) store.collect(&.{root});
        }
        store.collect(&.{root});
        var whole = wholeStore();
        defer whole.deinit();
        _ = try reference.build(&whole, model.leaves.items);
        try testing.expectEqual(whole.count(), store.count());
    }
}

test "of a trie known in part, an update names what it needs, and is right once it is there" {
    const gpa = std.heap.c_allocator;
    var siblings: usize = 0;
    for (std.enums.values(Shape)) |shape| {
        var random_state = std.Random.DefaultPrng.init(@as(u64, 11) + @intFromEnum(shape));
        const random = random_state.random();
        var model: Model = .{ .gpa = gpa };
        defer model.deinit();
        var batch: Batch = .{};
        for (0..options.fuzz_operations / 130) |_| {
            var whole = wholeStore();
            defer whole.deinit();
            const before = try reference.build(&whole, model.leaves.items);
            batch.fill(random, shape, &model);
            try batch.applyTo(&model);
            const after = try reference.build(&whole, model.leaves.items);
            siblings += try applyInPart(&whole, &before, batch.all(), &after, random);
        }
    }
    try testing.expect(siblings > options.fuzz_operations / 1000);
}

/// Returns how many siblings were asked for.
fn applyInPart(
    whole: *trie.NodeStore,
    before: *const abi.Word,
    changes: []const trie.Change,
    after: *const abi.Word,
    random: std.Random,
) !usize {
    var store = newStore(std.heap.c_allocator);
    defer store.deinit();
    store.max_bytes = 1;
    store.hold();
    defer store.letGo();
    const known = random.uintLessThan(u8, 4);
    for (whole.lists[@intFromEnum(trie.Origin.kept)].items) |number| {
        const entry = whole.entries.at(number);
        if (random.uintLessThan(u8, 4) >= known) continue;
        try store.put(&entry.hash, entry.bytes, .chain);
    }
    var siblings: usize = 0;
    var missing: List(trie.Missing) = .empty;
    defer missing.deinit(store.gpa);
    for (0..200) |_| {
        missing.clearRetainingCapacity();
        const root = trie.apply(&store, before, changes, &missing) catch |failure| {
            try testing.expectEqual(error.MissingNode, failure);
            try testing.expect(missing.items.len > 0);
            for (missing.items) |*lacking| {
                const path = lacking.path.slice();
                try testing.expectEqual(lacking.hash, (try hashAt(whole, before, path)).?);
                const key = reference.nibbles(&changes[lacking.change].key);
                const is_on = std.mem.startsWith(u8, &key, path);
                if (lacking.kind == .on_path) try testing.expect(is_on);
                if (lacking.kind == .sibling) siblings += 1;
                try testing.expect(!store.has(&lacking.hash));
            }
            for (missing.items) |*lacking| {
                try store.put(&lacking.hash, whole.get(&lacking.hash).?, .chain);
            }
            continue;
        };
        try testing.expectEqual(after.*, root);
        try testing.expectEqual(0, missing.items.len);
        return siblings;
    }
    return error.NoProgress;
}

test "a collapse asks for the sibling, or is content to know that it is a branch" {
    const gpa = testing.allocator;
    var leaves: [3]reference.Leaf = undefined;
    for (&leaves, [_]u8{ 0x00, 0x10, 0x11 }) |*leaf, first| {
        leaf.* = .{ .key = @splat(0x55), .value = "v" ** 40 };
        leaf.key[0] = first;
    }
    var whole = newStore(gpa);
    defer whole.deinit();
    const root = try reference.build(&whole, &leaves);
    const after = try reference.build(&whole, leaves[1..]);
    var store = newStore(gpa);
    defer store.deinit();
    var proof: List(u8) = .empty;
    defer proof.deinit(gpa);
    try testing.expectEqual(null, try trie.prove(&whole, &root, &leaves[0].key, &proof));
    _ = try trie.verify(&store, &root, &leaves[0].key, proof.items);
    const change: trie.Change = .{ .key = leaves[0].key, .value = "" };
    var missing: List(trie.Missing) = .empty;
    defer missing.deinit(gpa);
    const outcome = trie.apply(&store, &root, &.{change}, &missing);
    try testing.expectError(error.MissingNode, outcome);
    try testing.expectEqual(1, missing.items.len);
    const lacking = missing.items[0];
    try testing.expectEqual(.sibling, lacking.kind);
    try testing.expectEqualSlices(u8, &.{1}, lacking.path.slice());
    try testing.expect(!store.has(&lacking.hash));
    try store.put(&lacking.hash, whole.get(&lacking.hash).?, .chain);
    try testing.expect(store.has(&lacking.hash));
    try testing.expectEqual(after, try trie.apply(&store, &root, &.{change}, &missing));
    var siblings = store.siblings();
    try testing.expectEqual(lacking.hash, siblings.next().?.hash.*);
    try testing.expect(siblings.next() == null);
}

test "a trie that is as deep as can be" {
    const gpa = testing.allocator;
    var model: Model = .{ .gpa = gpa };
    defer model.deinit();
    var changes: [65]trie.Change = undefined;
    for (&changes, 0..) |*change, at| {
        change.* = .{ .key = @splat(0x33), .value = "12345678901234567890123456789012" };
        if (at < 64) change.key[at / 2] = if (at % 2 == 0) 0x43 else 0x34;
        try model.set(&change.key, change.value);
    }
    trie.sortChanges(&changes);
    var whole = wholeStore();
    defer whole.deinit();
    const expected = try reference.build(&whole, model.leaves.items);
    var store = newStore(gpa);
    defer store.deinit();
    var missing: List(trie.Missing) = .empty;
    const root = try trie.apply(&store, &hash.empty_root, &changes, &missing);
    try testing.expectEqual(expected, root);
    for (&changes) |*change| {
        const found = try trie.lookup(&store, &root, &change.key);
        try testing.expectEqualStrings(change.value, found.value);
        change.value = "";
    }
    try testing.expectEqual(hash.empty_root, try trie.apply(&store, &root, &changes, &missing));
}

test "changes are sorted" {
    const gpa = testing.allocator;
    var random_state = std.Random.DefaultPrng.init(9);
    const random = random_state.random();
    for ([_]usize{ 0, 1, 2, 3, 10, 1000, 4321 }) |count| {
        const changes = try gpa.alloc(trie.Change, count);
        defer gpa.free(changes);
        for (changes, 0..) |*change, number| {
            change.key = @splat(0x80);
            std.mem.writeInt(u64, change.key[number % 25 ..][0..8], random.int(u64), .big);
            change.value = &.{};
        }
        trie.sortChanges(changes);
        for (changes[@min(1, count)..], 1..) |*change, at| {
            try testing.expect(!std.mem.lessThan(u8, &change.key, &changes[at - 1].key));
        }
    }
}

/// A node of random form that decodes, over nodes made before.
fn strayNode(random: std.Random, below: []const abi.Word, out: *List(u8)) !void {
    const gpa = std.heap.c_allocator;
    var path: trie.Path = .empty;
    const len = random.intRangeAtMost(u8, 1, 64);
    for (0..len) |_| path.append(&.{random.uintLessThan(u8, 2) * 3});
    const child = if (below.len > 0) below[random.uintLessThan(usize, below.len)] else undefined;
    switch (random.uintLessThan(u8, if (below.len == 0) 1 else 4)) {
        0 => try node.encodeShort(gpa, out, path.slice(), "v" ** 40, .leaf),
        1 => {
            if (random.boolean()) path.len = 1;
            try node.encodeShort(gpa, out, path.slice(), "\xa0" ++ child, .extension);
        },
        else => {
            var payload: List(u8) = .empty;
            defer payload.deinit(gpa);
            for (0..16) |nibble| {
                if (nibble % 3 > 0) {
                    try payload.append(gpa, 0x80);
                } else {
                    try payload.append(gpa, 0xa0);
                    try payload.appendSlice(gpa, &below[random.uintLessThan(usize, below.len)]);
                }
            }
            try payload.append(gpa, 0x80);
            var space: [trie.rlp.max_header]u8 = undefined;
            const header = trie.rlp.header(&space, trie.rlp.list_offset, payload.items.len);
            try out.appendSlice(gpa, header);
            try out.appendSlice(gpa, payload.items);
        },
    }
}

test "tries of nodes that do not fit together are refused or read, and nothing breaks" {
    const gpa = std.heap.c_allocator;
    var random_state = std.Random.DefaultPrng.init(51);
    const random = random_state.random();
    var refused: usize = 0;
    for (0..options.fuzz_operations / 100) |_| {
        var store = newStore(std.heap.c_allocator);
        defer store.deinit();
        var hashes: [40]abi.Word = undefined;
        const count = random.intRangeAtMost(usize, 1, hashes.len);
        for (hashes[0..count], 0..) |*key, number| {
            var bytes: List(u8) = .empty;
            defer bytes.deinit(gpa);
            try strayNode(random, hashes[number -| 4..number], &bytes);
            key.* = try store.insert(bytes.items, if (random.boolean()) .local else .kept);
        }
        const root = &hashes[count - 1];
        var changes: [3]trie.Change = undefined;
        for (&changes) |*change| {
            for (&change.key) |*byte| byte.* = (random.int(u8) & 0x11) * 3;
            change.value = if (random.boolean()) "" else "w";
            _ = trie.lookup(&store, root, &change.key) catch {};
        }
        trie.sortChanges(&changes);
        var missing: List(trie.Missing) = .empty;
        _ = trie.apply(&store, root, &changes, &missing) catch |failure| switch (failure) {
            error.InvalidTrie => refused += 1,
            error.MissingNode, error.OutOfMemory => return failure,
        };
        store.collect(&.{root.*});
    }
    try testing.expect(refused > options.fuzz_operations / 2000);
}
