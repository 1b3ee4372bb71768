//! The trie nodes that managers over one block share, and the roots they have reached above it.
//!
//! A fork backend has one for its block. A manager without a fork has one that begins with the
//! empty trie, and shares it with its branches. Nodes of the chain are bounded and can be requested
//! again. Nodes that local writes made are freed when no live root leads to them.
//!
//! Invariant: every root that is still used as a base is in the list, so a collection knows all of
//! them.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const Gpa = @import("../tables/heap.zig").Gpa;
const assert = @import("../tables/assert.zig").assert;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

/// A state root that its owner builds on. It is part of the owner, which adds and removes it.
pub const LiveRoot = struct {
    links: std.DoublyLinkedList.Node = .{},
    root: abi.Word,
    /// The count of drops when the root was computed. After another drop the root is invalid.
    drops: u32,
};

pub const StateTrie = struct {
    gpa: Gpa,
    references: u32 = 1,
    store: trie.NodeStore,
    /// The state root of the block; null until it is set.
    root: ?abi.Word,
    /// How often everything was dropped.
    drops: u32 = 0,
    /// How often local nodes were collected. A storage root from before a collection may have lost
    /// its nodes.
    collections: u32 = 0,
    live_roots: std.DoublyLinkedList = .{},

    pub fn create(
        gpa: Gpa,
        hasher: hash.Hasher,
        max_bytes: u64,
        root: ?abi.Word,
    ) Allocator.Error!*StateTrie {
        const self = try gpa.create(StateTrie);
        self.* = .{
            .gpa = gpa,
            .store = .{ .gpa = gpa, .hasher = hasher, .max_bytes = max_bytes },
            .root = root,
        };
        return self;
    }

    pub fn retain(self: *StateTrie) *StateTrie {
        assert(self.references > 0);
        self.references += 1;
        return self;
    }

    pub noinline fn release(self: *StateTrie) void {
        assert(self.references > 0);
        self.references -= 1;
        if (self.references > 0) return;
        assert(self.live_roots.first == null);
        self.store.deinit();
        self.gpa.destroy(self);
    }

    /// Drops every node and the root, for another block.
    pub noinline fn clear(self: *StateTrie) void {
        self.store.clear();
        self.root = null;
        self.drops +%= 1;
        assert(self.store.count() == 0 and self.store.bytes() == 0);
    }

    // Reads of the block's state.

    pub const Leaf = union(enum) { account: trie.rlp.Account, absent, missing };

    /// The account at a hashed address in the trie with this root, if its path is revealed.
    pub noinline fn leaf(
        self: *StateTrie,
        root: *const abi.Word,
        key: *const abi.Word,
    ) error{InvalidTrie}!Leaf {
        return switch (try trie.lookup(&self.store, root, key)) {
            .value => |bytes| .{
                .account = trie.rlp.decodeAccount(bytes) orelse return error.InvalidTrie,
            },
            .absent => .absent,
            .missing => .missing,
        };
    }

    pub const Value = union(enum) { word: abi.Word, missing };

    /// The value at a hashed slot in the storage trie with this root, if its path is revealed.
    pub noinline fn value(
        self: *StateTrie,
        root: *const abi.Word,
        key: *const abi.Word,
    ) error{InvalidTrie}!Value {
        return switch (try trie.lookup(&self.store, root, key)) {
            .value => |bytes| .{
                .word = trie.rlp.decodeWord(bytes) orelse return error.InvalidTrie,
            },
            .absent => .{ .word = hash.zero_word },
            .missing => .missing,
        };
    }

    // Local nodes.

    pub fn addLive(self: *StateTrie, live: *LiveRoot) void {
        assert(live.drops == self.drops);
        self.live_roots.append(&live.links);
    }

    pub fn removeLive(self: *StateTrie, live: *LiveRoot) void {
        assert(self.live_roots.first != null);
        self.live_roots.remove(&live.links);
    }

    /// Frees local nodes that no live root leads to, if enough were added since the last
    /// collection. Storage roots that are not yet in an account's leaf are invalid afterwards.
    /// Without memory for the list of roots, the nodes stay until the next collection.
    pub noinline fn collect(self: *StateTrie) void {
        if (!self.store.wantsCollect()) return;
        var roots: List(abi.Word) = .empty;
        defer roots.deinit(self.gpa);
        var next = self.live_roots.first;
        while (next) |links| : (next = links.next) {
            const live: *const LiveRoot = @fieldParentPtr("links", links);
            if (live.drops == self.drops) roots.append(self.gpa, live.root) catch return;
        }
        self.store.collect(roots.items);
        self.collections +%= 1;
        assert(!self.store.wantsCollect());
    }

    /// Checks the store, and that the trie of each live root still exists.
    pub fn checkInvariant(self: *const StateTrie) void {
        self.store.checkInvariant();
        var next = self.live_roots.first;
        while (next) |links| : (next = links.next) {
            const live: *const LiveRoot = @fieldParentPtr("links", links);
            if (live.drops != self.drops or hash.equalWords(&live.root, &hash.empty_root)) continue;
            // The block's own root may not be revealed.
            const is_local = if (self.root) |root| !hash.equalWords(&live.root, &root) else true;
            if (is_local) assert(self.store.has(&live.root));
        }
    }
};
