//! Code that was written locally, stored once for each hash, with reference counts.
//!
//! One store serves a manager and all its branches. Whoever keeps a `Code` number (an account of a
//! layer, or an undo record of a journal) holds one reference. The bytes are freed with the last
//! reference.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const keyed = @import("../tables/keyed.zig");
const Index = @import("../tables/index.zig").Index;
const Segments = @import("../tables/segments.zig").Segments;
const Gpa = @import("../tables/heap.zig").Gpa;
const checks = @import("../tables/assert.zig");
const assert = checks.assert;
const Allocator = std.mem.Allocator;

/// Number of a code in its store; `no_code` is the empty code, which is not stored.
pub const Code = u32;
pub const no_code: Code = 0;

pub const CodeStore = struct {
    gpa: Gpa,
    hasher: hash.Hasher,
    /// Layers that use this store.
    holders: u32 = 0,
    index: Index = .empty,
    entries: Segments(Entry) = .empty,
    /// The entry released last, plus one; the next one is in its `references`.
    released: u32 = 0,
    code_bytes: usize = 0,

    const Entry = struct { hash: abi.Word, bytes: []u8, references: u32 };

    pub fn create(gpa: Gpa, hasher: hash.Hasher) Allocator.Error!*CodeStore {
        const self = try gpa.create(CodeStore);
        self.* = .{ .gpa = gpa, .hasher = hasher };
        return self;
    }

    pub fn hold(self: *CodeStore) void {
        self.holders += 1;
    }

    /// Releases the store. The last holder destroys it.
    pub fn drop(self: *CodeStore) void {
        assert(self.holders > 0);
        self.holders -= 1;
        if (self.holders > 0) return;
        var numbers = self.index.iterate();
        while (numbers.next()) |number| self.gpa.free(self.entries.at(number).bytes);
        self.index.deinit(self.gpa);
        self.entries.deinit(self.gpa);
        self.gpa.destroy(self);
    }

    /// Returns a reference to these bytes, which are copied unless they are stored already.
    pub fn put(self: *CodeStore, bytes: []const u8) Allocator.Error!Code {
        if (bytes.len == 0) return no_code;
        const key = hash.keccak256(bytes);
        if (self.find(&key)) |code| {
            self.retain(code);
            return code;
        }
        try self.index.ensureRoom(self.gpa);
        if (self.released == 0) try self.entries.ensureRoom(self.gpa);
        const copy = try self.gpa.dupe(u8, bytes);
        var number: u32 = undefined;
        if (self.released == 0) {
            number = self.entries.append();
        } else {
            number = self.released - 1;
            self.released = self.entries.at(number).references;
        }
        self.entries.at(number).* = .{ .hash = key, .bytes = copy, .references = 1 };
        self.index.add(self.hasher.word(&key), number);
        self.code_bytes += bytes.len;
        if (checks.enabled) assert(self.find(&key) == number + 1);
        assert(self.code_bytes >= self.index.count);
        return number + 1;
    }

    pub fn find(self: *const CodeStore, key: *const abi.Word) ?Code {
        const hashed = self.hasher.word(key);
        const erased = &self.entries.erased;
        const found = keyed.find(Entry, "hash", &self.index, erased, hashed, key, .cold);
        return if (found) |number| number + 1 else null;
    }

    pub fn retain(self: *CodeStore, code: Code) void {
        if (code == no_code) return;
        const entry = self.entries.at(code - 1);
        assert(entry.references > 0 and entry.bytes.len > 0);
        entry.references += 1;
    }

    pub fn release(self: *CodeStore, code: Code) void {
        if (code == no_code) return;
        const entry = self.entries.at(code - 1);
        assert(entry.references > 0 and entry.bytes.len > 0);
        entry.references -= 1;
        if (entry.references > 0) return;
        self.index.remove(self.hasher.word(&entry.hash), code - 1);
        self.code_bytes -= entry.bytes.len;
        self.gpa.free(entry.bytes);
        entry.bytes = &.{};
        entry.references = self.released;
        self.released = code;
        if (checks.enabled) assert(self.find(&entry.hash) == null);
        assert((self.code_bytes == 0) == (self.index.count == 0));
    }

    /// Checks the whole store: the hash that each code is stored under, and the count of bytes.
    pub fn checkInvariant(self: *const CodeStore) void {
        self.index.checkInvariant();
        var code_bytes: usize = 0;
        var numbers = self.index.iterate();
        while (numbers.next()) |number| {
            const entry = self.entries.at(number);
            assert(entry.references > 0);
            assert(hash.equalWords(&entry.hash, &hash.keccak256(entry.bytes)));
            code_bytes += entry.bytes.len;
        }
        assert(code_bytes == self.code_bytes);
    }

    pub fn hashOf(self: *const CodeStore, code: Code) *const abi.Word {
        return if (code == no_code) &hash.empty_code_hash else &self.entries.at(code - 1).hash;
    }

    pub fn bytesOf(self: *const CodeStore, code: Code) []const u8 {
        return if (code == no_code) "" else self.entries.at(code - 1).bytes;
    }
};

test "equal codes share one entry, and it goes with the last reference" {
    const gpa = std.testing.allocator;
    const store = try CodeStore.create(gpa, .init(1));
    store.hold();
    defer store.drop();
    const first = try store.put("abc");
    const second = try store.put("abc");
    try std.testing.expectEqual(first, second);
    try std.testing.expectEqual(hash.keccak256("abc"), store.hashOf(first).*);
    store.release(first);
    try std.testing.expectEqualStrings("abc", store.bytesOf(second));
    const other = try store.put("def");
    store.release(second);
    try std.testing.expectEqual(null, store.find(&hash.keccak256("abc")));
    try std.testing.expectEqual(first, try store.put("ghi"));
    try std.testing.expectEqualStrings("def", store.bytesOf(other));
    try std.testing.expectEqual(@as(usize, 6), store.code_bytes);
}

test "the empty code is not stored" {
    const store = try CodeStore.create(std.testing.allocator, .init(1));
    store.hold();
    defer store.drop();
    try std.testing.expectEqual(no_code, try store.put(""));
    try std.testing.expectEqual(hash.empty_code_hash, store.hashOf(no_code).*);
    store.retain(no_code);
    store.release(no_code);
}
