//! Trie nodes by their hash.
//!
//! Each node has an *origin*. Nodes of the chain can be fetched again: like the facts of the base
//! they share a bound of bytes and one CLOCK. Kept nodes came with a witness or were hard to
//! obtain, and stay. Local nodes were made by an update and exist nowhere else. They stay until a
//! collection, which removes those that no given root leads to.
//!
//! Every node in the store can be decoded strictly and has the hash that it is stored under. The
//! bytes of a node do not move until it is removed.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const keyed = @import("../tables/keyed.zig");
const node = @import("node.zig");
const rlp = @import("rlp.zig");
const Index = @import("../tables/index.zig").Index;
const Segments = @import("../tables/segments.zig").Segments;
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

/// Maximum number of nodes with a second chance that the hand passes before it evicts one anyway.
const max_chances = 64;

/// Assumed weight of a node besides its bytes.
pub const node_weight = 128;

/// Fewer bytes of local nodes than this are not worth a collection.
const min_collected_bytes = 256 * 1024;

pub const Origin = enum(u8) { chain, kept, local };

const Entry = struct {
    hash: abi.Word,
    bytes: []u8,
    /// Its place in the list of its origin; for a released entry, the number that was released
    /// before it.
    place: u32,
    /// The last visit that saw it.
    visit: u32 = 0,
    origin: Origin,
    chance: bool = false,
    is_sibling: bool = false,
};

const none = std.math.maxInt(u32);

