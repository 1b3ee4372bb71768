//! Writes `abi.gen.ts`: constants, field offsets, statistics and the type of the core's functions.
//!
//! The output is formatted as by the project's formatter.

const std = @import("std");
const abi = @import("../abi.zig");
const abi_hash = @import("../boundary/abi_hash.zig");
const stats = @import("typescript_stats.zig");
const text = @import("text.zig");
const FieldDocs = @import("field_docs.zig").FieldDocs;

const Writer = std.Io.Writer;

const opening =
    \\/**
    \\ * The boundary to the core as TypeScript sees it. Generated from core/src/abi.zig; do not edit.
    \\ *
    \\ * Offsets of struct fields and sizes are in bytes. Byte strings are big-endian; integers inside
    \\ * structs, and 4-byte results, are little-endian.
    \\ */
    \\
    \\
;

const core_functions_doc = "The functions of the core, the same in every build. Arguments are " ++
    "unsigned 32-bit numbers: handles, numbers, and pointers, which are offsets into the memory of " ++
    "the engine; 0 is the null pointer. A result's status is `result & STATE_MANAGER_STATUS_MASK`. " ++
    "No pointer is kept after the call.";

const parameter_counts_doc = "How many parameters each function has. The order is that of the " ++
    "declarations: the place of a function in it is its index for the native addon.";

pub fn write(arena: std.mem.Allocator, w: *Writer) anyerror!void {
    const docs: FieldDocs = try .init(arena);
    try w.writeAll(opening);
    try text.writeComment(w, "", "The hash of these declarations; a binary must give the same.");
    try w.print("export const ABI_HASH = '0x{x}'\n\n", .{&abi_hash.value});
    for (abi.statuses) |info| {
        try writeConstant(w, info.symbol, @intFromEnum(info.status), info.doc);
    }
    try writeStatusNames(w);
    for (abi.constants) |constant| {
        try writeConstant(w, constant.name, constant.value, constant.doc);
    }
    inline for (abi.structs) |info| try writeStruct(arena, w, docs, info);
    inline for (abi.stats) |info| try stats.write(arena, w, docs, info);
    try writeFunctions(w, .everywhere);
    try w.writeByte('\n');
    try writeFunctions(w, .wasm_only);
    try w.writeByte('\n');
    try writeParameterCounts(w);
}

fn writeConstant(w: *Writer, name: []const u8, value: u64, doc: []const u8) !void {
    try text.writeComment(w, "", doc);
    try w.print("export const {s} = {d}\n\n", .{ name, value });
}

fn writeStatusNames(w: *Writer) !void {
    try text.writeComment(w, "", "Names of the statuses, by value.");
    try w.writeAll("export const STATUS_NAMES = {\n");
    for (abi.statuses) |info| {
        try w.print("  {d}: '{s}',\n", .{ @intFromEnum(info.status), info.symbol });
    }
    try w.writeAll("} as const\n\n");
    try text.writeComment(w, "", "Every status a call can return, without STATE_MANAGER_GREW.");
    try w.writeAll("export type Status = keyof typeof STATUS_NAMES\n\n");
}

/// A struct becomes one constant for the offset of each field, and one for its size.
fn writeStruct(
    arena: std.mem.Allocator,
    w: *Writer,
    docs: FieldDocs,
    comptime info: abi.StructInfo,
) !void {
    const struct_name = try screaming(arena, info.name);
    const size_name = try std.mem.concat(arena, u8, &.{ struct_name, "_BYTES" });
    const size_doc = "Size of " ++ info.name ++ ". " ++ info.doc;
    try writeConstant(w, size_name, @sizeOf(info.type), size_doc);
    inline for (@typeInfo(info.type).@"struct".fields) |field| {
        if (comptime std.mem.eql(u8, field.name, "reserved")) continue;
        const field_name = try screaming(arena, field.name);
        const name = try std.mem.concat(arena, u8, &.{ struct_name, "_", field_name });
        const place = comptime "Offset of " ++ info.name ++ "." ++ field.name ++ fieldShape(field.type);
        const doc = try docs.find(info.name, field.name);
        const full = if (doc) |comment| try std.mem.concat(arena, u8, &.{ place, " ", comment }) else place;
        try writeConstant(w, name, @offsetOf(info.type, field.name), full);
    }
}

