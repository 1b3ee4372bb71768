//! Keyed hashing for the tables, and keccak256.
//!
//! Authors of contracts choose the keys of the tables, so the tables hash them with secret random
//! numbers: NH (the universal hash inside UMAC, RFC 4418) over 64-bit words, then a multiply-shift
//! to 32 bits. Two keys chosen without knowing the seed collide with a probability of about 2^-31.
//! It takes one 64-bit multiplication per word and no 128-bit ones, so it is fast in WebAssembly
//! too.

const std = @import("std");
const abi = @import("../abi.zig");
const Use = @import("inlining.zig").Use;
const keccak = @import("keccak.zig");

/// keccak256 of zero bytes: the code hash of an account without code.
pub const empty_code_hash: abi.Word = hashOf("");

/// Root of an empty trie, keccak256(rlp("")): the storage root of an account without storage.
pub const empty_root: abi.Word = hashOf("\x80");

pub const zero_word: abi.Word = @splat(0);

fn hashOf(comptime bytes: []const u8) abi.Word {
    @setEvalBranchQuota(10_000);
    var word: abi.Word = undefined;
    std.crypto.hash.sha3.Keccak256.hash(bytes, &word, .{});
    return word;
}

/// Bytes that are absorbed into the sponge between permutations.
const rate = 136;

pub fn keccak256(data: []const u8) abi.Word {
    var state: keccak.State = @splat(0);
    var rest = data;
    while (rest.len >= rate) : (rest = rest[rate..]) {
        absorb(&state, rest[0..rate]);
        keccak.permute(&state);
    }
    absorb(&state, rest);
    const bytes = std.mem.asBytes(&state);
    bytes[rest.len] ^= 1;
    bytes[rate - 1] ^= 0x80;
    keccak.permute(&state);
    return bytes[0..32].*;
}

comptime {
    std.debug.assert(@import("builtin").cpu.arch.endian() == .little);
}

/// Adds up to `rate` bytes into the state.
fn absorb(state: *keccak.State, bytes: []const u8) void {
    var last: [8]u8 = @splat(0);
    const words = bytes.len / 8;
    for (state[0..words], 0..) |*word, at| word.* ^= load(bytes.ptr + at * 8, 0);
    @memcpy(last[0 .. bytes.len % 8], bytes[words * 8 ..]);
    state[words] ^= @bitCast(last);
}

/// As `std.mem.eql`, in less code.
pub fn equalBytes(a: []const u8, b: []const u8) bool {
    if (a.len != b.len) return false;
    var at: usize = 0;
    while (a.len - at >= 8) : (at += 8) {
        if (load(a.ptr + at, 0) != load(b.ptr + at, 0)) return false;
    }
    for (a[at..], b[at..]) |one, other| if (one != other) return false;
    return true;
}

pub fn equalWords(a: *const abi.Word, b: *const abi.Word) bool {
    var difference: u64 = 0;
    inline for (0..4) |limb| difference |= load(a, limb * 8) ^ load(b, limb * 8);
    return difference == 0;
}

pub fn equalAddresses(a: *const abi.Address, b: *const abi.Address) bool {
    const tail = std.mem.readInt(u32, a[16..20], .little) ^
        std.mem.readInt(u32, b[16..20], .little);
    return (load(a, 0) ^ load(b, 0)) | (load(a, 8) ^ load(b, 8)) | tail == 0;
}

pub fn isZero(word: *const abi.Word) bool {
    return equalWords(word, &zero_word);
}

inline fn load(bytes: anytype, comptime at: usize) u64 {
    return std.mem.readInt(u64, bytes[at..][0..8], .little);
}

