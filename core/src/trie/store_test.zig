//! The bounds of the node store, what is collected, and memory that runs out.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const reference = @import("reference.zig");
const trie = @import("trie.zig");
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;
const testing = std.testing;

fn newStore(gpa: Allocator, max_bytes: u64) trie.NodeStore {
    return .{ .gpa = gpa, .hasher = .init(1), .max_bytes = max_bytes };
}

/// A leaf of its own for each number.
fn testNode(number: u32, out: *[64]u8) []const u8 {
    out.* = @splat(0x33);
    out[0] = 0xf8;
    out[1] = 62;
    out[2] = 0xa0;
    out[3] = 0x33;
    out[35] = 0x9c;
    std.mem.writeInt(u32, out[36..40], number, .big);
    return out;
}

test "nodes of the chain keep to the bound, those read last stay, others are not touched" {
    const weight = 64 + 128;
    var store = newStore(testing.allocator, 10 * weight);
    defer store.deinit();
    var space: [64]u8 = undefined;
    const kept = try store.insert(testNode(1000, &space), .kept);
    const local = try store.insert(testNode(1001, &space), .local);
    const read = try store.insert(testNode(1002, &space), .chain);
    for (0..100) |number| {
        _ = try store.insert(testNode(@intCast(number), &space), .chain);
        try testing.expect(store.count() <= 12);
        try testing.expect(store.get(&read) != null);
    }
    try testing.expectEqual(12, store.count());
    try testing.expectEqual(91, store.evictions);
    try testing.expectEqual(12 * weight, store.bytes());
    try testing.expectEqual(weight, store.localBytes());
    try testing.expect(store.has(&kept) and store.has(&local));
    store.clear();
    try testing.expectEqual(0, store.count());
    try testing.expectEqual(0, store.bytes());
}

test "while pinned nothing goes, and after the last unpin the bound holds" {
    var store = newStore(testing.allocator, 1);
    defer store.deinit();
    var space: [64]u8 = undefined;
    store.hold();
    store.hold();
    for (0..100) |number| _ = try store.insert(testNode(@intCast(number), &space), .chain);
    store.letGo();
    try testing.expectEqual(100, store.count());
    store.letGo();
    try testing.expectEqual(0, store.count());
    for (0..100) |number| {
        const key = try store.insert(testNode(@intCast(number), &space), .chain);
        try testing.expect(store.has(&key));
        try testing.expectEqual(1, store.count());
    }
}

test "a node keeps the origin that keeps it longest" {
    var store = newStore(testing.allocator, 1);
    defer store.deinit();
    var space: [64]u8 = undefined;
    const orders = [_][2]trie.Origin{
        .{ .chain, .local }, .{ .local, .chain }, .{ .chain, .kept },
        .{ .kept, .chain },  .{ .local, .kept },  .{ .kept, .local },
    };
    for (orders, 0..) |order, number| {
        const bytes = testNode(@intCast(number), &space);
        const key = try store.insert(bytes, order[0]);
        try testing.expectEqual(key, try store.insert(bytes, order[1]));
        _ = try store.insert(testNode(99, &space), .chain);
        try testing.expect(store.has(&key));
        const is_local = order[0] != .kept and order[1] != .kept;
        store.collect(&.{});
        try testing.expectEqual(!is_local, store.has(&key));
    }
    try testing.expectEqual(4, store.count() - @intFromBool(store.has(&hash.keccak256(
        testNode(99, &space),
    ))));
}

test "what is not a node is not inserted" {
    var store = newStore(testing.allocator, 1 << 20);
    defer store.deinit();
    for ([_][]const u8{ "", "\x80", "\xc0", "\xc2\x31\x80", "node" }) |bytes| {
        try testing.expectError(error.InvalidTrie, store.insert(bytes, .kept));
    }
    try testing.expectEqual(0, store.count());
}

/// The account of which only the storage root matters.
fn accountWith(storage_root: *const abi.Word, out: *[trie.rlp.max_account_bytes]u8) []const u8 {
    return trie.rlp.encodeAccount(out, &.{
        .nonce = @splat(0),
        .balance = @splat(0),
        .storage_root = storage_root.*,
        .code_hash = hash.empty_code_hash,
    });
}

test "thousands of roots do not grow the store, and what is alive is all there" {
    const gpa = testing.allocator;
    var store = newStore(gpa, 1 << 20);
    defer store.deinit();
    var random_state = std.Random.DefaultPrng.init(1);
    const random = random_state.random();
    var missing: List(trie.Missing) = .empty;
    var slots: reference.Model = .{ .gpa = std.heap.c_allocator };
    defer slots.deinit();
    var storage_root = hash.empty_root;
    var account_root = hash.empty_root;
    var collections: usize = 0;
    const account = hash.keccak256("account");
    for (0..1000) |round| {
        var space: [110]u8 = undefined;
        const slot: trie.Change = .{
            .key = reference.Shape.random.key(random),
            .value = reference.value(random, &space),
        };
        try slots.set(&slot.key, slot.value);
        storage_root = try trie.apply(&store, &storage_root, &.{slot}, &missing);
        var account_space: [trie.rlp.max_account_bytes]u8 = undefined;
        var changes = [_]trie.Change{
            .{ .key = account, .value = accountWith(&storage_root, &account_space) },
            .{ .key = hash.keccak256(std.mem.asBytes(&(round % 50))), .value = slot.value },
        };
        trie.sortChanges(&changes);
        account_root = try trie.apply(&store, &account_root, &changes, &missing);
        if (store.wantsCollect()) {
            store.collect(&.{account_root});
            collections += 1;
        }
        try testing.expect(store.localBytes() < 300 * 1024);
    }
    try testing.expect(collections > 5);
    var whole = newStore(std.heap.c_allocator, 0);
    defer whole.deinit();
    try testing.expectEqual(storage_root, try reference.build(&whole, slots.leaves.items));
    for (slots.leaves.items) |leaf| {
        const found = try trie.lookup(&store, &storage_root, &leaf.key);
        try testing.expectEqualSlices(u8, leaf.value, found.value);
    }
    store.collect(&.{});
    try testing.expectEqual(0, store.count());
}

