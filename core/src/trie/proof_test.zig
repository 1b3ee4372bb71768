//! Random proofs, whole and mutated, and crafted tries that are not well-formed.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
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

fn fillRandomly(model: *Model, random: std.Random, shape: Shape) !void {
    var space: [110]u8 = undefined;
    for (0..random.uintLessThan(usize, 30)) |_| {
        try model.set(&shape.key(random), reference.value(random, &space));
    }
}

fn expectFact(expected: ?[]const u8, verdict: trie.Verdict) !void {
    switch (verdict) {
        .value => |value| try testing.expectEqualSlices(u8, expected.?, value),
        .absent => try testing.expectEqual(null, expected),
        .invalid => return error.TestUnexpectedResult,
    }
}

test "proofs of present and absent keys are accepted, their nodes known, and mutations refused" {
    const gpa = std.heap.c_allocator;
    var mutations: usize = 0;
    for (std.enums.values(Shape)) |shape| {
        var random_state = std.Random.DefaultPrng.init(@as(u64, 21) + @intFromEnum(shape));
        const random = random_state.random();
        for (0..options.fuzz_operations / 400) |_| {
            var model: Model = .{ .gpa = gpa };
            defer model.deinit();
            try fillRandomly(&model, random, shape);
            var whole = newStore(gpa);
            defer whole.deinit();
            const root = try reference.build(&whole, model.leaves.items);
            var store = newStore(gpa);
            defer store.deinit();
            for (0..8) |_| {
                const key = shape.key(random);
                const expected = model.get(&key);
                var proof: List(u8) = .empty;
                defer proof.deinit(gpa);
                try testing.expectEqual(null, try trie.prove(&whole, &root, &key, &proof));
                if (random.boolean()) {
                    try expectFact(expected, try trie.verify(&store, &root, &key, proof.items));
                    try expectKnown(&store, &root, &key, expected);
                }
                for (0..8) |_| {
                    mutations += try expectRefused(&store, &root, &key, proof.items, random);
                }
            }
        }
    }
    try testing.expect(mutations > options.fuzz_operations / 2);
}

fn expectKnown(
    store: *trie.NodeStore,
    root: *const abi.Word,
    key: *const abi.Word,
    expected: ?[]const u8,
) !void {
    switch (try trie.lookup(store, root, key)) {
        .value => |value| try testing.expectEqualSlices(u8, expected.?, value),
        .absent => try testing.expectEqual(null, expected),
        .missing => return error.TestUnexpectedResult,
    }
}

const Nodes = struct {
    lists: [80][]const u8 = undefined,
    count: usize = 0,

    fn of(proof: []const u8) Nodes {
        var nodes: Nodes = .{};
        var list: trie.NodeList = .{ .bytes = proof };
        while (list.next() catch unreachable) |bytes| nodes.add(nodes.count, bytes);
        return nodes;
    }

    fn add(nodes: *Nodes, at: usize, bytes: []const u8) void {
        nodes.count += 1;
        const all = nodes.lists[0..nodes.count];
        std.mem.copyBackwards([]const u8, all[at + 1 ..], all[at .. all.len - 1]);
        all[at] = bytes;
    }

    fn write(nodes: *const Nodes, out: *List(u8)) !void {
        for (nodes.lists[0..nodes.count]) |bytes| {
            try trie.NodeList.append(std.heap.c_allocator, out, bytes);
        }
    }
};

