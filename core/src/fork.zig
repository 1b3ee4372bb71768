//! A fork backend: the base facts of one pinned block and the requests for what is missing.
//!
//! It does no I/O. A read that misses opens a request and reports `RpcPending`; the host takes
//! requests, fetches, and provides. Clearing starts a new generation: answers to an older one are
//! dropped. Facts live apart from local writes, so no answer can overwrite one.
//!
//! Shared by any number of managers; freed with the last reference.

const std = @import("std");
const abi = @import("abi.zig");
const hash = @import("hash.zig");
const Base = @import("base.zig").Base;
const Account = @import("base.zig").Account;
const requests = @import("requests.zig");
const tables = @import("tables.zig");
const Allocator = std.mem.Allocator;

pub const MissError = requests.OpenError || error{RpcPending};
pub const AnswerError = tables.RoomError || error{ StaleRequest, CodeHashMismatch };

/// Where the id of the request that a miss opened is written; null peeks and opens none.
pub const RequestId = ?*u32;

pub const Fork = struct {
    gpa: Allocator,
    references: u32 = 1,
    base: Base,
    requests: requests.Requests,
    generation: u32 = 1,
    hits: u64 = 0,
    misses: u64 = 0,

    pub fn create(gpa: Allocator, config: *const abi.ForkConfig) Allocator.Error!*Fork {
        const hasher: hash.Hasher = .init(config.seed);
        const self = try gpa.create(Fork);
        self.* = .{
            .gpa = gpa,
            .base = .{
                .gpa = gpa,
                .hasher = hasher,
                .max_entries = config.max_entries,
                .max_bytes = config.max_bytes,
            },
            .requests = .{ .gpa = gpa, .hasher = hasher },
        };
        return self;
    }

    pub fn retain(self: *Fork) *Fork {
        self.references += 1;
        return self;
    }

    pub fn release(self: *Fork) void {
        self.references -= 1;
        if (self.references > 0) return;
        self.base.deinit();
        self.requests.deinit();
        self.gpa.destroy(self);
    }

    /// Drops facts and requests; answers under way will be stale.
    pub fn clear(self: *Fork) void {
        self.base.clear();
        self.requests.clear();
        self.generation +%= 1;
    }

    // Reads.

    /// The account, with all of `fields` known. `hashed` is the hash of the address.
    pub inline fn account(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        comptime fields: u8,
        out: RequestId,
    ) MissError!*const Account {
        if (self.base.account(hashed, address, fields)) |record| {
            self.hits += 1;
            return record;
        }
        return self.miss(.account, address, &hash.zero_word, out);
    }

    pub inline fn slot(
        self: *Fork,
        hashed: u32,
        address: *const abi.Address,
        key: *const abi.Word,
        out: RequestId,
    ) MissError!*const abi.Word {
        if (self.base.slot(hashed, address, key)) |value| {
            self.hits += 1;
            return value;
        }
        return self.miss(.storage, address, key, out);
    }

    pub fn code(
        self: *Fork,
        address: *const abi.Address,
        code_hash: *const abi.Word,
        out: RequestId,
    ) MissError![]const u8 {
        if (self.base.code(code_hash)) |bytes| {
            self.hits += 1;
            return bytes;
        }
        return self.miss(.code, address, code_hash, out);
    }

    fn miss(
        self: *Fork,
        kind: abi.RequestKind,
        address: *const abi.Address,
        word: *const abi.Word,
        out: RequestId,
    ) MissError {
        @branchHint(.unlikely);
        self.misses += 1;
        const id = out orelse return error.RpcPending;
        id.* = self.requests.ask(&.{ .kind = kind, .address = address.*, .word = word.* }) catch |e|
            return e;
        return error.RpcPending;
    }

    // Answers.

    pub fn provideAccount(
        self: *Fork,
        generation: u32,
        id: u32,
        record: *const abi.AccountRecord,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .account);
        try self.base.putAccount(&key.address, record);
        self.requests.close(id);
    }

    pub fn provideStorage(
        self: *Fork,
        generation: u32,
        id: u32,
        value: *const abi.Word,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .storage);
        try self.base.putSlot(&key.address, &key.word, value);
        self.requests.close(id);
    }

    pub fn provideCode(
        self: *Fork,
        generation: u32,
        id: u32,
        bytes: []const u8,
    ) AnswerError!void {
        const key = try self.expect(generation, id, .code);
        const code_hash = hash.keccak256(bytes);
        if (!hash.equalWords(&code_hash, &key.word)) return error.CodeHashMismatch;
        try self.base.putCode(&code_hash, bytes);
        self.requests.close(id);
    }

    pub fn fail(self: *Fork, generation: u32, id: u32) error{StaleRequest}!void {
        if (generation != self.generation) return error.StaleRequest;
        _ = self.requests.find(id) orelse return error.StaleRequest;
        self.requests.close(id);
    }

    pub fn insertAccount(
        self: *Fork,
        generation: u32,
        address: *const abi.Address,
        record: *const abi.AccountRecord,
    ) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putAccount(address, record);
    }

    pub fn insertStorage(
        self: *Fork,
        generation: u32,
        address: *const abi.Address,
        key: *const abi.Word,
        value: *const abi.Word,
    ) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putSlot(address, key, value);
    }

    pub fn insertCode(self: *Fork, generation: u32, bytes: []const u8) AnswerError!void {
        if (generation != self.generation) return error.StaleRequest;
        try self.base.putCode(&hash.keccak256(bytes), bytes);
    }

    fn expect(
        self: *const Fork,
        generation: u32,
        id: u32,
        kind: abi.RequestKind,
    ) error{StaleRequest}!*const requests.Key {
        if (generation != self.generation) return error.StaleRequest;
        const key = self.requests.find(id) orelse return error.StaleRequest;
        return if (key.kind == kind) key else error.StaleRequest;
    }

    pub fn stats(self: *const Fork) abi.ForkStats {
        return .{
            .base_accounts = self.base.counts.get(.account),
            .base_slots = self.base.counts.get(.slot),
            .base_codes = self.base.counts.get(.code),
            .base_bytes = self.base.weight,
            .base_hits = self.hits,
            .base_misses = self.misses,
            .evictions = self.base.evictions,
            .open_requests = self.requests.open(),
            .queued_requests = self.requests.queued,
            .generation = self.generation,
        };
    }
};

