//! What every exported function does at the edge: checks pointers and handles, turns errors into
//! statuses, and reports that memory grew.

const std = @import("std");
const abi = @import("abi.zig");
const heap = @import("heap.zig");
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
    };
}

/// The integer a call returns: its status, and whether memory grew since `pages`.
pub inline fn result(pages: usize, outcome: Error!void) i32 {
    const status: abi.Status = if (outcome) .success else |failure| statusOf(failure);
    const grew: i32 = if (heap.memoryPages() != pages) abi.grew_bit else 0;
    return @as(i32, @intFromEnum(status)) | grew;
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