/// Makes one mutation. Exactly one list of nodes proves a key, so each other one must be refused.
/// Returns how many mutations were checked.
fn expectRefused(
    store: *trie.NodeStore,
    root: *const abi.Word,
    key: *const abi.Word,
    proof: []const u8,
    random: std.Random,
) !usize {
    const gpa = std.heap.c_allocator;
    var mutated: List(u8) = .empty;
    defer mutated.deinit(gpa);
    var nodes: Nodes = .of(proof);
    if (nodes.count == 0) return 0;
    const at = random.uintLessThan(usize, nodes.count);
    const other = random.uintLessThan(usize, nodes.count);
    var changed: std.ArrayList(u8) = .empty;
    defer changed.deinit(gpa);
    try changed.appendSlice(gpa, nodes.lists[at]);
    switch (random.uintLessThan(u8, 9)) {
        0 => changed.items[random.uintLessThan(usize, changed.items.len)] ^=
            @as(u8, 1) << random.int(u3),
        1 => changed.items.len -= random.intRangeAtMost(usize, 1, changed.items.len),
        2 => try changed.append(gpa, random.int(u8)),
        3 => try changed.insert(gpa, random.uintLessThan(usize, changed.items.len), 0x80),
        4 => std.mem.swap([]const u8, &nodes.lists[at], &nodes.lists[other]),
        5 => nodes.add(other, nodes.lists[at]),
        6 => nodes.count = at,
        7 => {
            nodes.count -= 1;
            std.mem.copyForwards(
                []const u8,
                nodes.lists[at..nodes.count],
                nodes.lists[at + 1 .. nodes.count + 1],
            );
        },
        else => {
            try mutated.appendSlice(gpa, proof);
            mutated.items[random.uintLessThan(usize, proof.len)] ^=
                @as(u8, 1) << random.int(u3);
        },
    }
    if (mutated.items.len == 0) {
        if (!std.mem.eql(u8, changed.items, Nodes.of(proof).lists[at])) {
            nodes.lists[at] = changed.items;
        }
        try nodes.write(&mutated);
    }
    if (isSame(mutated.items, proof)) return 0;
    const before = store.count();
    const verdict = try trie.verify(store, root, key, mutated.items);
    try testing.expect(verdict == .invalid);
    try testing.expectEqual(before, store.count());
    return 1;
}

/// Whether these are lists of the same nodes, entries of no bytes left out.
fn isSame(mutated: []const u8, proof: []const u8) bool {
    var one: trie.NodeList = .{ .bytes = mutated };
    var other: trie.NodeList = .{ .bytes = proof };
    while (one.next() catch return false) |bytes| {
        const expected = (other.next() catch unreachable) orelse return false;
        if (!std.mem.eql(u8, bytes, expected)) return false;
    }
    return (other.next() catch unreachable) == null;
}

test "entries of no bytes, which some nodes write for absent children, mean nothing" {
    const gpa = std.heap.c_allocator;
    var model: Model = .{ .gpa = gpa };
    defer model.deinit();
    var random_state = std.Random.DefaultPrng.init(6);
    try fillRandomly(&model, random_state.random(), .random);
    var whole = newStore(gpa);
    defer whole.deinit();
    const root = try reference.build(&whole, model.leaves.items);
    const leaf = model.leaves.items[0];
    var proof: List(u8) = .empty;
    defer proof.deinit(gpa);
    _ = try trie.prove(&whole, &root, &leaf.key, &proof);
    var padded: std.ArrayList(u8) = .empty;
    defer padded.deinit(gpa);
    try padded.appendSlice(gpa, proof.items);
    const first = 4 + std.mem.readInt(u32, proof.items[0..4], .little);
    for ([_]usize{ proof.items.len, first, 0 }) |at| {
        try padded.insertSlice(gpa, at, &.{ 0, 0, 0, 0 });
        var store = newStore(gpa);
        defer store.deinit();
        try expectFact(leaf.value, try trie.verify(&store, &root, &leaf.key, padded.items));
    }
}

test "a proof of one key is none of another whose way is longer or parts before its end" {
    const gpa = std.heap.c_allocator;
    var random_state = std.Random.DefaultPrng.init(5);
    const random = random_state.random();
    for (0..50) |_| {
        var model: Model = .{ .gpa = gpa };
        defer model.deinit();
        try fillRandomly(&model, random, .high);
        var whole = newStore(gpa);
        defer whole.deinit();
        const root = try reference.build(&whole, model.leaves.items);
        var store = newStore(gpa);
        defer store.deinit();
        const keys = [2]abi.Word{ Shape.high.key(random), Shape.high.key(random) };
        var proofs: [2]List(u8) = @splat(.empty);
        defer for (&proofs) |*proof| proof.deinit(gpa);
        for (&keys, &proofs) |*key, *proof| _ = try trie.prove(&whole, &root, key, proof);
        const verdict = try trie.verify(&store, &root, &keys[0], proofs[1].items);
        if (std.mem.eql(u8, proofs[0].items, proofs[1].items)) {
            try expectFact(model.get(&keys[0]), verdict);
        } else try testing.expect(verdict == .invalid);
    }
}

