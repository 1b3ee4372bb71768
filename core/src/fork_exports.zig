//! The C functions `fork_backend_*`; `abi.zig` describes them. Nothing here keeps a pointer.

const std = @import("std");
const abi = @import("abi.zig");
const boundary = @import("boundary.zig");
const heap = @import("heap.zig");
const Fork = @import("fork.zig").Fork;

const checkCode = boundary.checkCode;
const Error = boundary.Error;
const given = boundary.given;
const registry = &boundary.registry;
const result = boundary.result;

pub fn fork_backend_create(
    config: ?*align(1) const abi.ForkConfig,
    out_fork: ?*[4]u8,
) callconv(.c) i32 {
    return result(heap.memoryPages(), createFork(config, out_fork));
}

fn createFork(config: ?*align(1) const abi.ForkConfig, out: ?*[4]u8) Error!void {
    const settings = (try given(config)).*;
    const target = try given(out);
    if (settings.max_entries == 0) return error.InvalidInput;
    const handle = try registry.reserve();
    errdefer registry.cancel(handle);
    registry.fill(handle, .{ .fork = try Fork.create(heap.allocator, &settings) });
    target.* = @bitCast(handle);
}

pub fn fork_backend_destroy(fork: u32) callconv(.c) i32 {
    const pages = heap.memoryPages();
    const self = registry.fork(fork) catch |failure| return result(pages, failure);
    registry.cancel(fork);
    self.release();
    return result(pages, {});
}

pub fn fork_backend_next_request(
    fork: u32,
    out_request: ?*align(1) abi.ForkRequest,
) callconv(.c) i32 {
    return result(heap.memoryPages(), nextRequest(fork, out_request));
}

fn nextRequest(fork: u32, out_request: ?*align(1) abi.ForkRequest) Error!void {
    const self = try registry.fork(fork);
    const target = try given(out_request);
    const request = self.requests.next() orelse return error.NoRequest;
    target.* = .{
        .id = request.id,
        .generation = self.generation,
        .kind = @intFromEnum(request.key.kind),
        .address = request.key.address,
        .slot = request.key.word,
    };
}

pub fn fork_backend_provide_account(
    fork: u32,
    generation: u32,
    request: u32,
    account: ?*align(1) const abi.AccountRecord,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    return result(pages, answer(Fork.provideAccount, fork, generation, .{ request, account }));
}

pub fn fork_backend_provide_storage(
    fork: u32,
    generation: u32,
    request: u32,
    value: ?*const abi.Word,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    return result(pages, answer(Fork.provideStorage, fork, generation, .{ request, value }));
}

pub fn fork_backend_provide_code(
    fork: u32,
    generation: u32,
    request: u32,
    code: ?[*]const u8,
    code_bytes: u32,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    const bytes = checkCode(code, code_bytes) catch |failure| return result(pages, failure);
    return result(pages, answer(Fork.provideCode, fork, generation, .{ request, bytes }));
}

pub fn fork_backend_fail(fork: u32, generation: u32, request: u32) callconv(.c) i32 {
    const pages = heap.memoryPages();
    return result(pages, answer(Fork.fail, fork, generation, .{request}));
}

pub fn fork_backend_insert_account(
    fork: u32,
    generation: u32,
    address: ?*const abi.Address,
    account: ?*align(1) const abi.AccountRecord,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    return result(pages, answer(Fork.insertAccount, fork, generation, .{ address, account }));
}

pub fn fork_backend_insert_storage(
    fork: u32,
    generation: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    return result(pages, answer(Fork.insertStorage, fork, generation, .{ address, slot, value }));
}

pub fn fork_backend_insert_code(
    fork: u32,
    generation: u32,
    code: ?[*]const u8,
    code_bytes: u32,
) callconv(.c) i32 {
    const pages = heap.memoryPages();
    const bytes = checkCode(code, code_bytes) catch |failure| return result(pages, failure);
    return result(pages, answer(Fork.insertCode, fork, generation, .{bytes}));
}

/// Calls a method of a fork backend that takes a generation; pointers among `args` must be given.
fn answer(comptime method: anytype, fork: u32, generation: u32, args: anytype) Error!void {
    const self = try registry.fork(fork);
    const Args = std.meta.ArgsTuple(@TypeOf(method));
    var all: Args = undefined;
    all[0] = self;
    all[1] = generation;
    inline for (args, 0..) |arg, at| {
        all[at + 2] = if (@typeInfo(@TypeOf(arg)) == .optional) try given(arg) else arg;
    }
    return @call(.auto, method, all);
}

pub fn fork_backend_clear(fork: u32) callconv(.c) i32 {
    const pages = heap.memoryPages();
    const self = registry.fork(fork) catch |failure| return result(pages, failure);
    self.clear();
    return result(pages, {});
}

pub fn fork_backend_stats(fork: u32, out_stats: ?*align(1) abi.ForkStats) callconv(.c) i32 {
    return result(heap.memoryPages(), forkStats(fork, out_stats));
}

fn forkStats(fork: u32, out_stats: ?*align(1) abi.ForkStats) Error!void {
    const self = try registry.fork(fork);
    const target = try given(out_stats);
    target.* = self.stats();
}
