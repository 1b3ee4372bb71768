//! Writes `forkstate.h`, the interface for C and C++.

const std = @import("std");
const abi = @import("../abi.zig");
const abi_hash = @import("../boundary/abi_hash.zig");
const text = @import("text.zig");
const FieldDocs = @import("field_docs.zig").FieldDocs;

const Writer = std.Io.Writer;

const opening =
    \\/*
    \\ * forkstate: an EVM state manager, its C interface. Generated from core/src/abi.zig; do not edit.
    \\ *
    \\ * Results. Every function returns an int32_t whose low byte is the status:
    \\ * `result & STATE_MANAGER_STATUS_MASK`. In the native library the other bits are 0.
    \\ *
    \\ * Handles. A handle is a number that names a manager or a fork backend. It is made by a create or
    \\ * branch call, owned by the caller, and lives until the matching destroy call. Null, unknown and
    \\ * destroyed handles, and handles of the other type, give STATE_MANAGER_ERROR_INVALID_HANDLE.
    \\ *
    \\ * Pointers. All memory passed by pointer is the caller's. It is read or written during the call
    \\ * only and never kept. It may be null only where it says so; any other null pointer gives
    \\ * STATE_MANAGER_ERROR_INVALID_INPUT. Memory that is written must not overlap other arguments.
    \\ * A call that fails writes nothing, unless its description says what.
    \\ *
    \\ * Bytes. Addresses, slots, 256-bit values, nonces and snapshot ids are big-endian bytes of fixed
    \\ * width. Struct fields and uint32_t are in host order. Any pointer may have any alignment.
    \\ *
    \\ * Memory. "May grow memory" means that the call may allocate; without memory it returns
    \\ * STATE_MANAGER_ERROR_OUT_OF_MEMORY and the state is as before the call. Every other call works
    \\ * without memory. (In WebAssembly builds growth also sets STATE_MANAGER_GREW in the result.)
    \\ *
    \\ * Threads. Managers that share nothing may be used on several threads at a time. A manager, its
    \\ * branches, its fork backend and the other managers over that backend may not.
    \\ */
    \\
    \\#ifndef FORKSTATE_H
    \\#define FORKSTATE_H
    \\
    \\#include <stddef.h>
    \\#include <stdint.h>
    \\
    \\#ifndef FORKSTATE_API
    \\#ifdef _WIN32
    \\#define FORKSTATE_API __declspec(dllimport)
    \\#else
    \\#define FORKSTATE_API
    \\#endif
    \\#endif
    \\
    \\#ifdef __cplusplus
    \\#define FORKSTATE_STATIC_ASSERT static_assert
    \\extern "C" {
    \\#else
    \\#define FORKSTATE_STATIC_ASSERT _Static_assert
    \\#endif
    \\
    \\
;

const closing =
    \\#undef FORKSTATE_STATIC_ASSERT
    \\
    \\#ifdef __cplusplus
    \\}
    \\#endif
    \\
    \\#endif
    \\
;

pub fn write(arena: std.mem.Allocator, w: *Writer) anyerror!void {
    const docs: FieldDocs = try .init(arena);
    try w.writeAll(opening);
    try writeHash(w);
    try writeStatuses(w);
    for (abi.constants) |constant| {
        try text.writeComment(w, "", constant.doc);
        try w.print("#define {s} {d}\n\n", .{ constant.name, constant.value });
    }
    inline for (abi.structs) |info| try writeStruct(w, docs, info);
    inline for (abi.functions) |function| {
        if (function.target != .wasm_only) try writeFunction(w, function);
    }
    try w.writeAll(closing);
}

fn writeHash(w: *Writer) !void {
    try text.writeComment(w, "", "What forkstate_abi_hash must give; a library that gives another was " ++
        "built from other declarations than these.");
    try w.print("#define FORKSTATE_ABI_HASH \"0x{x}\"\n\n", .{&abi_hash.value});
    try text.writeComment(w, "", "FORKSTATE_ABI_HASH as an initialiser of uint8_t[32].");
    try w.writeAll("#define FORKSTATE_ABI_HASH_BYTES \\\n    {");
    for (abi_hash.value, 0..) |byte, index| {
        if (index > 0) try w.writeAll(if (index % 8 == 0) ", \\\n     " else ", ");
        try w.print("0x{x:0>2}", .{byte});
    }
    try w.writeAll("}\n\n");
}

fn writeStatuses(w: *Writer) !void {
    try text.writeComment(w, "", "The status in the low byte of a result.");
    try w.writeAll("enum StateManagerStatus {\n");
    for (abi.statuses) |info| {
        try text.writeComment(w, "    ", info.doc);
        try w.print("    {s} = {d},\n", .{ info.symbol, @intFromEnum(info.status) });
    }
    try w.writeAll("};\n\n");
}