test "an empty trie has no nodes, or the empty string's" {
    var store = newStore(testing.allocator);
    defer store.deinit();
    const key: abi.Word = @splat(9);
    const good = [_][]const u8{ "", "\x01\x00\x00\x00\x80", "\x00\x00\x00\x00" };
    for (good) |proof| {
        try testing.expectEqual(.absent, try trie.verify(&store, &hash.empty_root, &key, proof));
    }
    try expectFault(&hash.empty_root, "\x01\x00\x00\x00\xc0", .wrong_hash, 0);
    try expectFault(&hash.empty_root, "\x01\x00\x00\x00\x80\x01\x00\x00\x00\x80", .extra_trie_node, 0);
    try expectFault(&hash.empty_root, "\x01\x00\x00\x00", .malformed_list, 0);
    try expectFault(&hash.empty_root, "\x01\x00\x00", .malformed_list, 0);
    try expectFault(&hash.empty_root, "\xff\xff\xff\xff\x80", .malformed_list, 0);
    try expectFault(&hash.keccak256("x"), "", .missing_trie_node, 0);
    try testing.expectEqual(0, store.count());
}

fn expectFault(root: *const abi.Word, proof: []const u8, fault: trie.Fault, depth: u32) !void {
    var store = newStore(testing.allocator);
    defer store.deinit();
    const key: abi.Word = @splat(0x33);
    const verdict = try trie.verify(&store, root, &key, proof);
    try testing.expectEqual(fault, verdict.invalid.fault);
    try testing.expectEqual(depth, verdict.invalid.depth);
    try testing.expectEqual(0, store.count());
}

/// Stands for the reference to the node that comes next.
const below = "below";

/// Makes nodes of items that are RLP already, each node the parent of the next, and expects that
/// their list is refused.
fn expectFaultOf(lists: []const []const []const u8, fault: trie.Fault, depth: u32) !void {
    var arena_state = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena_state.deinit();
    const arena = arena_state.allocator();
    var nodes: Nodes = .{};
    var root: abi.Word = undefined;
    var at = lists.len;
    while (at > 0) {
        at -= 1;
        var payload: std.ArrayList(u8) = .empty;
        for (lists[at]) |item| {
            const is_below = item.ptr == below.ptr;
            if (is_below) try payload.append(arena, 0xa0);
            try payload.appendSlice(arena, if (is_below) &root else item);
        }
        var space: [trie.rlp.max_header]u8 = undefined;
        const header = trie.rlp.header(&space, trie.rlp.list_offset, payload.items.len);
        try payload.insertSlice(arena, 0, header);
        root = hash.keccak256(payload.items);
        nodes.add(0, payload.items);
    }
    var proof: List(u8) = .empty;
    defer proof.deinit(std.heap.c_allocator);
    try nodes.write(&proof);
    try expectFault(&root, proof.items, fault, depth);
}

