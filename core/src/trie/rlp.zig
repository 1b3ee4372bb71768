//! RLP, canonical only: an encoding is accepted if and only if it is the one that the Yellow Paper
//! (appendix B) defines for its content. So a length has no leading zeros, the long form is used
//! only for what does not fit the short one, and a byte below 0x80 encodes itself.
//!
//! Nothing here allocates. Decoded items point into the input.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const List = @import("../tables/list.zig").List;

/// RLP of the empty string, which is also the reference to an absent node.
pub const empty_string = "\x80";

pub const string_offset = 0x80;
pub const list_offset = 0xc0;
const max_short = 55;

pub const Item = struct {
    is_list: bool,
    payload: []const u8,
    /// Header and payload.
    raw: []const u8,
};

/// Splits off the first item; null if there is none or it is not canonical.
pub fn next(rest: *[]const u8) ?Item {
    const bytes = rest.*;
    if (bytes.len == 0) return null;
    const first = bytes[0];
    if (first < string_offset) return take(rest, false, 0, 1);
    const is_list = first >= list_offset;
    const short = first - @as(u8, if (is_list) list_offset else string_offset);
    if (short <= max_short) {
        if (!is_list and short == 1 and bytes.len > 1 and bytes[1] < string_offset) return null;
        return take(rest, is_list, 1, short);
    }
    const digits = short - max_short;
    if (bytes.len <= digits or bytes[1] == 0) return null;
    var len: u64 = 0;
    for (bytes[1 .. 1 + digits]) |digit| len = len << 8 | digit;
    if (len <= max_short) return null;
    return take(rest, is_list, 1 + digits, len);
}

fn take(rest: *[]const u8, is_list: bool, skip: usize, len: u64) ?Item {
    const bytes = rest.*;
    if (bytes.len < skip or len > bytes.len - skip) return null;
    const end = skip + @as(usize, @intCast(len));
    rest.* = bytes[end..];
    return .{ .is_list = is_list, .payload = bytes[skip..end], .raw = bytes[0..end] };
}

/// The payload of a list that `bytes` consists of.
pub fn listPayload(bytes: []const u8) ?[]const u8 {
    var rest = bytes;
    const item = next(&rest) orelse return null;
    return if (item.is_list and rest.len == 0) item.payload else null;
}

/// The content of a string that comes next.
pub fn nextString(rest: *[]const u8) ?[]const u8 {
    const item = next(rest) orelse return null;
    return if (item.is_list) null else item.payload;
}

/// Longest header: a type and a length of eight bytes.
pub const max_header = 9;

/// Writes the header of a payload so that it ends at the end of `out`, and returns it.
pub fn header(out: *[max_header]u8, offset: u8, len: usize) []const u8 {
    if (len <= max_short) {
        out[max_header - 1] = offset + @as(u8, @intCast(len));
        return out[max_header - 1 ..];
    }
    var at: usize = max_header;
    var left = len;
    while (left > 0) : (left >>= 8) {
        at -= 1;
        out[at] = @truncate(left);
    }
    const digits: u8 = @intCast(max_header - at);
    out[at - 1] = offset + max_short + digits;
    return out[at - 1 ..];
}

/// Length of the header that a string needs; 0 if it encodes itself.
pub fn stringHeaderBytes(string: []const u8) usize {
    if (string.len == 1 and string[0] < string_offset) return 0;
    var out: [max_header]u8 = undefined;
    return header(&out, string_offset, string.len).len;
}

/// Appends a string; there must be room.
pub fn putString(out: *List(u8), string: []const u8) void {
    if (stringHeaderBytes(string) > 0) {
        var space: [max_header]u8 = undefined;
        out.appendSliceAssumeCapacity(header(&space, string_offset, string.len));
    }
    out.appendSliceAssumeCapacity(string);
}

/// An account as in a leaf of the state trie.
pub const Account = struct {
    nonce: abi.Nonce,
    balance: abi.Word,
    storage_root: abi.Word,
    code_hash: abi.Word,
};

