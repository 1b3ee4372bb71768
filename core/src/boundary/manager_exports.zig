//! The C functions `state_manager_*`; `abi.zig` describes them. Nothing here keeps a pointer.

const std = @import("std");
const abi = @import("../abi.zig");
const boundary = @import("boundary.zig");
const changes = @import("../manager/changes.zig");
const heap = @import("../tables/heap.zig");
const Manager = @import("../manager/manager.zig").Manager;
const Fork = @import("../fork/fork.zig").Fork;

const ByteTarget = boundary.ByteTarget;
const checkCode = boundary.checkCode;
const Error = boundary.Error;
const given = boundary.given;
const registry = &boundary.registry;
const Request = boundary.Request;
const result = boundary.result;
const hotResult = boundary.hotResult;

// Life of managers.

pub fn state_manager_create(
    config: ?*align(1) const abi.ManagerConfig,
    out_manager: ?*[4]u8,
) callconv(.c) i32 {
    return result(create(config, null, out_manager));
}

pub fn state_manager_create_with_fork(
    config: ?*align(1) const abi.ManagerConfig,
    fork: u32,
    out_manager: ?*[4]u8,
) callconv(.c) i32 {
    const backend = registry.fork(fork) catch |failure| return result(failure);
    return result(create(config, backend, out_manager));
}

fn create(config: ?*align(1) const abi.ManagerConfig, fork: ?*Fork, out: ?*[4]u8) Error!void {
    const settings = try given(config);
    const target = try given(out);
    const handle = try registry.reserve();
    errdefer registry.cancel(handle);
    const seed = settings.seed;
    const tag = registry.tagOf(handle, seed);
    const manager = try Manager.create(heap.allocator, tag, seed, fork);
    registry.fill(handle, .{ .manager = manager });
    target.* = @bitCast(handle);
}

pub fn state_manager_branch(manager: u32, out_manager: ?*[4]u8) callconv(.c) i32 {
    return result(branch(manager, out_manager));
}

fn branch(parent: u32, out: ?*[4]u8) Error!void {
    const self = try registry.manager(parent);
    const target = try given(out);
    const handle = try registry.reserve();
    errdefer registry.cancel(handle);
    const tag = registry.tagOf(handle, 0);
    registry.fill(handle, .{ .manager = try self.branch(tag) });
    target.* = @bitCast(handle);
}

pub fn state_manager_destroy(manager: u32) callconv(.c) i32 {
    const self = registry.manager(manager) catch |failure| return result(failure);
    registry.cancel(manager);
    self.destroy();
    return result({});
}

// Reads.

pub fn state_manager_get_balance_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_balance: ?*abi.Word,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(read(Manager.balance, manager, address, out_balance, out_request));
}

pub fn state_manager_get_nonce_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_nonce: ?*abi.Nonce,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(read(Manager.nonce, manager, address, out_nonce, out_request));
}

pub fn state_manager_get_code_hash_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_hash: ?*abi.Word,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(read(Manager.codeHash, manager, address, out_hash, out_request));
}

/// Implements the reads of one account field.
inline fn read(
    comptime method: anytype,
    manager: u32,
    address: ?*const abi.Address,
    out: anytype,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const key = try given(address);
    const target = try given(out);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    target.* = (try method(self, key, request.pointer())).*;
}

pub fn state_manager_get_storage_sync(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    out_value: ?*abi.Word,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return hotResult(readStorage(manager, address, slot, out_value, out_request));
}

inline fn readStorage(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    out_value: ?*abi.Word,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const account = try given(address);
    const key = try given(slot);
    const target = try given(out_value);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    target.* = (try self.storage(account, key, request.pointer())).*;
}

pub fn state_manager_get_code_length_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(readCodeLength(manager, address, out_length, out_request));
}

fn readCodeLength(
    manager: u32,
    address: ?*const abi.Address,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const account = try given(address);
    const target = try given(out_length);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    const code = try self.code(account, request.pointer());
    target.* = @bitCast(@as(u32, @intCast(code.len)));
}

pub fn state_manager_get_code_sync(
    manager: u32,
    address: ?*const abi.Address,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(readCode(
        manager,
        address,
        null,
        .{ .pointer = buffer, .len = buffer_bytes, .out_length = out_length },
        out_request,
    ));
}

pub fn state_manager_get_code_by_hash_sync(
    manager: u32,
    address: ?*const abi.Address,
    code_hash: ?*const abi.Word,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    const key = given(code_hash) catch |failure| return result(failure);
    return result(readCode(
        manager,
        address,
        key,
        .{ .pointer = buffer, .len = buffer_bytes, .out_length = out_length },
        out_request,
    ));
}

fn readCode(
    manager: u32,
    address: ?*const abi.Address,
    code_hash: ?*const abi.Word,
    target: ByteTarget,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const account = try given(address);
    try target.check();
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    const code = if (code_hash) |key|
        try self.codeByHash(account, key, request.pointer())
    else
        try self.code(account, request.pointer());
    return target.write(code);
}

pub fn state_manager_get_account_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_account: ?*align(1) abi.AccountFields,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(readAccount(manager, address, out_account, out_request));
}

fn readAccount(
    manager: u32,
    address: ?*const abi.Address,
    out_account: ?*align(1) abi.AccountFields,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const key = try given(address);
    const target = try given(out_account);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    return self.account(key, target, request.pointer());
}

// Writes.

pub fn state_manager_set_balance(
    manager: u32,
    address: ?*const abi.Address,
    balance: ?*const abi.Word,
) callconv(.c) i32 {
    return result(write(Manager.setBalance, manager, address, balance));
}

