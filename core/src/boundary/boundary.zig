//! `boundary/` is the C ABI and the Node-API addon. This module does what every exported function
//! needs at the edge: it checks pointers and handles, turns errors into statuses, and reports that
//! memory grew.

const std = @import("std");
const abi = @import("../abi.zig");
const heap = @import("../tables/heap.zig");
const Registry = @import("registry.zig").Registry;

/// All handles of the process or WebAssembly instance.
pub var registry: Registry = .{};

pub const Error = error{
    InvalidInput,
    OutOfMemory,
    InvalidSnapshot,
    RpcPending,
    InvalidHandle,
    NoCheckpoint,
    LimitExceeded,
    QueueFull,
    StaleRequest,
    BufferTooSmall,
    NoRequest,
    CodeHashMismatch,
    ProofInvalid,
    MissingTrieNode,
    NoStateRoot,
};

fn statusOf(failure: Error) abi.Status {
    return switch (failure) {
        error.InvalidInput => .invalid_input,
        error.OutOfMemory => .out_of_memory,
        error.InvalidSnapshot => .invalid_snapshot,
        error.RpcPending => .rpc_pending,
        error.InvalidHandle => .invalid_handle,
        error.NoCheckpoint => .no_checkpoint,
        error.LimitExceeded => .limit_exceeded,
        error.QueueFull => .queue_full,
        error.StaleRequest => .stale_request,
        error.BufferTooSmall => .buffer_too_small,
        error.NoRequest => .no_request,
        error.CodeHashMismatch => .code_hash_mismatch,
        error.ProofInvalid => .proof_invalid,
        error.MissingTrieNode => .missing_trie_node,
        error.NoStateRoot => .no_state_root,
    };
}

/// The integer that a call returns: its status, and whether memory grew since the last call
/// returned.
pub fn result(outcome: Error!void) i32 {
    const status: abi.Status = if (outcome) .success else |failure| statusOf(failure);
    const grew: i32 = if (heap.takeGrew()) abi.grew_bit else 0;
    return @as(i32, @intFromEnum(status)) | grew;
}

/// As `result`, inlined at its use.
pub inline fn hotResult(outcome: Error!void) i32 {
    if (outcome) |_| {
        if (!heap.has_grown) return 0;
    } else |_| {}
    return result(outcome);
}

fn Given(comptime Pointer: type) type {
    return @typeInfo(Pointer).optional.child;
}

pub inline fn given(pointer: anytype) error{InvalidInput}!Given(@TypeOf(pointer)) {
    return pointer orelse error.InvalidInput;
}

pub fn givenSlice(pointer: ?[*]const u8, len: u32) error{InvalidInput}![]const u8 {
    if (len == 0) return "";
    return (try given(pointer))[0..len];
}

pub fn checkCode(pointer: ?[*]const u8, len: u32) error{ InvalidInput, LimitExceeded }![]const u8 {
    if (len > abi.max_code_bytes) return error.LimitExceeded;
    return givenSlice(pointer, len);
}

/// Room for the id of a request, which the host receives if the read is pending.
pub const Request = struct {
    id: u32 = 0,
    out: ?*[4]u8,

    pub fn pointer(self: *Request) ?*u32 {
        return if (self.out == null) null else &self.id;
    }

    pub fn deliver(self: *const Request) void {
        const out = self.out orelse return;
        if (self.id != 0) out.* = @bitCast(self.id);
    }
};

/// The caller's buffer for bytes whose number it may not know, and where that number is written.
pub const ByteTarget = struct {
    pointer: ?[*]u8,
    len: u32,
    out_length: ?*[4]u8,

    /// Checks the required pointers, before anything is done.
    pub fn check(self: ByteTarget) error{InvalidInput}!void {
        _ = try given(self.out_length);
        if (self.len > 0) _ = try given(self.pointer);
    }

    pub fn write(self: ByteTarget, bytes: []const u8) error{BufferTooSmall}!void {
        self.out_length.?.* = @bitCast(@as(u32, @intCast(bytes.len)));
        if (bytes.len > self.len) return error.BufferTooSmall;
        if (bytes.len > 0) @memcpy(self.pointer.?[0..bytes.len], bytes);
    }
};
