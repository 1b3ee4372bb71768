//! Walks from a root to a key, one hashed node at a time, as strictly as a proof check must.

const abi = @import("../abi.zig");
const node = @import("node.zig");

/// Where the path continues from a hashed node, or how it ends.
pub const Step = union(enum) {
    /// The next node, by its hash.
    hash: *const abi.Word,
    value: []const u8,
    absent,
};

pub const Walk = struct {
    key: *const node.Key,
    /// Nibbles of the key that were used.
    depth: u8 = 0,
    is_first: bool = true,
    is_below_extension: bool = false,

    /// Walks through a node and the nodes embedded in it.
    pub fn through(self: *Walk, bytes: []const u8) node.DecodeError!Step {
        if (!self.is_first and bytes.len < node.hashed_bytes) return error.BadReference;
        self.is_first = false;
        var at = bytes;
        while (true) {
            const reference = switch (try self.enter(try node.decode(at))) {
                .reference => |reference| reference,
                .value => |value| return .{ .value = value },
                .absent => return .absent,
            };
            if (node.isEmpty(reference)) return .absent;
            at = reference;
            if (node.hashIn(reference)) |hash| return .{ .hash = hash };
        }
    }

    const Entered = union(enum) { reference: []const u8, value: []const u8, absent };

    fn enter(self: *Walk, decoded: node.Node) node.DecodeError!Entered {
        if (self.is_below_extension and decoded != .branch) return error.BadNode;
        self.is_below_extension = decoded == .extension;
        switch (decoded) {
            .leaf => |leaf| {
                if (!node.isKeyLength(self.depth + leaf.path.len)) return error.BadPath;
                const is_there = leaf.path.commonWith(self.key, self.depth) == leaf.path.len;
                return if (is_there) .{ .value = leaf.content } else .absent;
            },
            .extension => |extension| {
                const len = extension.path.len;
                if (self.depth + len >= node.key_nibbles) return error.BadPath;
                if (extension.path.commonWith(self.key, self.depth) < len) return .absent;
                self.depth += len;
                return .{ .reference = extension.content };
            },
            .branch => |branch| {
                if (self.depth == node.key_nibbles) return error.BadPath;
                defer self.depth += 1;
                const nibble = node.nibbleAt(self.key, self.depth);
                const reference = branch.child(nibble);
                if (!node.isValue(nibble)) return .{ .reference = reference };
                const leaf = node.leafOfValue(reference) orelse return .absent;
                return .{ .value = leaf.content };
            },
        }
    }
};
