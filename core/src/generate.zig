//! Writes the boundary for other languages: the C header, the TypeScript constants, and the
//! descriptions of the statistics, all derived from `abi.zig` alone.
//!
//! A program of the build: `generate <header path> <constants path> <descriptions path>`. Its
//! output depends only on `abi.zig`, and CI compares it byte for byte with the committed files.
//! Documentation is taken from the `doc` fields of the declarations and, for struct fields, from
//! the doc comments in the source of `abi.zig`.

const std = @import("std");
const c_header = @import("generate/c_header.zig");
const typescript = @import("generate/typescript.zig");
const typescript_stats = @import("generate/typescript_stats.zig");

const usage = "usage: generate <header path> <constants path> <descriptions path>\n";

pub fn main() !u8 {
    var arena_state: std.heap.ArenaAllocator = .init(std.heap.page_allocator);
    defer arena_state.deinit();
    const arena = arena_state.allocator();

    const args = try std.process.argsAlloc(arena);
    if (args.len != 4) {
        try std.fs.File.stderr().writeAll(usage);
        return 2;
    }
    try writeGenerated(arena, args[1], c_header.write);
    try writeGenerated(arena, args[2], typescript.write);
    try writeGenerated(arena, args[3], typescript_stats.writeDocs);
    return 0;
}

const Generate = fn (std.mem.Allocator, *std.Io.Writer) anyerror!void;

fn writeGenerated(arena: std.mem.Allocator, path: []const u8, generate: Generate) !void {
    var output: std.Io.Writer.Allocating = .init(arena);
    try generate(arena, &output.writer);
    try std.fs.cwd().writeFile(.{ .sub_path = path, .data = output.written() });
}

test "output is the same twice, within 100 columns, and without trailing blanks" {
    inline for (.{ c_header.write, typescript.write, typescript_stats.writeDocs }) |generate| {
        var arena_state: std.heap.ArenaAllocator = .init(std.testing.allocator);
        defer arena_state.deinit();
        const arena = arena_state.allocator();
        var first: std.Io.Writer.Allocating = .init(arena);
        var second: std.Io.Writer.Allocating = .init(arena);
        try generate(arena, &first.writer);
        try generate(arena, &second.writer);
        try std.testing.expectEqualStrings(first.written(), second.written());

        var lines = std.mem.splitScalar(u8, first.written(), '\n');
        while (lines.next()) |line| {
            try std.testing.expect(line.len <= 100);
            try std.testing.expect(!std.mem.endsWith(u8, line, " "));
        }
        try std.testing.expect(std.mem.endsWith(u8, first.written(), "\n"));
    }
}

test {
    _ = @import("generate/text.zig");
    _ = @import("generate/field_docs.zig");
}
