//! The requests of one computation over trie nodes: all nodes that it lacks, at once.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const Fork = @import("../fork/fork.zig").Fork;
const MissError = @import("../fork/fork.zig").MissError;
const RequestId = @import("../fork/fork.zig").RequestId;
const NodePlace = @import("../fork/requests.zig").NodePlace;
const assert = @import("../tables/assert.zig").assert;
const Allocator = std.mem.Allocator;

pub const NodeRequests = struct {
    fork: ?*Fork,
    /// Where the id of the last request is written. With null the read is a peek and opens none.
    out: RequestId,
    /// The number of nodes that were requested, or would have been by a peek.
    count: u32 = 0,
    is_full: bool = false,
    last: u32 = 0,

    pub fn init(fork: ?*Fork, out: RequestId) NodeRequests {
        return .{ .fork = fork, .out = out };
    }

    pub fn askAccount(self: *NodeRequests, address: *const abi.Address) Allocator.Error!void {
        return self.ask(.account_proof, address, &hash.zero_word, .none);
    }

    pub fn askSlot(
        self: *NodeRequests,
        address: *const abi.Address,
        slot: *const abi.Word,
    ) Allocator.Error!void {
        return self.ask(.storage_proof, address, slot, .none);
    }

    /// Requests a node that a change of the account, or of its slot, lacks.
    pub fn askChange(
        self: *NodeRequests,
        lack: *const trie.Missing,
        address: *const abi.Address,
        slot: ?*const abi.Word,
    ) Allocator.Error!void {
        switch (lack.kind) {
            .on_path => if (slot) |key| try self.askSlot(address, key) else {
                try self.askAccount(address);
            },
            .sibling => try self.ask(.trie_node, address, &lack.hash, .{
                .trie = if (slot == null) .accounts else .storage,
                .path = lack.path,
                .changed_slot = if (slot) |key| key.* else hash.zero_word,
            }),
        }
    }

    noinline fn ask(
        self: *NodeRequests,
        kind: abi.RequestKind,
        address: *const abi.Address,
        word: *const abi.Word,
        place: NodePlace,
    ) Allocator.Error!void {
        assert(kind != .account and kind != .storage and kind != .code);
        self.count += 1;
        // Without a fork a node can be missing only because of a defect. It is then never answered.
        const fork = self.fork orelse return;
        if (self.out == null or self.is_full) return;
        self.last = fork.askNodes(&.{
            .kind = kind,
            .address = address.*,
            .word = word.*,
            .place = place,
        }) catch |failure| switch (failure) {
            error.OutOfMemory => return error.OutOfMemory,
            error.QueueFull => {
                self.is_full = true;
                return;
            },
        };
    }

    /// Fails if a node was requested.
    pub fn expectNone(self: *const NodeRequests) error{ RpcPending, QueueFull }!void {
        if (self.count == 0) return;
        const id = self.out orelse return error.RpcPending;
        if (self.last == 0) return error.QueueFull;
        assert(self.fork != null);
        id.* = self.last;
        return error.RpcPending;
    }
};
