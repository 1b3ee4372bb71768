//! The requests of the core to the chain: a bounded queue without duplicates.
//!
//! A request is *open* from the read that missed until it is answered, failed or cleared; it is
//! *queued* until the host takes it. The same key is open at most once. Ids are counted up and
//! never reused while open, so a late answer finds no request.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const trie = @import("../trie/trie.zig");
const Index = @import("../tables/index.zig").Index;
const Segments = @import("../tables/segments.zig").Segments;
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Allocator = std.mem.Allocator;

pub const OpenError = Allocator.Error || error{QueueFull};

pub const Key = struct {
    kind: abi.RequestKind,
    address: abi.Address,
    /// The slot, the code hash, the hash of a node, or zero.
    word: abi.Word,
    /// The place of a node. Not part of the key that is compared.
    place: NodePlace = .none,
};

/// The place of a node, and the change that needs it.
pub const NodePlace = struct {
    trie: abi.TrieKind,
    path: trie.Path,
    changed_slot: abi.Word,

    pub const none: NodePlace = .{
        .trie = .none,
        .path = .empty,
        .changed_slot = @splat(0),
    };
};

const none = std.math.maxInt(u32);

const Request = struct {
    id: u32,
    key: Key,
    state: enum { queued, taken },
    /// Neighbours in the queue; `next` also chains released entries.
    previous: u32 = none,
    next: u32 = none,
};

pub const Requests = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    entries: Segments(Request) = .empty,
    by_key: Index = .empty,
    by_id: Index = .empty,
    released: u32 = none,
    first: u32 = none,
    last: u32 = none,
    queued: u32 = 0,
    last_id: u32 = 0,

    pub fn deinit(self: *Requests) void {
        self.entries.deinit(self.gpa);
        self.by_key.deinit(self.gpa);
        self.by_id.deinit(self.gpa);
    }

    /// Closes all requests and frees the memory. Ids continue.
    pub fn clear(self: *Requests) void {
        self.deinit();
        self.* = .{ .gpa = self.gpa, .hasher = self.hasher, .last_id = self.last_id };
    }

    pub fn open(self: *const Requests) u32 {
        return self.by_id.count;
    }

    /// Returns the id of the open request for this key, opening one if there is none.
    pub fn ask(self: *Requests, key: *const Key) OpenError!u32 {
        const hashed = self.hashKey(key);
        if (self.by_key.find(hashed, KeyMatch{ .requests = self, .key = key })) |number| {
            return self.entries.at(number).id;
        }
        if (self.open() >= abi.max_open_requests) return error.QueueFull;
        try self.by_key.ensureRoom(self.gpa);
        try self.by_id.ensureRoom(self.gpa);
        if (self.released == none) try self.entries.ensureRoom(self.gpa);
        const number = self.take();
        const id = self.newId();
        self.entries.at(number).* = .{ .id = id, .key = key.*, .state = .queued };
        self.by_key.add(hashed, number);
        self.by_id.add(self.hasher.number(id), number);
        self.enqueue(number);
        if (checks.enabled) assert(self.findNumber(id) == number);
        self.checkCounts();
        return id;
    }

    /// Takes the oldest queued request; it stays open.
    pub fn next(self: *Requests) ?struct { id: u32, key: *const Key } {
        if (self.first == none) return null;
        const number = self.first;
        self.unqueue(number);
        const request = self.entries.at(number);
        assert(request.state == .taken);
        self.checkCounts();
        return .{ .id = request.id, .key = &request.key };
    }

    /// The key of an open request.
    pub fn find(self: *const Requests, id: u32) ?*const Key {
        return &self.entries.at(self.findNumber(id) orelse return null).key;
    }

    /// Closes an open request.
    pub fn close(self: *Requests, id: u32) void {
        const number = self.findNumber(id).?;
        const request = self.entries.at(number);
        if (request.state == .queued) self.unqueue(number);
        self.by_key.remove(self.hashKey(&request.key), number);
        self.by_id.remove(self.hasher.number(id), number);
        request.next = self.released;
        self.released = number;
        if (checks.enabled) assert(self.find(id) == null);
        self.checkCounts();
    }

    /// Every open request is found by key and by id, and every queued request is open.
    inline fn checkCounts(self: *const Requests) void {
        assert(self.by_key.count == self.by_id.count);
        assert(self.queued <= self.open() and self.open() <= abi.max_open_requests);
        assert((self.queued == 0) == (self.first == none));
        assert((self.first == none) == (self.last == none));
    }

    /// Checks both indexes, and the whole queue.
    pub fn checkInvariant(self: *const Requests) void {
        self.checkCounts();
        self.by_key.checkInvariant();
        self.by_id.checkInvariant();
        var count: u32 = 0;
        var previous: u32 = none;
        var number = self.first;
        while (number != none) : (count += 1) {
            const request = self.entries.at(number);
            assert(request.state == .queued and request.previous == previous);
            assert(self.findNumber(request.id) == number);
            previous = number;
            number = request.next;
        }
        assert(count == self.queued and previous == self.last);
    }

    fn findNumber(self: *const Requests, id: u32) ?u32 {
        return self.by_id.find(self.hasher.number(id), IdMatch{ .requests = self, .id = id });
    }

    fn take(self: *Requests) u32 {
        if (self.released == none) return self.entries.append();
        const number = self.released;
        self.released = self.entries.at(number).next;
        return number;
    }

    fn newId(self: *Requests) u32 {
        while (true) {
            self.last_id +%= 1;
            if (self.last_id != 0 and self.findNumber(self.last_id) == null) return self.last_id;
        }
    }

    fn enqueue(self: *Requests, number: u32) void {
        const request = self.entries.at(number);
        assert(request.state == .queued);
        request.previous = self.last;
        if (self.last == none) self.first = number else self.entries.at(self.last).next = number;
        self.last = number;
        self.queued += 1;
    }

    fn unqueue(self: *Requests, number: u32) void {
        const request = self.entries.at(number);
        assert(request.state == .queued and self.queued > 0);
        const before, const after = .{ request.previous, request.next };
        if (before == none) self.first = after else self.entries.at(before).next = after;
        if (after == none) self.last = before else self.entries.at(after).previous = before;
        request.state = .taken;
        self.queued -= 1;
    }

    fn hashKey(self: *const Requests, key: *const Key) u32 {
        const account = self.hasher.address(&key.address) ^ @intFromEnum(key.kind);
        return self.hasher.slot(account, &key.word);
    }

    const KeyMatch = struct {
        requests: *const Requests,
        key: *const Key,

        pub fn matches(self: KeyMatch, number: u32) bool {
            const other = &self.requests.entries.at(number).key;
            return other.kind == self.key.kind and
                hash.equalAddresses(&other.address, &self.key.address) and
                hash.equalWords(&other.word, &self.key.word);
        }
    };

    const IdMatch = struct {
        requests: *const Requests,
        id: u32,

        pub fn matches(self: IdMatch, number: u32) bool {
            return self.requests.entries.at(number).id == self.id;
        }
    };
};

