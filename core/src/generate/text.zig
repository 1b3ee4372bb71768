//! Text for generated files: wraps words to a width, and converts the case of names.

const std = @import("std");

/// The widest line of a generated file.
pub const max_columns = 100;

/// Writes words on as many lines as needed, each beginning with `prefix`.
pub fn writeWrapped(w: *std.Io.Writer, prefix: []const u8, text: []const u8) !void {
    try writeHanging(w, prefix, prefix, text);
}

/// As `writeWrapped`, with another prefix on the first line.
pub fn writeHanging(
    w: *std.Io.Writer,
    first_prefix: []const u8,
    next_prefix: []const u8,
    text: []const u8,
) !void {
    try w.writeAll(first_prefix);
    var column = first_prefix.len;
    var is_line_start = true;
    var words = std.mem.tokenizeAny(u8, text, " \n");
    while (words.next()) |word| {
        if (!is_line_start and column + 1 + word.len > max_columns) {
            try w.print("\n{s}", .{next_prefix});
            column = next_prefix.len;
            is_line_start = true;
        }
        if (!is_line_start) {
            try w.writeByte(' ');
            column += 1;
        }
        try w.writeAll(word);
        column += word.len;
        is_line_start = false;
    }
    try w.writeByte('\n');
}

/// Writes a comment on one line if it fits, else on several.
pub fn writeComment(w: *std.Io.Writer, comptime indent: []const u8, doc: []const u8) !void {
    if (indent.len + "/**  */".len + doc.len <= max_columns) {
        return w.print(indent ++ "/** {s} */\n", .{doc});
    }
    try w.writeAll(indent ++ "/**\n");
    try writeWrapped(w, indent ++ " * ", doc);
    try w.writeAll(indent ++ " */\n");
}

/// Writes `FooBar` or `foo_bar` as `FOO_BAR`.
pub fn writeScreaming(w: *std.Io.Writer, name: []const u8) !void {
    for (name, 0..) |char, index| {
        if (index > 0 and std.ascii.isUpper(char)) try w.writeByte('_');
        try w.writeByte(std.ascii.toUpper(char));
    }
}

/// Writes `foo_bar` as `fooBar`.
pub fn writeCamel(w: *std.Io.Writer, name: []const u8) !void {
    var raise = false;
    for (name) |char| {
        if (char == '_') {
            raise = true;
            continue;
        }
        try w.writeByte(if (raise) std.ascii.toUpper(char) else char);
        raise = false;
    }
}

test "wrapping keeps to the width and indents the following lines" {
    var buffer: [512]u8 = undefined;
    var w: std.Io.Writer = .fixed(&buffer);
    try writeHanging(&w, " * - ", " *   ", "word " ** 25);
    var lines = std.mem.splitScalar(u8, w.buffered(), '\n');
    const first = lines.next().?;
    try std.testing.expect(first.len <= max_columns and first.len > max_columns - 6);
    try std.testing.expectStringStartsWith(lines.next().?, " *   word");
}

test "names in another case" {
    var buffer: [64]u8 = undefined;
    var w: std.Io.Writer = .fixed(&buffer);
    try writeScreaming(&w, "AccountFields");
    try w.writeByte(' ');
    try writeScreaming(&w, "code_hash");
    try w.writeByte(' ');
    try writeCamel(&w, "out_code_hash");
    try std.testing.expectEqualStrings("ACCOUNT_FIELDS CODE_HASH outCodeHash", w.buffered());
}