const Life = struct {
    whole: trie.NodeStore,
    before: abi.Word,
    after: abi.Word,
    changes: [20]trie.Change,
    proofs: [20]List(u8),

    fn init(gpa: Allocator) !Life {
        var model: reference.Model = .{ .gpa = gpa };
        defer model.deinit();
        var random_state = std.Random.DefaultPrng.init(3);
        const random = random_state.random();
        for (0..40) |number| {
            const key = hash.keccak256(std.mem.asBytes(&number));
            try model.set(&key, "value of forty bytes, to make long nodes");
        }
        var life: Life = undefined;
        life.whole = newStore(gpa, 0);
        life.before = try reference.build(&life.whole, model.leaves.items);
        for (&life.changes, 0..) |*change, number| {
            change.key = hash.keccak256(std.mem.asBytes(&(number * 2)));
            change.value = if (random.boolean()) "" else "another value, which is longer";
            try model.set(&change.key, change.value);
        }
        trie.sortChanges(&life.changes);
        life.after = try reference.build(&life.whole, model.leaves.items);
        for (&life.proofs, &life.changes) |*proof, *change| {
            proof.* = .empty;
            _ = try trie.prove(&life.whole, &life.before, &change.key, proof);
        }
        return life;
    }

    fn deinit(life: *Life) void {
        for (&life.proofs) |*proof| proof.deinit(life.whole.gpa);
        life.whole.deinit();
    }
};

/// Proofs come in, the root is made with the siblings that lack, proofs and witness go out.
fn live(gpa: Allocator, life: *Life) !void {
    var store = newStore(gpa, 1 << 20);
    defer store.deinit();
    for (&life.proofs, &life.changes) |*proof, *change| {
        _ = try trie.verify(&store, &life.before, &change.key, proof.items);
    }
    var missing: List(trie.Missing) = .empty;
    defer missing.deinit(gpa);
    const root = while (true) {
        break trie.apply(&store, &life.before, &life.changes, &missing) catch |failure| {
            if (failure != error.MissingNode) return failure;
            for (missing.items) |*lacking| {
                try store.put(&lacking.hash, life.whole.get(&lacking.hash).?, .kept);
            }
            continue;
        };
    };
    try testing.expectEqual(life.after, root);
    var out: List(u8) = .empty;
    defer out.deinit(gpa);
    const visit = store.newVisit();
    for (&life.changes) |*change| {
        const lacking = try trie.collectPath(&store, &root, &change.key, visit, &out);
        try testing.expectEqual(null, lacking);
    }
}

test "whichever allocation fails, nothing leaks" {
    var life: Life = try .init(std.heap.c_allocator);
    defer life.deinit();
    try testing.checkAllAllocationFailures(testing.allocator, live, .{&life});
}

test "statement 35: an update or a proof that runs out of memory can be tried again" {
    var life: Life = try .init(std.heap.c_allocator);
    defer life.deinit();
    var fail_index: usize = 0;
    while (true) : (fail_index += 1) {
        var failing = testing.FailingAllocator.init(testing.allocator, .{});
        var store = newStore(failing.allocator(), 1 << 20);
        defer store.deinit();
        var missing: List(trie.Missing) = .empty;
        failing.fail_index = fail_index;
        failing.resize_fail_index = 0;
        var failures: usize = 0;
        for (&life.proofs, &life.changes) |*proof, *change| {
            while (true) {
                const before = store.bytes();
                _ = trie.verify(&store, &life.before, &change.key, proof.items) catch {
                    failures += 1;
                    try testing.expect(store.bytes() >= before);
                    failing.fail_index = std.math.maxInt(usize);
                    continue;
                };
                break;
            }
        }
        failing.fail_index = std.math.maxInt(usize);
        for (life.whole.lists[@intFromEnum(trie.Origin.kept)].items) |number| {
            const entry = life.whole.entries.at(number);
            try store.put(&entry.hash, entry.bytes, .kept);
        }
        failing.fail_index = failing.alloc_index + fail_index;
        const root = while (true) {
            break trie.apply(&store, &life.before, &life.changes, &missing) catch {
                failures += 1;
                failing.fail_index = std.math.maxInt(usize);
                continue;
            };
        };
        try testing.expectEqual(life.after, root);
        if (failures == 0) return;
    }
}