fn testKey(number: u8) Key {
    return .{ .kind = .storage, .address = @splat(1), .word = @splat(number) };
}

test "requests come out once, in order, and the same key is open once" {
    var requests: Requests = .{ .gpa = std.testing.allocator, .hasher = .init(1) };
    defer requests.deinit();
    const first = try requests.ask(&testKey(1));
    const second = try requests.ask(&testKey(2));
    try std.testing.expectEqual(first, try requests.ask(&testKey(1)));
    try std.testing.expectEqual(first, requests.next().?.id);
    try std.testing.expectEqual(first, try requests.ask(&testKey(1)));
    try std.testing.expectEqual(second, requests.next().?.id);
    try std.testing.expectEqual(null, requests.next());
    requests.close(first);
    try std.testing.expectEqual(null, requests.find(first));
    try std.testing.expect(try requests.ask(&testKey(1)) != first);
}

test "a closed request leaves the queue" {
    var requests: Requests = .{ .gpa = std.testing.allocator, .hasher = .init(1) };
    defer requests.deinit();
    var ids: [5]u32 = undefined;
    for (&ids, 0..) |*id, number| id.* = try requests.ask(&testKey(@intCast(number)));
    for ([_]usize{ 0, 2, 4 }) |number| requests.close(ids[number]);
    try std.testing.expectEqual(ids[1], requests.next().?.id);
    try std.testing.expectEqual(ids[3], requests.next().?.id);
    try std.testing.expectEqual(null, requests.next());
    try std.testing.expectEqual(@as(u32, 2), requests.open());
}

test "the queue is bounded" {
    var requests: Requests = .{ .gpa = std.testing.allocator, .hasher = .init(1) };
    defer requests.deinit();
    var key = testKey(0);
    for (0..abi.max_open_requests) |number| {
        std.mem.writeInt(u64, key.word[0..8], number, .big);
        _ = try requests.ask(&key);
    }
    key.word = @splat(0xff);
    try std.testing.expectError(error.QueueFull, requests.ask(&key));
    requests.close(requests.next().?.id);
    _ = try requests.ask(&key);
}