pub const NodeStore = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    /// Bound of the nodes of the chain.
    max_bytes: u64,
    index: Index = .empty,
    entries: Segments(Entry) = .empty,
    released: u32 = none,
    /// Numbers of the entries of each origin; the first list is the ring of the CLOCK.
    lists: [3]List(u32) = @splat(.empty),
    weights: [3]u64 = @splat(0),
    hand: usize = 0,
    holds: u32 = 0,
    visits: u32 = 0,
    /// Weight of the local nodes that the last collection left.
    collected_bytes: u64 = 0,
    evictions: u64 = 0,

    pub fn deinit(self: *NodeStore) void {
        self.freeTables();
        self.* = undefined;
    }

    /// Drops every node and frees the memory. Holds stay.
    pub fn clear(self: *NodeStore) void {
        self.freeTables();
        self.* = .{
            .gpa = self.gpa,
            .hasher = self.hasher,
            .max_bytes = self.max_bytes,
            .holds = self.holds,
            .evictions = self.evictions,
        };
    }

    fn freeTables(self: *NodeStore) void {
        for (&self.lists) |*list| {
            for (list.items) |number| self.gpa.free(self.entries.at(number).bytes);
            list.deinit(self.gpa);
        }
        self.index.deinit(self.gpa);
        self.entries.deinit(self.gpa);
    }

    pub fn count(self: *const NodeStore) u32 {
        return self.index.count;
    }

    pub fn bytes(self: *const NodeStore) u64 {
        return self.weights[0] + self.weights[1] + self.weights[2];
    }

    pub fn localBytes(self: *const NodeStore) u64 {
        return self.weights[@intFromEnum(Origin.local)];
    }

    // Reads.

    /// Returns the RLP of a node and gives it a second chance. Valid until nodes are added, let go,
    /// collected or cleared.
    pub fn get(self: *NodeStore, key: *const abi.Word) ?[]const u8 {
        const entry = self.entries.at(self.find(key) orelse return null);
        entry.chance = true;
        return entry.bytes;
    }

    pub fn has(self: *const NodeStore, key: *const abi.Word) bool {
        return self.find(key) != null;
    }

    // Nodes come in. On failure nothing is changed.

    /// Adds a node that the caller has decoded and hashed. A node that exists already gets the
    /// origin that keeps it longer, but a local one stays local unless it must be kept.
    pub fn put(
        self: *NodeStore,
        key: *const abi.Word,
        node_bytes: []const u8,
        origin: Origin,
    ) Allocator.Error!void {
        if (self.find(key)) |number| return self.raise(number, origin);
        const copy = try self.gpa.dupe(u8, node_bytes);
        errdefer self.gpa.free(copy);
        try self.add(key, copy, origin);
    }

    /// Hashes, checks and adds a node from any source.
    pub fn insert(
        self: *NodeStore,
        node_bytes: []const u8,
        origin: Origin,
    ) error{ OutOfMemory, InvalidTrie }!abi.Word {
        _ = node.decode(node_bytes) catch return error.InvalidTrie;
        const key = hash.keccak256(node_bytes);
        try self.put(&key, node_bytes, origin);
        return key;
    }

    /// Keeps a node that a collapsing branch left alone, and marks it as a sibling.
    pub fn keepSibling(self: *NodeStore, key: *const abi.Word) Allocator.Error!void {
        const number = self.find(key) orelse return;
        const entry = self.entries.at(number);
        if (entry.origin == .local) return;
        try self.raise(number, .kept);
        entry.is_sibling = true;
        assert(entry.origin == .kept);
    }

    fn add(
        self: *NodeStore,
        key: *const abi.Word,
        owned: []u8,
        origin: Origin,
    ) Allocator.Error!void {
        const list = &self.lists[@intFromEnum(origin)];
        try self.index.ensureRoom(self.gpa);
        if (self.released == none) try self.entries.ensureRoom(self.gpa);
        try list.ensureUnusedCapacity(self.gpa, 1);
        if (origin == .chain) self.makeWay(node_weight + owned.len);
        var number = self.released;
        if (number == none) {
            number = self.entries.append();
        } else {
            self.released = self.entries.at(number).place;
        }
        self.entries.at(number).* = .{
            .hash = key.*,
            .bytes = owned,
            .place = @intCast(list.items.len),
            .origin = origin,
        };
        list.appendAssumeCapacity(number);
        self.weights[@intFromEnum(origin)] += node_weight + owned.len;
        self.index.add(self.hasher.word(key), number);
        if (checks.enabled) assert(self.find(key) == number);
        self.checkPlace(number);
    }

    /// An entry is in the list of its origin at its place, and its weight is counted there.
    inline fn checkPlace(self: *const NodeStore, number: u32) void {
        if (!checks.enabled) return;
        const entry = self.entries.at(number);
        const list = self.lists[@intFromEnum(entry.origin)].items;
        assert(entry.place < list.len and list[entry.place] == number);
        assert(entry.bytes.len > 0);
        assert(self.weights[@intFromEnum(entry.origin)] >= node_weight + entry.bytes.len);
    }

    /// Checks the whole store: each node's hash, place and weight, and the bound.
    pub fn checkInvariant(self: *const NodeStore) void {
        self.index.checkInvariant();
        var count_of_lists: usize = 0;
        for (&self.lists, &self.weights, 0..) |*list, weight, origin| {
            count_of_lists += list.items.len;
            var sum: u64 = 0;
            for (list.items) |number| {
                self.checkPlace(number);
                const entry = self.entries.at(number);
                assert(@intFromEnum(entry.origin) == origin);
                assert(self.find(&entry.hash) == number);
                assert(hash.equalWords(&entry.hash, &hash.keccak256(entry.bytes)));
                sum += node_weight + entry.bytes.len;
            }
            assert(sum == weight);
        }
        assert(count_of_lists == self.index.count);
    }

    /// Chain nodes get the wanted origin; local ones may become kept.
    fn raise(self: *NodeStore, number: u32, origin: Origin) Allocator.Error!void {
        const entry = self.entries.at(number);
        if (entry.origin == origin or entry.origin == .kept or origin == .chain) return;
        const list = &self.lists[@intFromEnum(origin)];
        try list.ensureUnusedCapacity(self.gpa, 1);
        self.leaveList(entry);
        entry.origin = origin;
        entry.place = @intCast(list.items.len);
        list.appendAssumeCapacity(number);
        self.weights[@intFromEnum(origin)] += node_weight + entry.bytes.len;
        self.checkPlace(number);
    }

    fn leaveList(self: *NodeStore, entry: *const Entry) void {
        const list = &self.lists[@intFromEnum(entry.origin)];
        assert(self.entries.at(list.items[entry.place]) == entry);
        _ = list.swapRemove(entry.place);
        if (entry.place < list.items.len) {
            self.entries.at(list.items[entry.place]).place = entry.place;
        }
        self.weights[@intFromEnum(entry.origin)] -= node_weight + entry.bytes.len;
    }

    fn remove(self: *NodeStore, number: u32) void {
        const entry = self.entries.at(number);
        self.leaveList(entry);
        self.index.remove(self.hasher.word(&entry.hash), number);
        self.gpa.free(entry.bytes);
        entry.bytes = &.{};
        entry.place = self.released;
        self.released = number;
        if (checks.enabled) assert(self.find(&entry.hash) == null);
    }

    fn find(self: *const NodeStore, key: *const abi.Word) ?u32 {
        const hashed = self.hasher.word(key);
        return keyed.find(Entry, "hash", &self.index, &self.entries.erased, hashed, key, .cold);
    }

    // The bound of the chain's nodes.

    /// Holds all nodes until `letGo` was called as often, so a computation that waits for nodes
    /// makes progress under any bound.
    pub fn hold(self: *NodeStore) void {
        self.holds += 1;
    }

    pub fn letGo(self: *NodeStore) void {
        assert(self.holds > 0);
        self.holds -= 1;
        self.makeWay(0);
    }

    /// Evicts until one more node of this weight fits the bound, or nothing is left.
    fn makeWay(self: *NodeStore, weight: usize) void {
        if (self.holds > 0) return;
        while (self.lists[0].items.len > 0 and self.weights[0] + weight > self.max_bytes) {
            self.evictOne();
        }
    }

    fn evictOne(self: *NodeStore) void {
        assert(self.holds == 0);
        const ring = self.lists[0].items;
        for (0..max_chances) |_| {
            if (self.hand >= ring.len) self.hand = 0;
            const entry = self.entries.at(ring[self.hand]);
            assert(entry.origin == .chain);
            if (!entry.chance) break;
            entry.chance = false;
            self.hand += 1;
        }
        if (self.hand >= ring.len) self.hand = 0;
        self.remove(ring[self.hand]);
        self.hand += 1;
        self.evictions += 1;
    }

    // Visits, and the collection of local nodes.

    /// Starts a visit, in which every node counts as new once.
    pub fn newVisit(self: *NodeStore) u32 {
        self.visits +%= 1;
        if (self.visits == 0) {
            for (self.lists) |list| {
                for (list.items) |number| self.entries.at(number).visit = 0;
            }
            self.visits = 1;
        }
        return self.visits;
    }

    /// Whether this visit sees the node for the first time.
    pub fn visitFirst(self: *NodeStore, key: *const abi.Word, visit: u32) bool {
        const entry = self.entries.at(self.find(key) orelse return false);
        defer entry.visit = visit;
        return entry.visit != visit;
    }

    /// Whether local nodes have doubled since the last collection.
    pub fn wantsCollect(self: *const NodeStore) bool {
        return self.localBytes() > @max(min_collected_bytes, 2 * self.collected_bytes);
    }

    /// Frees the local nodes that none of these roots leads to. They must be all roots in use.
    /// Storage tries are found through the accounts.
    pub fn collect(self: *NodeStore, roots: []const abi.Word) void {
        const visit = self.newVisit();
        for (roots) |*root| self.mark(root, visit, .accounts, max_nodes_deep);
        self.sweep(visit);
    }

    /// Nodes on the longest possible path: one for each nibble, and a leaf.
    const max_nodes_deep = node.key_nibbles + 1;

    /// Marks the nodes below a node. There are no local nodes below a node of the chain.
    fn mark(
        self: *NodeStore,
        key: *const abi.Word,
        visit: u32,
        leaves: Leaves,
        left: u32,
    ) void {
        if (left == 0) return;
        const entry = self.entries.at(self.find(key) orelse return);
        if (entry.origin == .chain or entry.visit == visit) return;
        entry.visit = visit;
        switch (node.decode(entry.bytes) catch return) {
            // An embedded node is too short to contain a hash.
            .branch => |branch| for (0..16) |nibble| {
                const child = node.hashIn(branch.child(nibble)) orelse continue;
                self.mark(child, visit, leaves, left - 1);
            },
            .extension => |short| {
                if (node.hashIn(short.content)) |child| self.mark(child, visit, leaves, left - 1);
            },
            .leaf => |short| if (leaves == .accounts) {
                const account = rlp.decodeAccount(short.content) orelse return;
                self.mark(&account.storage_root, visit, .storage, max_nodes_deep);
            },
        }
    }

    const Leaves = enum { accounts, storage };

    fn sweep(self: *NodeStore, visit: u32) void {
        const list = &self.lists[@intFromEnum(Origin.local)];
        var at: usize = list.items.len;
        while (at > 0) {
            at -= 1;
            if (self.entries.at(list.items[at]).visit != visit) self.remove(list.items[at]);
        }
        self.collected_bytes = self.localBytes();
        assert((list.items.len == 0) == (self.collected_bytes == 0));
    }

    /// The nodes that collapsing branches left alone.
    pub const Siblings = struct {
        store: *const NodeStore,
        place: usize = 0,

        pub fn next(self: *Siblings) ?struct { hash: *const abi.Word, bytes: []const u8 } {
            const kept = self.store.lists[@intFromEnum(Origin.kept)].items;
            while (self.place < kept.len) {
                const entry = self.store.entries.at(kept[self.place]);
                self.place += 1;
                if (entry.is_sibling) return .{ .hash = &entry.hash, .bytes = entry.bytes };
            }
            return null;
        }
    };

    pub fn siblings(self: *const NodeStore) Siblings {
        return .{ .store = self };
    }
};
