//! Collects what an execution touched, which is enough to repeat it without a chain: the trie nodes
//! of the block on the paths to every fact of the fork and every local write, the siblings that
//! deletions needed, and the codes.
//!
//! A witness is as complete as the facts: it says if some were evicted, or dropped since the block
//! was pinned.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const roots = @import("roots.zig");
const trie = @import("../trie/trie.zig");
const Fork = @import("../fork/fork.zig").Fork;
const Layer = @import("../manager/layer.zig").Layer;
const Manager = @import("../manager/manager.zig").Manager;
const NodeRequests = @import("node_requests.zig").NodeRequests;
const RequestId = @import("../fork/fork.zig").RequestId;
const List = @import("../tables/list.zig").List;
const assert = @import("../tables/assert.zig").assert;

/// Collects the witness of a manager's state into `manager.witness`: the list of nodes, then the
/// list of codes.
pub fn collect(manager: *Manager, out: RequestId) roots.Error!abi.WitnessInfo {
    var info = std.mem.zeroes(abi.WitnessInfo);
    const fork = manager.fork orelse {
        manager.witness.clearAndFree(manager.gpa);
        return info;
    };
    // This also finds the branches that collapse: their siblings are part of the witness.
    _ = try roots.stateRoot(manager, out);
    var requests: NodeRequests = .init(fork, out);
    var collector: Collector = .{
        .fork = fork,
        .root = fork.state.root.?,
        .visit = fork.state.store.newVisit(),
        .requests = &requests,
    };
    fork.state.store.hold();
    defer fork.state.store.letGo();
    defer collector.bytes.deinit(manager.gpa);
    try collector.collect(manager.layers.top, &info);
    std.mem.swap(List(u8), &manager.witness, &collector.bytes);
    return info;
}

fn count(bytes: []const u8) u64 {
    var list: trie.NodeList = .{ .bytes = bytes };
    var nodes: u64 = 0;
    while (list.next() catch null) |_| nodes += 1;
    return nodes;
}

const Collector = struct {
    fork: *Fork,
    root: abi.Word,
    visit: u32,
    requests: *NodeRequests,
    bytes: List(u8) = .empty,

    noinline fn collect(
        self: *Collector,
        top: *const Layer,
        info: *abi.WitnessInfo,
    ) roots.Error!void {
        try self.facts();
        try self.writes(top);
        try self.siblings();
        try self.requests.expectNone();
        info.trie_node_bytes = self.bytes.items.len;
        info.trie_nodes = count(self.bytes.items);
        try self.codes();
        assert(self.bytes.items.len >= info.trie_node_bytes);
        info.code_bytes = self.bytes.items.len - info.trie_node_bytes;
        info.codes = self.fork.base.counts.get(.code);
        assert((info.codes == 0) == (info.code_bytes == 0));
        info.incomplete = @intFromBool(!self.fork.hasAllFacts());
    }

    fn facts(self: *Collector) roots.Error!void {
        const base = &self.fork.base;
        var accounts = base.accounts.index.iterate();
        while (accounts.next()) |number| {
            if (!base.accountCounts(number)) continue;
            try self.account(&base.accounts.at(number).address);
        }
        var slots = base.slots.index.iterate();
        while (slots.next()) |number| {
            if (!base.slotCounts(number)) continue;
            const owner = base.accounts.at(base.slots.owners.at(number).account);
            try self.slot(&owner.address, &base.slots.pairs.at(number).slot);
        }
    }

    fn writes(self: *Collector, top: *const Layer) roots.Error!void {
        var next: ?*const Layer = top;
        while (next) |layer| : (next = layer.below) {
            var accounts = layer.accounts.index.iterate();
            while (accounts.next()) |number| try self.account(&layer.accounts.at(number).address);
            var slots = layer.slots.index.iterate();
            while (slots.next()) |number| {
                const owner = layer.accounts.at(layer.slots.owners.at(number).account);
                try self.slot(&owner.address, &layer.slots.pairs.at(number).slot);
            }
        }
    }

    fn account(self: *Collector, address: *const abi.Address) roots.Error!void {
        if (!try self.path(&self.root, &hash.keccak256(address))) {
            try self.requests.askAccount(address);
        }
    }

    fn slot(
        self: *Collector,
        address: *const abi.Address,
        key: *const abi.Word,
    ) roots.Error!void {
        const leaf = self.fork.state.leaf(&self.root, &hash.keccak256(address)) catch |failure|
            return roots.errorOf(failure);
        const is_there = switch (leaf) {
            .missing => false,
            .absent => true,
            .account => |found| try self.path(&found.storage_root, &hash.keccak256(key)),
        };
        if (!is_there) try self.requests.askSlot(address, key);
    }

    /// Appends the new nodes on the path to a key. Returns false if one is unknown.
    fn path(self: *Collector, root: *const abi.Word, key: *const abi.Word) roots.Error!bool {
        const store = &self.fork.state.store;
        const lack = trie.collectPath(store, root, key, self.visit, &self.bytes) catch |failure|
            return roots.errorOf(failure);
        return lack == null;
    }

    fn siblings(self: *Collector) roots.Error!void {
        const store = &self.fork.state.store;
        var all = store.siblings();
        while (all.next()) |sibling| {
            if (!store.visitFirst(sibling.hash, self.visit)) continue;
            try trie.NodeList.append(store.gpa, &self.bytes, sibling.bytes);
        }
    }

    fn codes(self: *Collector) roots.Error!void {
        const base = &self.fork.base;
        var numbers = base.code_index.iterate();
        while (numbers.next()) |number| {
            try trie.NodeList.append(self.fork.gpa, &self.bytes, base.code_facts.at(number).bytes);
        }
    }
};