pub fn state_manager_set_nonce(
    manager: u32,
    address: ?*const abi.Address,
    nonce: ?*const abi.Nonce,
) callconv(.c) i32 {
    return result(write(Manager.setNonce, manager, address, nonce));
}

inline fn write(
    comptime method: anytype,
    manager: u32,
    address: ?*const abi.Address,
    value: anytype,
) Error!void {
    const self = try registry.manager(manager);
    return method(self, try given(address), try given(value));
}

pub fn state_manager_set_storage(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
) callconv(.c) i32 {
    return hotResult(writeStorage(manager, address, slot, value));
}

inline fn writeStorage(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    value: ?*const abi.Word,
) Error!void {
    const self = try registry.manager(manager);
    return self.setStorage(try given(address), try given(slot), try given(value));
}

pub fn state_manager_set_code(
    manager: u32,
    address: ?*const abi.Address,
    code: ?[*]const u8,
    code_bytes: u32,
) callconv(.c) i32 {
    return result(writeCode(manager, address, code, code_bytes));
}

fn writeCode(
    manager: u32,
    address: ?*const abi.Address,
    code: ?[*]const u8,
    code_bytes: u32,
) Error!void {
    const self = try registry.manager(manager);
    return self.setCode(try given(address), try checkCode(code, code_bytes));
}

pub fn state_manager_delete_account(
    manager: u32,
    address: ?*const abi.Address,
) callconv(.c) i32 {
    return result(change(Manager.deleteAccount, manager, address));
}

pub fn state_manager_clear_storage(
    manager: u32,
    address: ?*const abi.Address,
) callconv(.c) i32 {
    return result(change(Manager.clearStorage, manager, address));
}

fn change(comptime method: anytype, manager: u32, address: ?*const abi.Address) Error!void {
    const self = try registry.manager(manager);
    return method(self, try given(address));
}

// Checkpoints and snapshots.

pub fn state_manager_checkpoint(manager: u32) callconv(.c) i32 {
    return hotResult(mark(Manager.checkpoint, manager));
}

pub fn state_manager_commit(manager: u32) callconv(.c) i32 {
    return hotResult(mark(Manager.commit, manager));
}

pub fn state_manager_revert(manager: u32) callconv(.c) i32 {
    return hotResult(mark(Manager.revert, manager));
}

inline fn mark(comptime method: anytype, manager: u32) Error!void {
    return method(try registry.manager(manager));
}

pub fn state_manager_snapshot(manager: u32, out_id: ?*abi.Id) callconv(.c) i32 {
    return result(snapshot(manager, out_id));
}

fn snapshot(manager: u32, out_id: ?*abi.Id) Error!void {
    const self = try registry.manager(manager);
    const target = try given(out_id);
    std.mem.writeInt(u64, target, try self.snapshot(), .big);
}

pub fn state_manager_revert_to_snapshot(manager: u32, id: ?*const abi.Id) callconv(.c) i32 {
    return result(revertToSnapshot(manager, id));
}

fn revertToSnapshot(manager: u32, id: ?*const abi.Id) Error!void {
    const self = try registry.manager(manager);
    return self.revertToSnapshot(std.mem.readInt(u64, try given(id), .big));
}

// Listings.

pub fn state_manager_list_accounts(
    manager: u32,
    cursor: ?*const abi.Id,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_count: ?*[4]u8,
    out_cursor: ?*abi.Id,
) callconv(.c) i32 {
    const into: Listing = .{ .buffer = buffer, .len = buffer_bytes, .count = out_count };
    return result(into.list(changes.listAccounts, manager, cursor, out_cursor));
}

pub fn state_manager_list_slots(
    manager: u32,
    cursor: ?*const abi.Id,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_count: ?*[4]u8,
    out_cursor: ?*abi.Id,
) callconv(.c) i32 {
    const into: Listing = .{ .buffer = buffer, .len = buffer_bytes, .count = out_count };
    return result(into.list(changes.listSlots, manager, cursor, out_cursor));
}

const Listing = struct {
    buffer: ?[*]u8,
    len: u32,
    count: ?*[4]u8,

    fn list(
        self: Listing,
        comptime method: anytype,
        manager: u32,
        cursor: ?*const abi.Id,
        out_cursor: ?*abi.Id,
    ) Error!void {
        const Slice = @typeInfo(@TypeOf(method)).@"fn".params[2].type.?;
        const Element = std.meta.Elem(Slice);
        const from = try registry.manager(manager);
        var at = std.mem.readInt(u64, try given(cursor), .big);
        const count = try given(self.count);
        const target = try given(out_cursor);
        if (self.len < @sizeOf(Element)) return error.BufferTooSmall;
        const room: [*]align(1) Element = @ptrCast(try given(self.buffer));
        const found = method(from, &at, room[0 .. self.len / @sizeOf(Element)]);
        count.* = @bitCast(@as(u32, @intCast(found)));
        std.mem.writeInt(u64, target, at, .big);
    }
};

// Caches and counters.

pub fn state_manager_clear_caches(manager: u32) callconv(.c) i32 {
    return result(clear(manager));
}

fn clear(manager: u32) Error!void {
    const self = try registry.manager(manager);
    return self.clear();
}

pub fn state_manager_clear_fork_cache(manager: u32) callconv(.c) i32 {
    const self = registry.manager(manager) catch |failure| return result(failure);
    if (self.fork) |fork| fork.clear();
    return result({});
}

pub fn state_manager_stats(manager: u32, out_stats: ?*align(1) abi.ManagerStats) callconv(.c) i32 {
    return result(managerStats(manager, out_stats));
}

fn managerStats(manager: u32, out_stats: ?*align(1) abi.ManagerStats) Error!void {
    const self = try registry.manager(manager);
    const target = try given(out_stats);
    target.* = self.stats();
}
