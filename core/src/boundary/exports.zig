//! The implementations of the C ABI, found by the names in `abi.zig`, and the few functions that do
//! not belong to an object.

const std = @import("std");
const abi = @import("../abi.zig");
const abi_hash = @import("abi_hash.zig");
const boundary = @import("boundary.zig");
const hash = @import("../tables/hash.zig");
const heap = @import("../tables/heap.zig");
const trie = @import("../trie/trie.zig");

const Error = boundary.Error;
const given = boundary.given;
const result = boundary.result;

const modules = .{
    @This(),
    @import("manager_exports.zig"),
    @import("root_exports.zig"),
    @import("fork_exports.zig"),
};

/// The function that implements a description, with exactly the type described.
pub fn implementation(comptime function: abi.Function) *const abi.FunctionType(function) {
    inline for (modules) |module| {
        if (@hasDecl(module, function.name)) {
            const found = @field(module, function.name);
            if (@TypeOf(found) == abi.FunctionType(function)) return &found;
            @compileError(function.name ++ " differs from its description in abi.zig");
        }
    }
    @compileError("nothing implements " ++ function.name);
}

pub fn forkstate_keccak256(
    data: ?[*]const u8,
    data_bytes: u32,
    out_hash: ?*abi.Word,
) callconv(.c) i32 {
    return result(keccak(data, data_bytes, out_hash));
}

fn keccak(data: ?[*]const u8, data_bytes: u32, out_hash: ?*abi.Word) Error!void {
    const target = try given(out_hash);
    target.* = hash.keccak256(try boundary.givenSlice(data, data_bytes));
}

pub fn forkstate_find_preimage(
    path: ?*const abi.Word,
    path_nibbles: u32,
    key_bytes: u32,
    first: ?*const abi.Id,
    tries: u32,
    out_key: ?*abi.Word,
    out_found: ?*[4]u8,
) callconv(.c) i32 {
    return result(findPreimage(
        .{ path, path_nibbles },
        key_bytes,
        .{ first, tries },
        out_key,
        out_found,
    ));
}

fn findPreimage(
    path: struct { ?*const abi.Word, u32 },
    key_bytes: u32,
    range: struct { ?*const abi.Id, u32 },
    out_key: ?*abi.Word,
    out_found: ?*[4]u8,
) Error!void {
    const nibbles = try given(path[0]);
    const first = std.mem.readInt(u64, try given(range[0]), .big);
    const key = try given(out_key);
    const found = try given(out_found);
    if (path[1] > 64 or (key_bytes != 20 and key_bytes != 32)) return error.InvalidInput;
    if (range[1] > abi.max_preimage_tries) return error.LimitExceeded;
    const prefix: trie.Path = .ofKey(nibbles, 0, path[1]);
    const number = trie.findPreimage(prefix.slice(), key_bytes, first, range[1], key);
    found.* = @bitCast(@as(u32, @intFromBool(number != null)));
}

pub fn forkstate_abi_hash(out_hash: ?*abi.Word) callconv(.c) i32 {
    const target = out_hash orelse return result(error.InvalidInput);
    target.* = abi_hash.value;
    return result({});
}

/// The buffer behind `forkstate_buffer_reserve`; WebAssembly only.
var reserved: []u8 = &.{};

pub fn forkstate_buffer_reserve(bytes: u32, out_address: ?*[4]u8) callconv(.c) i32 {
    return result(reserveBuffer(bytes, out_address));
}

fn reserveBuffer(bytes: u32, out_address: ?*[4]u8) Error!void {
    const target = try given(out_address);
    if (bytes > reserved.len or reserved.len == 0) {
        const fresh = try heap.allocator.alloc(u8, @max(bytes, 1));
        heap.allocator.free(reserved);
        reserved = fresh;
    }
    target.* = @bitCast(@as(u32, @truncate(@intFromPtr(reserved.ptr))));
}
