//! Reads the doc comments of struct fields from the source of `abi.zig`, since types carry none.

const std = @import("std");

const source = @embedFile("../abi.zig");

/// Looks up doc comments. Owns nothing; its texts are allocated with the given allocator.
pub const FieldDocs = struct {
    arena: std.mem.Allocator,
    tree: std.zig.Ast,

    pub fn init(arena: std.mem.Allocator) !FieldDocs {
        const tree = try std.zig.Ast.parse(arena, source, .zig);
        if (tree.errors.len != 0) return error.InvalidSource;
        return .{ .arena = arena, .tree = tree };
    }

    /// The doc comment of one field as one line; null if there is none.
    pub fn find(docs: FieldDocs, struct_name: []const u8, field_name: []const u8) !?[]const u8 {
        const tree = docs.tree;
        for (tree.rootDecls()) |declaration| {
            const variable = tree.fullVarDecl(declaration) orelse continue;
            if (!docs.isNamed(variable.ast.mut_token + 1, struct_name)) continue;
            const value = variable.ast.init_node.unwrap() orelse continue;
            var buffer: [2]std.zig.Ast.Node.Index = undefined;
            const container = tree.fullContainerDecl(&buffer, value) orelse continue;
            for (container.ast.members) |member| {
                const field = tree.fullContainerField(member) orelse continue;
                if (!docs.isNamed(field.ast.main_token, field_name)) continue;
                return docs.commentBefore(field.firstToken());
            }
        }
        return error.UnknownField;
    }

    fn isNamed(docs: FieldDocs, token: std.zig.Ast.TokenIndex, name: []const u8) bool {
        return std.mem.eql(u8, docs.tree.tokenSlice(token), name);
    }

    fn commentBefore(docs: FieldDocs, token: std.zig.Ast.TokenIndex) !?[]const u8 {
        var start = token;
        while (start > 0 and docs.tree.tokenTag(start - 1) == .doc_comment) start -= 1;
        if (start == token) return null;
        var text: std.ArrayList(u8) = .empty;
        for (start..token) |index| {
            const line = docs.tree.tokenSlice(@intCast(index))["///".len..];
            if (text.items.len > 0) try text.append(docs.arena, ' ');
            try text.appendSlice(docs.arena, std.mem.trim(u8, line, " "));
        }
        return text.items;
    }
};

test "a field's comment is found, and the lack of one" {
    var arena_state: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena_state.deinit();
    const docs: FieldDocs = try .init(arena_state.allocator());
    const comment = (try docs.find("AccountFields", "balance")).?;
    try std.testing.expectEqualStrings("Wei, 32-byte big-endian.", comment);
    try std.testing.expectEqual(null, try docs.find("AccountFields", "reserved"));
    try std.testing.expectError(error.UnknownField, docs.find("AccountFields", "missing"));
}
