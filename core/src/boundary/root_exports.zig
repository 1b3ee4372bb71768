//! The C functions `state_manager_*` about roots, proofs and witnesses; `abi.zig` describes them.
//! Nothing here keeps a pointer.

const std = @import("std");
const abi = @import("../abi.zig");
const boundary = @import("boundary.zig");
const heap = @import("../tables/heap.zig");
const roots = @import("../roots/roots.zig");
const trie = @import("../trie/trie.zig");
const witness = @import("../roots/witness.zig");
const Manager = @import("../manager/manager.zig").Manager;
const List = @import("../tables/list.zig").List;

const Error = boundary.Error;
const given = boundary.given;
const registry = &boundary.registry;
const Request = boundary.Request;
const result = boundary.result;

pub fn state_manager_get_state_root_sync(
    manager: u32,
    out_root: ?*abi.Word,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(stateRoot(manager, out_root, out_request));
}

fn stateRoot(manager: u32, out_root: ?*abi.Word, out_request: ?*[4]u8) Error!void {
    const self = try registry.manager(manager);
    const target = try given(out_root);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    target.* = try settled(self, roots.stateRoot(self, request.pointer()));
}

pub fn state_manager_get_storage_root_sync(
    manager: u32,
    address: ?*const abi.Address,
    out_root: ?*abi.Word,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(storageRoot(manager, address, out_root, out_request));
}

fn storageRoot(
    manager: u32,
    address: ?*const abi.Address,
    out_root: ?*abi.Word,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const key = try given(address);
    const target = try given(out_root);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    target.* = try settled(self, roots.storageRoot(self, key, request.pointer()));
}

/// After a computation that is not pending, the nodes that it requested may be evicted again.
fn settled(manager: *Manager, outcome: anytype) @TypeOf(outcome) {
    const fork = manager.fork orelse return outcome;
    if (outcome) |_| fork.letNodesGo() else |failure| {
        if (failure != error.RpcPending) fork.letNodesGo();
    }
    return outcome;
}

pub fn state_manager_get_account_proof_sync(
    manager: u32,
    address: ?*const abi.Address,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(proof(manager, address, null, .{
        .pointer = buffer,
        .len = buffer_bytes,
        .out_length = out_length,
    }, out_request));
}

pub fn state_manager_get_storage_proof_sync(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_length: ?*[4]u8,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    const key = given(slot) catch |failure| return result(failure);
    return result(proof(manager, address, key, .{
        .pointer = buffer,
        .len = buffer_bytes,
        .out_length = out_length,
    }, out_request));
}

/// Makes the proof of an account, or of one of its slots.
fn proof(
    manager: u32,
    address: ?*const abi.Address,
    slot: ?*const abi.Word,
    target: boundary.ByteTarget,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const account = try given(address);
    try target.check();
    var list: List(u8) = .empty;
    // The list is allocated in the memory of the nodes.
    defer list.deinit(self.gpa);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    try settled(self, roots.prove(self, account, slot, &list, request.pointer()));
    return target.write(list.items);
}

pub fn state_manager_collect_witness_sync(
    manager: u32,
    out_info: ?*align(1) abi.WitnessInfo,
    out_request: ?*[4]u8,
) callconv(.c) i32 {
    return result(collectWitness(manager, out_info, out_request));
}

fn collectWitness(
    manager: u32,
    out_info: ?*align(1) abi.WitnessInfo,
    out_request: ?*[4]u8,
) Error!void {
    const self = try registry.manager(manager);
    const target = try given(out_info);
    var request: Request = .{ .out = out_request };
    defer request.deliver();
    target.* = try settled(self, witness.collect(self, request.pointer()));
}

pub fn state_manager_read_witness(
    manager: u32,
    offset: u32,
    buffer: ?[*]u8,
    buffer_bytes: u32,
    out_length: ?*[4]u8,
) callconv(.c) i32 {
    return result(readWitness(manager, offset, .{
        .pointer = buffer,
        .len = buffer_bytes,
        .out_length = out_length,
    }));
}

fn readWitness(manager: u32, offset: u32, target: boundary.ByteTarget) Error!void {
    const self = try registry.manager(manager);
    try target.check();
    const bytes = self.witness.items;
    const rest = bytes[@min(offset, bytes.len)..];
    return target.write(rest[0..@min(rest.len, target.len)]);
}

pub fn state_manager_drop_witness(manager: u32) callconv(.c) i32 {
    const self = registry.manager(manager) catch |failure| return result(failure);
    self.witness.clearAndFree(self.gpa);
    return result({});
}
