//! The trie nodes that managers over one block share, and the roots they have reached above it.
//!
//! A fork backend has one, of its block; a manager without a fork has one that begins with the
//! empty trie, which its branches share. Nodes of the chain are bounded and can be asked for again.
//! Those that local writes made are freed when no tracker leads to them any more.
//!
//! Invariant: every tracker of this epoch is in the list, so a collection knows all live roots.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const Tracker = @import("../manager/tracker.zig").Tracker;
const Gpa = @import("../tables/heap.zig").Gpa;
const List = @import("../tables/list.zig").List;
const Allocator = std.mem.Allocator;

pub const StateTrie = struct {
    gpa: Gpa,
    references: u32 = 1,
    store: trie.NodeStore,
    /// The state root of the block; null while a fork backend was not told.
    root: ?abi.Word,
    /// Counts how often everything was dropped; what a tracker knows belongs to one epoch.
    epoch: u32 = 0,
    trackers: std.DoublyLinkedList = .{},

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
        self.references += 1;
        return self;
    }

    pub noinline fn release(self: *StateTrie) void {
        self.references -= 1;
        if (self.references > 0) return;
        self.store.deinit();
        self.gpa.destroy(self);
    }

    /// Drops every node and the root: another block comes.
    pub noinline fn clear(self: *StateTrie) void {
        self.store.clear();
        self.root = null;
        self.epoch +%= 1;
    }

    // Reads of the block's state.

    pub const Leaf = union(enum) { account: trie.rlp.Account, absent, missing };

    /// The account at a hashed address in the trie with this root, as far as it is revealed.
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

    /// The value at a hashed slot in the storage trie with this root, as far as it is revealed.
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

    /// Frees local nodes that no tracker needs, if enough have come up since the last time. Without
    /// memory for the lists of roots they stay until the next time.
    pub noinline fn collect(self: *StateTrie) void {
        if (!self.store.wantsCollect()) return;
        var accounts: List(abi.Word) = .empty;
        defer accounts.deinit(self.gpa);
        var storages: List(abi.Word) = .empty;
        defer storages.deinit(self.gpa);
        var next = self.trackers.first;
        while (next) |node| : (next = node.next) {
            const tracker: *Tracker = @fieldParentPtr("node", node);
            if (tracker.epoch != self.epoch) continue;
            accounts.append(self.gpa, tracker.root) catch return;
            tracker.top.appendRoots(self.gpa, &storages) catch return;
        }
        self.store.collect(accounts.items, storages.items);
    }
};