fn writeStruct(w: *Writer, docs: FieldDocs, comptime info: abi.StructInfo) !void {
    try text.writeComment(w, "", info.doc);
    try w.print("typedef struct {s} {{\n", .{info.name});
    const fields = @typeInfo(info.type).@"struct".fields;
    inline for (fields) |field| {
        if (try docs.find(info.name, field.name)) |doc| try text.writeComment(w, "    ", doc);
        try w.print("    {s};\n", .{comptime fieldDeclaration(field.type, field.name)});
    }
    try w.print("}} {s};\n\n", .{info.name});
    try w.print("FORKSTATE_STATIC_ASSERT(sizeof({s}) == {d}, \"size of {s}\");\n", .{
        info.name, @sizeOf(info.type), info.name,
    });
    inline for (fields) |field| {
        const place = .{ info.name, field.name, @offsetOf(info.type, field.name), field.name };
        try w.print("FORKSTATE_STATIC_ASSERT(offsetof({s}, {s}) == {d}, \"{s}\");\n", place);
    }
    try w.writeByte('\n');
}

fn fieldDeclaration(comptime Field: type, comptime name: []const u8) []const u8 {
    return switch (@typeInfo(Field)) {
        .int => |int| std.fmt.comptimePrint("uint{d}_t {s}", .{ int.bits, name }),
        .array => |array| fieldDeclaration(array.child, name) ++
            std.fmt.comptimePrint("[{d}]", .{array.len}),
        else => @compileError("no C type for field " ++ name),
    };
}

fn writeFunction(w: *Writer, comptime function: abi.Function) !void {
    try w.writeAll("/**\n");
    try text.writeWrapped(w, " * ", function.doc);
    try w.writeAll(" *\n");
    inline for (function.params, 0..) |param, index| {
        const previous = if (index == 0) null else function.params[index - 1];
        const line = comptime param.name ++ " " ++ paramDoc(param, previous);
        try text.writeHanging(w, " * @param ", " *   ", line);
    }
    const growth = if (function.grows) "May grow memory." else "Never grows memory.";
    try w.print(" * @return A status. {s}\n */\n", .{growth});
    try writePrototype(w, function);
}

fn paramDoc(comptime param: abi.Param, comptime previous: ?abi.Param) []const u8 {
    const print = std.fmt.comptimePrint;
    return switch (param.kind) {
        .manager => "Handle of a manager.",
        .fork => "Handle of a fork backend.",
        .number => if (previous) |before| switch (before.kind) {
            .in_buffer, .out_buffer => "Bytes at `" ++ before.name ++ "`.",
            else => "A number, by value.",
        } else "A number, by value.",
        .in => |size| print("The caller's; {d} bytes, read during the call.", .{size}),
        .out => |size| print("The caller's; {d} bytes, written during the call.", .{size}),
        .out_optional => |size| print(
            "The caller's; {d} bytes, written during the call. May be null: nothing is written.",
            .{size},
        ),
        .in_buffer => "The caller's; read during the call. May be null if its length is 0.",
        .out_buffer => "The caller's; written during the call. May be null if its length is 0.",
        .out_handle => "The caller's; receives a handle, which the caller owns and destroys.",
        .in_struct => "The caller's; read during the call.",
        .out_struct => "The caller's; written during the call.",
    };
}

fn writePrototype(w: *Writer, comptime function: abi.Function) !void {
    try w.print("FORKSTATE_API int32_t {s}(", .{function.name});
    inline for (function.params, 0..) |param, index| {
        try w.writeAll(if (index == 0) "\n    " else ",\n    ");
        try w.writeAll(comptime paramDeclaration(param));
    }
    try w.writeAll(");\n\n");
}

fn paramDeclaration(comptime param: abi.Param) []const u8 {
    const print = std.fmt.comptimePrint;
    return switch (param.kind) {
        .manager, .fork, .number => "uint32_t " ++ param.name,
        .in => |size| print("const uint8_t {s}[{d}]", .{ param.name, size }),
        // A 4-byte output is a number in host order.
        .out, .out_optional => |size| if (size == 4)
            "uint32_t *" ++ param.name
        else
            print("uint8_t {s}[{d}]", .{ param.name, size }),
        .in_buffer => "const uint8_t *" ++ param.name,
        .out_buffer => "uint8_t *" ++ param.name,
        .out_handle => "uint32_t *" ++ param.name,
        .in_struct => |name| "const " ++ name ++ " *" ++ param.name,
        .out_struct => |name| name ++ " *" ++ param.name,
    };
}