pub const max_account_bytes = 2 + 9 + 33 + 33 + 33;

pub fn encodeAccount(out: *[max_account_bytes]u8, account: *const Account) []const u8 {
    var end: usize = 2;
    end += encodeString(out[end..], stripZeros(&account.nonce));
    end += encodeString(out[end..], stripZeros(&account.balance));
    end += encodeString(out[end..], &account.storage_root);
    end += encodeString(out[end..], &account.code_hash);
    // The two hashes alone are longer than a short list.
    out[0] = list_offset + max_short + 1;
    out[1] = @intCast(end - 2);
    return out[0..end];
}

/// Null unless it is the canonical encoding of an account.
pub fn decodeAccount(bytes: []const u8) ?Account {
    var account: Account = undefined;
    var rest = listPayload(bytes) orelse return null;
    if (!decodeNumber(&rest, &account.nonce)) return null;
    if (!decodeNumber(&rest, &account.balance)) return null;
    for ([_]*abi.Word{ &account.storage_root, &account.code_hash }) |word| {
        const string = nextString(&rest) orelse return null;
        if (string.len != word.len) return null;
        @memcpy(word, string);
    }
    return if (rest.len == 0) account else null;
}

/// A value as in a leaf of a storage trie; empty for zero, which has no leaf.
pub fn encodeWord(out: *[33]u8, value: *const abi.Word) []const u8 {
    const digits = stripZeros(value);
    return if (digits.len == 0) "" else out[0..encodeString(out, digits)];
}

/// Null unless it is the canonical encoding of a value. Zero is accepted: anvil leaves such leaves
/// in its storage tries, where other nodes have none.
pub fn decodeWord(bytes: []const u8) ?abi.Word {
    var value: abi.Word = undefined;
    var rest = bytes;
    if (!decodeNumber(&rest, &value)) return null;
    return if (rest.len == 0) value else null;
}

fn decodeNumber(rest: *[]const u8, out: []u8) bool {
    const digits = nextString(rest) orelse return false;
    if (digits.len > out.len or (digits.len > 0 and digits[0] == 0)) return false;
    @memset(out, 0);
    @memcpy(out[out.len - digits.len ..], digits);
    return true;
}

/// A string of at most 55 bytes; returns the number of bytes written.
fn encodeString(out: []u8, string: []const u8) usize {
    const header_bytes = stringHeaderBytes(string);
    if (header_bytes > 0) out[0] = string_offset + @as(u8, @intCast(string.len));
    @memcpy(out[header_bytes..][0..string.len], string);
    return header_bytes + string.len;
}

fn stripZeros(bytes: []const u8) []const u8 {
    var at: usize = 0;
    while (at < bytes.len and bytes[at] == 0) at += 1;
    return bytes[at..];
}

fn expectString(expected: []const u8, encoded: []const u8) !void {
    var rest = encoded;
    const item = next(&rest).?;
    try std.testing.expect(!item.is_list and rest.len == 0);
    try std.testing.expectEqualSlices(u8, expected, item.payload);
    try std.testing.expectEqualSlices(u8, encoded, item.raw);
    var bytes: List(u8) = .empty;
    defer bytes.deinit(std.testing.allocator);
    try bytes.ensureUnusedCapacity(std.testing.allocator, expected.len + max_header);
    putString(&bytes, expected);
    try std.testing.expectEqualSlices(u8, encoded, bytes.items);
}

test "strings of all forms, there and back" {
    try expectString("", "\x80");
    try expectString("\x00", "\x00");
    try expectString("\x7f", "\x7f");
    try expectString("\x80", "\x81\x80");
    try expectString("dog", "\x83dog");
    try expectString("x" ** 55, "\xb7" ++ "x" ** 55);
    try expectString("x" ** 56, "\xb8\x38" ++ "x" ** 56);
    try expectString("x" ** 255, "\xb8\xff" ++ "x" ** 255);
    try expectString("x" ** 256, "\xb9\x01\x00" ++ "x" ** 256);
}