pub const Hasher = struct {
    /// Pairs of 32-bit secrets, one pair for each 64-bit word of the key.
    secrets: [4]u64,
    extra: u64,
    multiplier: u64,

    pub fn init(seed: u64) Hasher {
        var state = seed;
        var hasher: Hasher = undefined;
        for (&hasher.secrets) |*secret| secret.* = splitMix(&state);
        hasher.extra = splitMix(&state) | 1;
        hasher.multiplier = splitMix(&state) | 1;
        return hasher;
    }

    pub fn address(self: *const Hasher, key: *const abi.Address) u32 {
        const tail: u64 = std.mem.readInt(u32, key[16..20], .little);
        return self.finish(self.mix(0, load(key, 0)) +% self.mix(1, load(key, 8)) +%
            self.mix(2, tail));
    }

    pub inline fn addressAs(self: *const Hasher, comptime use: Use, key: *const abi.Address) u32 {
        return @call(use.modifier(), Hasher.address, .{ self, key });
    }

    pub inline fn slotAs(
        self: *const Hasher,
        comptime use: Use,
        account: u32,
        key: *const abi.Word,
    ) u32 {
        return @call(use.modifier(), Hasher.slot, .{ self, account, key });
    }

    pub fn word(self: *const Hasher, key: *const abi.Word) u32 {
        return self.slot(0, key);
    }

    /// Hash of a slot of the account with this number.
    pub fn slot(self: *const Hasher, account: u32, key: *const abi.Word) u32 {
        var sum = @as(u64, account) *% self.extra;
        inline for (0..4) |limb| sum +%= self.mix(limb, load(key, limb * 8));
        return self.finish(sum);
    }

    pub fn number(self: *const Hasher, key: u32) u32 {
        return self.finish(@as(u64, key) *% self.extra);
    }

    inline fn mix(self: *const Hasher, comptime at: usize, limb: u64) u64 {
        const secret = self.secrets[at];
        const low = @as(u32, @truncate(limb)) +% @as(u32, @truncate(secret));
        const high = @as(u32, @truncate(limb >> 32)) +% @as(u32, @truncate(secret >> 32));
        return @as(u64, low) *% high;
    }

    inline fn finish(self: *const Hasher, sum: u64) u32 {
        return @truncate(((sum ^ (sum >> 32)) *% self.multiplier) >> 32);
    }
};

fn splitMix(state: *u64) u64 {
    state.* +%= 0x9e3779b97f4a7c15;
    var z = state.*;
    z = (z ^ (z >> 30)) *% 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) *% 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

test "keccak256 of nothing and of the empty string's RLP" {
    try std.testing.expectEqual(empty_code_hash, keccak256(""));
    try std.testing.expectEqual(empty_root, keccak256("\x80"));
}

test "keccak256 of every length up to three blocks is that of the standard library" {
    var bytes: [3 * rate]u8 = undefined;
    for (&bytes, 0..) |*byte, at| byte.* = @truncate(at * 7 + 1);
    for (0..bytes.len + 1) |len| {
        var expected: abi.Word = undefined;
        std.crypto.hash.sha3.Keccak256.hash(bytes[0..len], &expected, .{});
        try std.testing.expectEqual(expected, keccak256(bytes[0..len]));
    }
}

/// Largest number of keys that share one of `buckets` low-bit buckets.
fn worstBucket(hashes: []const u32, comptime buckets: usize) usize {
    var counts: [buckets]usize = @splat(0);
    for (hashes) |hash| counts[hash & (buckets - 1)] += 1;
    return std.mem.max(usize, &counts);
}

test "keys that differ in few bits spread as random ones do" {
    const buckets = 1024;
    var hashes: [8 * buckets]u32 = undefined;
    for ([_]u64{ 0, 1, 0xdeadbeef }) |seed| {
        const hasher = Hasher.init(seed);
        for ([_]usize{ 0, 7, 15, 23, 29 }) |byte| {
            for (&hashes, 0..) |*hash, number| {
                var key: abi.Word = @splat(0);
                std.mem.writeInt(u24, key[byte..][0..3], @intCast(number), .big);
                hash.* = hasher.slot(1, &key);
            }
            try std.testing.expect(worstBucket(&hashes, buckets) < 40);
        }
        for (&hashes, 0..) |*hash, number| hash.* = hasher.slot(@intCast(number), &zero_word);
        try std.testing.expect(worstBucket(&hashes, buckets) < 40);
    }
}

test "keys crafted to collide under one seed do not under another" {
    const known = Hasher.init(1);
    var crafted: [64]abi.Word = undefined;
    var count: usize = 0;
    var number: u64 = 0;
    while (count < crafted.len) : (number += 1) {
        var key: abi.Word = @splat(0);
        std.mem.writeInt(u64, key[24..32], number, .big);
        if (known.slot(1, &key) & 0xff != 0) continue;
        crafted[count] = key;
        count += 1;
    }
    var hashes: [64]u32 = undefined;
    const other = Hasher.init(2);
    for (&hashes, &crafted) |*hash, *key| hash.* = other.slot(1, key);
    try std.testing.expect(worstBucket(&hashes, 256) < 8);
}
