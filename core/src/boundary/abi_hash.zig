//! The fingerprint of the boundary: keccak256 of a canonical text of everything `abi.zig` declares.
//!
//! Names, values, layouts, signatures and the revision are in the text; documentation is not. The
//! generator writes the hash into the C header and the TypeScript constants, `exports.zig` returns
//! it from `forkstate_abi_hash`, and hosts refuse a binary with another hash. It is computed at
//! compile time: a binary carries the 32 bytes, not the text.

const std = @import("std");
const abi = @import("../abi.zig");

const print = std.fmt.comptimePrint;

/// The hash of the declarations that this binary was compiled with.
pub const value: abi.Word = blk: {
    @setEvalBranchQuota(20_000_000);
    var out: abi.Word = undefined;
    std.crypto.hash.sha3.Keccak256.hash(canonical_text, &out, .{});
    break :blk out;
};

/// The declarations, one per line, in the order of `abi.zig`.
const canonical_text: []const u8 = blk: {
    @setEvalBranchQuota(1_000_000);
    var text: []const u8 = print("revision {d}\n", .{abi.revision});
    for (abi.statuses) |info| {
        text = text ++ print("status {s} {d}\n", .{ info.symbol, @intFromEnum(info.status) });
    }
    for (abi.constants) |constant| {
        text = text ++ print("constant {s} {d}\n", .{ constant.name, constant.value });
    }
    for (abi.structs) |info| text = text ++ structText(info);
    for (abi.functions) |function| text = text ++ functionText(function);
    break :blk text;
};

fn structText(comptime info: abi.StructInfo) []const u8 {
    const sizes = .{ info.name, @sizeOf(info.type), @alignOf(info.type) };
    var text: []const u8 = print("struct {s} {d} {d}\n", sizes);
    for (@typeInfo(info.type).@"struct".fields) |field| {
        const offset = @offsetOf(info.type, field.name);
        text = text ++ print("  {s} {s} {d}\n", .{ field.name, @typeName(field.type), offset });
    }
    return text;
}

fn functionText(comptime function: abi.Function) []const u8 {
    const growth = if (function.grows) "grows" else "fixed";
    var text: []const u8 =
        print("function {s} {s} {s}\n", .{ function.name, @tagName(function.target), growth });
    for (function.params) |param| {
        text = text ++ print("  {s} {s}{s}\n", .{ param.name, @tagName(param.kind), detail(param) });
    }
    return text;
}

/// The payload of a parameter's kind: its size, or its struct.
fn detail(comptime param: abi.Param) []const u8 {
    return switch (param.kind) {
        .in, .out, .out_optional => |size| print(" {d}", .{size}),
        .in_struct, .out_struct => |name| " " ++ name,
        .manager, .fork, .number, .in_buffer, .out_buffer, .out_handle => "",
    };
}

test "the canonical text has one line for every declaration" {
    var lines: usize = 1 + abi.statuses.len + abi.constants.len;
    inline for (abi.structs) |info| lines += 1 + @typeInfo(info.type).@"struct".fields.len;
    inline for (abi.functions) |function| lines += 1 + function.params.len;
    try std.testing.expectEqual(lines, std.mem.count(u8, canonical_text, "\n"));
}

test "the hash at compile time is the hash at run time" {
    var expected: abi.Word = undefined;
    std.crypto.hash.sha3.Keccak256.hash(canonical_text, &expected, .{});
    try std.testing.expectEqual(expected, value);
}