test "lists" {
    try std.testing.expectEqualStrings("", listPayload("\xc0").?);
    var rest = listPayload("\xc8\x83cat\x83dog").?;
    try std.testing.expectEqualStrings("cat", nextString(&rest).?);
    try std.testing.expectEqualStrings("dog", nextString(&rest).?);
    try std.testing.expectEqual(null, next(&rest));
    const long = "\xf8\x38" ++ "\x01" ** 56;
    try std.testing.expectEqual(@as(usize, 56), listPayload(long).?.len);
}

test "what is not canonical is refused" {
    const bad = [_][]const u8{
        "", // nothing
        "\x81", // no content
        "\x81\x7f", // stands for itself
        "\x83do", // truncated
        "\xb8", // no length
        "\xb8\x37" ++ "x" ** 55, // fits the short form
        "\xb8\x38" ++ "x" ** 55, // truncated
        "\xb9\x00\x38" ++ "x" ** 56, // zero in front of the length
        "\xb9\x01", // length cut off
        "\xbf\xff\xff\xff\xff\xff\xff\xff\xff" ++ "x" ** 40, // huge
        "\xbb\xff\xff\xff\xff" ++ "x" ** 40,
        "\xbf\x80\x00\x00\x00\x00\x00\x00\x00",
        "\xc1",
        "\xf7" ++ "x" ** 54,
        "\xf8\x37" ++ "\x01" ** 55,
        "\xf8\x00",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x01",
    };
    for (bad) |bytes| {
        var rest = bytes;
        try std.testing.expectEqual(null, next(&rest));
        try std.testing.expectEqual(null, listPayload(bytes));
    }
    try std.testing.expectEqual(null, listPayload("\xc0\x00"));
    try std.testing.expectEqual(null, listPayload("\x80"));
}

test "accounts and words, there and back, and nothing else" {
    const account: Account = .{
        .nonce = .{ 0, 0, 0, 0, 0, 0, 1, 0 },
        .balance = @as([31]u8, @splat(0)) ++ .{0x7f},
        .storage_root = hash.empty_root,
        .code_hash = hash.empty_code_hash,
    };
    var space: [max_account_bytes]u8 = undefined;
    const encoded = encodeAccount(&space, &account);
    try std.testing.expectEqualSlices(u8, "\xf8\x46\x82\x01\x00\x7f\xa0", encoded[0..7]);
    try std.testing.expectEqual(account, decodeAccount(encoded).?);
    try std.testing.expectEqual(null, decodeAccount(encoded[0 .. encoded.len - 1]));
    try std.testing.expectEqual(null, decodeAccount("\xc4\x80\x80\x80\x80"));
    const full: Account = .{
        .nonce = @splat(0xff),
        .balance = @splat(0xff),
        .storage_root = @splat(1),
        .code_hash = @splat(2),
    };
    try std.testing.expectEqual(full, decodeAccount(encodeAccount(&space, &full)).?);

    var word_space: [33]u8 = undefined;
    try std.testing.expectEqualStrings("", encodeWord(&word_space, &hash.zero_word));
    const one: abi.Word = @as([31]u8, @splat(0)) ++ .{1};
    try std.testing.expectEqualStrings("\x01", encodeWord(&word_space, &one));
    try std.testing.expectEqual(one, decodeWord("\x01").?);
    const high: abi.Word = @as([31]u8, @splat(0)) ++ .{0x80};
    try std.testing.expectEqualStrings("\x81\x80", encodeWord(&word_space, &high));
    const all: abi.Word = @splat(0xff);
    try std.testing.expectEqual(all, decodeWord(encodeWord(&word_space, &all)).?);
    try std.testing.expectEqual(hash.zero_word, decodeWord("\x80").?);
    const bad = [_][]const u8{
        "", "\x00", "\x82\x00\x01", "\x81\x01", "\x01\x01", "\xc1\x01", "\x80\x80",
    };
    for (bad) |bytes| try std.testing.expectEqual(null, decodeWord(bytes));
    try std.testing.expectEqual(null, decodeWord("\xa1" ++ "\x01" ** 33));
}