const testing = std.testing;

fn testFork() !*Fork {
    return Fork.create(testing.allocator, &.{ .seed = 1, .max_entries = 9, .max_bytes = 9_000 });
}

fn testRecord(balance: u8) abi.AccountRecord {
    var record = std.mem.zeroes(abi.AccountRecord);
    record.balance[31] = balance;
    record.known = abi.Known.all;
    return record;
}

test "a miss opens one request, its answer is a hit, and a peek opens none" {
    const fork = try testFork();
    defer fork.release();
    const address: abi.Address = @splat(1);
    const hashed = fork.base.hasher.address(&address);
    const fields = abi.Known.balance;
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, null));
    try testing.expectEqual(null, fork.requests.next());
    var first: u32 = 0;
    var second: u32 = 0;
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, &first));
    try testing.expectError(error.RpcPending, fork.account(hashed, &address, fields, &second));
    try testing.expectEqual(first, second);
    try fork.provideAccount(fork.generation, first, &testRecord(5));
    const record = try fork.account(hashed, &address, fields, null);
    try testing.expectEqual(@as(u8, 5), record.balance[31]);
    const stale = fork.provideAccount(fork.generation, first, &testRecord(6));
    try testing.expectError(error.StaleRequest, stale);
}

test "answers of another generation, kind or hash are dropped" {
    const fork = try testFork();
    defer fork.release();
    const address: abi.Address = @splat(1);
    const wanted = hash.keccak256("code");
    var id: u32 = 0;
    try testing.expectError(error.RpcPending, fork.code(&address, &wanted, &id));
    const generation = fork.generation;
    try testing.expectError(error.StaleRequest, fork.provideStorage(generation, id, &wanted));
    try testing.expectError(error.CodeHashMismatch, fork.provideCode(generation, id, "other"));
    try testing.expectEqual(@as(u32, 1), fork.requests.open());
    fork.clear();
    try testing.expectError(error.StaleRequest, fork.provideCode(generation, id, "code"));
    try testing.expectError(error.StaleRequest, fork.insertCode(generation, "code"));
    try testing.expectError(error.StaleRequest, fork.fail(generation, id));
    try testing.expectEqual(@as(u32, 0), fork.requests.open());
    try testing.expectError(error.RpcPending, fork.code(&address, &wanted, null));
}