test "well-hashed nodes that are not well-formed are refused, with the reason" {
    // The key has the nibble 3 throughout.
    const e = "\x80";
    const hashed = "\xa0" ++ "h" ** 32;
    const small = "\xc2\x31\x07";
    const branch = [_][]const u8{ small, e, e, below } ++ .{e} ** 13;
    const last_branch = [_][]const u8{ small, e, e, hashed } ++ .{e} ** 13;
    const value = "\x9f" ++ "v" ** 31;
    const path_62 = "\xa0\x20" ++ "\x33" ** 31;
    const path_63 = "\xa0\x33" ++ "\x33" ** 31;
    const path_64 = "\xa1\x20" ++ "\x33" ** 32;

    const root_leaves = [_]struct { items: []const []const u8, fault: trie.Fault }{
        .{ .items = &.{ path_63, value }, .fault = .bad_path },
        .{ .items = &.{ "\x20", value }, .fault = .bad_path },
        .{ .items = &.{ "\xa1\x21" ++ "\x33" ** 32, value }, .fault = .bad_path },
        .{ .items = &.{ "\xa1\x40" ++ "\x33" ** 32, value }, .fault = .bad_path },
        .{ .items = &.{ "\xa2\x20" ++ "\x33" ** 33, value }, .fault = .bad_path },
        .{ .items = &.{ "\xe1" ++ path_64[1..], value }, .fault = .bad_path },
        .{ .items = &.{ "\xc2\x20\x33", value }, .fault = .bad_path },
        .{ .items = &.{ path_64, "\x80" }, .fault = .bad_value },
        .{ .items = &.{ path_64, "\xc1\x01" }, .fault = .bad_value },
        .{ .items = &.{ path_64, "\x81\x01" }, .fault = .bad_rlp },
        .{ .items = &.{ path_64, "\xb8\x01v" }, .fault = .bad_rlp },
        .{ .items = &.{ path_64, "\xbf" ++ "\xff" ** 8 }, .fault = .bad_rlp },
        .{ .items = &.{path_64}, .fault = .bad_rlp },
        .{ .items = &.{}, .fault = .bad_rlp },
        .{ .items = &.{ path_64, value, e }, .fault = .bad_reference },
        .{ .items = &.{ e, e, e }, .fault = .bad_trie_node },
        .{ .items = &(.{e} ** 17), .fault = .bad_branch },
        .{ .items = &(.{ e, e, e, hashed } ++ .{e} ** 13), .fault = .bad_branch },
        .{ .items = last_branch[0..16], .fault = .bad_trie_node },
        .{ .items = &(last_branch ++ .{e}), .fault = .bad_trie_node },
        .{ .items = &(last_branch[0..16].* ++ .{"v"}), .fault = .bad_branch },
    };
    for (root_leaves) |case| try expectFaultOf(&.{case.items}, case.fault, 0);

    const Way = struct { nodes: []const []const []const u8, fault: trie.Fault, depth: u32 };
    const ways = [_]Way{
        .{ .nodes = &.{ &branch, &.{ path_64, value } }, .fault = .bad_path, .depth = 1 },
        .{ .nodes = &.{ &branch, &.{ path_62, value } }, .fault = .bad_path, .depth = 1 },
        .{ .nodes = &.{ &branch, &branch, &.{ path_63, value } }, .fault = .bad_path, .depth = 2 },
        // Short nodes have no hash of their own.
        .{ .nodes = &.{ &branch, &.{ "\x31", "\x07" } }, .fault = .bad_reference, .depth = 1 },
        // The end of the list.
        .{ .nodes = &.{&last_branch}, .fault = .missing_trie_node, .depth = 1 },
        .{ .nodes = &.{ &branch, &last_branch }, .fault = .missing_trie_node, .depth = 2 },
        // Below an extension is a branch and nothing else.
        .{
            .nodes = &.{ &.{ "\x13", below }, &.{ "\x13", below }, &last_branch },
            .fault = .bad_trie_node,
            .depth = 1,
        },
        .{
            .nodes = &.{ &.{ "\x13", below }, &.{ path_63, value } },
            .fault = .bad_trie_node,
            .depth = 1,
        },
        .{ .nodes = &.{&.{ "\x13", small }}, .fault = .bad_trie_node, .depth = 0 },
        .{ .nodes = &.{ &.{ "\x00", below }, &last_branch }, .fault = .bad_path, .depth = 0 },
        .{ .nodes = &.{ &.{ "\x03", below }, &last_branch }, .fault = .bad_path, .depth = 0 },
        .{ .nodes = &.{&.{ "\x13", "\x83abc" }}, .fault = .bad_reference, .depth = 0 },
        // Nothing goes on below the end of the key.
        .{
            .nodes = &.{ &.{ "\xa1\x00" ++ "\x33" ** 32, below }, &last_branch },
            .fault = .bad_path,
            .depth = 0,
        },
        .{
            .nodes = &.{ &branch, &.{ "\xa0\x13" ++ "\x33" ** 31, below }, &last_branch },
            .fault = .bad_path,
            .depth = 1,
        },
        .{
            .nodes = &.{
                &.{ "\xa0\x13" ++ "\x33" ** 31, below },
                &branch,
                &last_branch,
            },
            .fault = .bad_path,
            .depth = 2,
        },
    };
    for (ways) |way| try expectFaultOf(way.nodes, way.fault, way.depth);
}
