//! Writes the statistics for TypeScript: to `abi.gen.ts` a type and a decoder for each struct, and
//! to `stats-docs.gen.ts` the description of each field. The descriptions are in a separate file,
//! so that only bundles that use them contain them.

const std = @import("std");
const abi = @import("../abi.zig");
const text = @import("text.zig");
const FieldDocs = @import("field_docs.zig").FieldDocs;

const Writer = std.Io.Writer;
const StatsInfo = abi.StatsInfo;

const opening =
    \\/**
    \\ * What the statistics of the core are, for metrics and documentation. Generated from
    \\ * core/src/abi.zig; do not edit.
    \\ */
    \\
    \\
;

const field_type =
    \\/** One field of a struct of statistics. */
    \\export interface StatsField<Name extends string> {
    \\  readonly name: Name
    \\  /** A counter only grows; a gauge also falls. */
    \\  readonly kind: 'counter' | 'gauge'
    \\  /** Absent for a plain count. */
    \\  readonly unit?: 'bytes'
    \\  /** What is counted. */
    \\  readonly doc: string
    \\}
    \\
;

/// Writes the type of a struct and the function that reads one.
pub fn write(
    arena: std.mem.Allocator,
    w: *Writer,
    docs: FieldDocs,
    comptime info: StatsInfo,
) !void {
    try text.writeComment(w, "", comptime docOf(info));
    try w.print("export interface {s} {{\n", .{info.name});
    inline for (comptime fieldsOf(info)) |field| {
        const doc = try docs.find(info.name, field) orelse return error.UndescribedField;
        const suffix = if (StatsInfo.isBytes(field)) " In bytes." else "";
        try text.writeComment(w, "  ", try std.mem.concat(arena, u8, &.{ doc, suffix }));
        try w.writeAll("  readonly ");
        try text.writeCamel(w, field);
        try w.writeAll(": number\n");
    }
    try w.writeAll("}\n\n");
    try writeDecoder(w, info);
}

fn writeDecoder(w: *Writer, comptime info: StatsInfo) !void {
    try text.writeComment(w, "", "Reads the " ++ info.name ++ " at an offset; exact up to 2^53.");
    try w.print("export function decode{0s}(view: DataView, offset: number): {0s} {{\n", .{info.name});
    try w.writeAll("  const read = (at: number) => Number(view.getBigUint64(offset + at, true))\n");
    try w.writeAll("  return {\n");
    inline for (comptime fieldsOf(info)) |field| {
        try w.writeAll("    ");
        try text.writeCamel(w, field);
        try w.writeAll(": read(");
        try text.writeScreaming(w, info.name);
        try w.writeByte('_');
        try text.writeScreaming(w, field);
        try w.writeAll("),\n");
    }
    try w.writeAll("  }\n}\n\n");
}

/// Writes `stats-docs.gen.ts`.
pub fn writeDocs(arena: std.mem.Allocator, w: *Writer) anyerror!void {
    const docs: FieldDocs = try .init(arena);
    try w.writeAll(opening);
    try w.writeAll("import type { ForkStats, ManagerStats } from '../../ffi/abi.gen.ts'\n\n");
    try w.writeAll(field_type);
    inline for (abi.stats) |info| {
        try w.writeAll("\n");
        try text.writeComment(w, "", "The fields of " ++ info.name ++ ", in its order.");
        try w.writeAll("export const ");
        try text.writeScreaming(w, info.name);
        try w.print("_FIELDS: readonly StatsField<keyof {s}>[] = [\n", .{info.name});
        inline for (comptime fieldsOf(info)) |field| {
            const doc = try docs.find(info.name, field) orelse return error.UndescribedField;
            try writeField(w, info, field, doc);
        }
        try w.writeAll("]\n");
    }
}

fn writeField(
    w: *Writer,
    comptime info: StatsInfo,
    comptime field: []const u8,
    doc: []const u8,
) !void {
    try w.writeAll("  {\n    name: '");
    try text.writeCamel(w, field);
    try w.print("',\n    kind: '{s}',\n", .{@tagName(comptime info.roleOf(field))});
    if (StatsInfo.isBytes(field)) try w.writeAll("    unit: 'bytes',\n");
    const quote = if (std.mem.indexOfScalar(u8, doc, '\'') == null) "'" else "\"";
    try w.print("    doc: {0s}{1s}{0s},\n  }},\n", .{ quote, doc });
}

fn docOf(comptime info: StatsInfo) []const u8 {
    for (abi.structs) |each| if (each.type == info.type) return each.doc;
    @compileError("no struct " ++ info.name);
}

/// Names of the fields that are statistics.
fn fieldsOf(comptime info: StatsInfo) []const []const u8 {
    var names: []const []const u8 = &.{};
    for (@typeInfo(info.type).@"struct".fields) |field| {
        if (info.roleOf(field.name) != .for_hosts) names = names ++ .{field.name};
    }
    return names;
}