fn screaming(arena: std.mem.Allocator, name: []const u8) ![]const u8 {
    var output: Writer.Allocating = .init(arena);
    try text.writeScreaming(&output.writer, name);
    return output.written();
}

fn fieldShape(comptime Field: type) []const u8 {
    return switch (@typeInfo(Field)) {
        .int => |int| std.fmt.comptimePrint(", {d} bits.", .{int.bits}),
        .array => |array| std.fmt.comptimePrint(", {d} bytes.", .{array.len}),
        else => @compileError("no TypeScript reading for this field"),
    };
}

fn writeFunctions(w: *Writer, comptime target: abi.Target) !void {
    switch (target) {
        .everywhere => {
            try text.writeComment(w, "", core_functions_doc);
            try w.writeAll("export interface CoreFunctions {\n");
        },
        .wasm_only => {
            try text.writeComment(w, "", "What only WebAssembly builds of the core have.");
            try w.writeAll("export interface WasmOnlyFunctions {\n");
        },
    }
    comptime var is_first = true;
    inline for (abi.functions) |function| {
        if (function.target != target) continue;
        if (!is_first) try w.writeByte('\n');
        is_first = false;
        try writeFunction(w, function);
    }
    try w.writeAll("}\n");
}

fn writeParameterCounts(w: *Writer) !void {
    try text.writeComment(w, "", parameter_counts_doc);
    try w.writeAll("export const FUNCTION_PARAMETERS = {\n");
    for (abi.functions) |function| {
        if (function.target != .everywhere) continue;
        try w.print("  {s}: {d},\n", .{ function.name, function.params.len });
    }
    try w.writeAll("} as const satisfies Record<keyof CoreFunctions, number>\n");
}

fn writeFunction(w: *Writer, comptime function: abi.Function) !void {
    try w.writeAll("  /**\n");
    try text.writeWrapped(w, "   * ", function.doc);
    try w.writeAll("   *\n");
    inline for (function.params, 0..) |param, index| {
        const previous = if (index == 0) null else function.params[index - 1];
        const doc = comptime paramDoc(param, previous);
        var name_buffer: [64]u8 = undefined;
        var name: Writer = .fixed(&name_buffer);
        try text.writeCamel(&name, param.name);
        try w.print("   * @param {s} {s}\n", .{ name.buffered(), doc });
    }
    const growth = if (function.grows) "May grow memory." else "Never grows memory.";
    try w.print("   * @returns A status. {s}\n   */\n", .{growth});
    try writeSignature(w, function);
}

fn paramDoc(comptime param: abi.Param, comptime previous: ?abi.Param) []const u8 {
    const print = std.fmt.comptimePrint;
    return switch (param.kind) {
        .manager => "Handle of a manager.",
        .fork => "Handle of a fork backend.",
        .number => if (previous) |before| switch (before.kind) {
            .in_buffer, .out_buffer => "Length in bytes of what the pointer before points to.",
            else => "A number.",
        } else "A number.",
        .in => |size| print("Pointer to {d} bytes, read.", .{size}),
        .out => |size| print("Pointer to {d} bytes, written.", .{size}),
        .out_optional => |size| print("Pointer to {d} bytes, written; or null.", .{size}),
        .in_buffer => "Pointer to bytes, read; may be null if there are none.",
        .out_buffer => "Pointer to bytes, written; may be null if there are none.",
        .out_handle => "Pointer to 4 bytes, written: the handle, the caller's to destroy.",
        .in_struct => |name| "Pointer to a " ++ name ++ ", read.",
        .out_struct => |name| "Pointer to a " ++ name ++ ", written.",
    };
}

/// Written on one line if it fits, otherwise with one parameter per line.
fn writeSignature(w: *Writer, comptime function: abi.Function) !void {
    var line_buffer: [512]u8 = undefined;
    var line: Writer = .fixed(&line_buffer);
    try line.print("  {s}(", .{function.name});
    inline for (function.params, 0..) |param, index| {
        if (index > 0) try line.writeAll(", ");
        try text.writeCamel(&line, param.name);
        try line.writeAll(": number");
    }
    try line.writeAll("): number");
    if (line.buffered().len <= text.max_columns) {
        return w.print("{s}\n", .{line.buffered()});
    }
    try w.print("  {s}(\n", .{function.name});
    inline for (function.params) |param| {
        try w.writeAll("    ");
        try text.writeCamel(w, param.name);
        try w.writeAll(": number,\n");
    }
    try w.writeAll("  ): number\n");
}
