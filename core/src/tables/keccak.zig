//! The permutation keccak-f[1600] (FIPS 202, 3.3), of 24 rounds over 25 lanes of 64 bits.
//!
//! Lanes are *complemented*: six of them are held inverted between rounds. The step chi wants
//! `a ^ (~b & c)` for each lane, and neither WebAssembly nor the oldest x86-64 has an instruction
//! for the inverted and. By De Morgan's laws inverted inputs make most of these an or or an and
//! alone, and six suitable lanes come out inverted again, so a round inverts 5 lanes and not 25.
//!
//! The loop contains one round and is not unrolled further: the lanes are local variables, so
//! reading a copy costs nothing, and unrolling was both larger and slower in V8.

const std = @import("std");

const round_constants = [24]u64{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/// How far each lane is rotated.
const rotations = [25]u6{
    0,  1,  62, 28, 27,
    36, 44, 6,  55, 20,
    3,  10, 43, 25, 39,
    41, 45, 15, 21, 8,
    18, 2,  61, 56, 14,
};

/// The lanes that are held inverted.
const inverted = [_]u5{ 1, 2, 8, 12, 17, 20 };

/// Lane (x, y) is the one at x + 5 * y.
pub const State = [25]u64;

pub noinline fn permute(state: *State) void {
    invert(state);
    for (round_constants) |constant| {
        const before = state.*;
        round(&before, state, constant);
    }
    invert(state);
}

inline fn invert(state: *State) void {
    inline for (inverted) |at| state[at] = ~state[at];
}

inline fn round(from: *const State, to: *State, constant: u64) void {
    var parity: [5]u64 = undefined;
    inline for (0..5) |x| {
        parity[x] = from[x] ^ from[x + 5] ^ from[x + 10] ^ from[x + 15] ^ from[x + 20];
    }
    var effect: [5]u64 = undefined;
    inline for (0..5) |x| {
        effect[x] = parity[(x + 4) % 5] ^ std.math.rotl(u64, parity[(x + 1) % 5], 1);
    }
    inline for (0..5) |y| {
        var row: [5]u64 = undefined;
        inline for (0..5) |x| {
            const column = (x + 3 * y) % 5;
            const at = column + 5 * x;
            row[x] = std.math.rotl(u64, from[at] ^ effect[column], rotations[at]);
        }
        to[5 * y ..][0..5].* = chi(y, row);
    }
    to[0] ^= constant;
}

/// The step chi for one row. The same lanes are inverted before and after it.
inline fn chi(comptime y: u3, b: [5]u64) [5]u64 {
    switch (y) {
        0 => return .{
            b[0] ^ (b[1] | b[2]),
            b[1] ^ (~b[2] | b[3]),
            b[2] ^ (b[3] & b[4]),
            b[3] ^ (b[4] | b[0]),
            b[4] ^ (b[0] & b[1]),
        },
        1 => return .{
            b[0] ^ (b[1] | b[2]),
            b[1] ^ (b[2] & b[3]),
            b[2] ^ (b[3] | ~b[4]),
            b[3] ^ (b[4] | b[0]),
            b[4] ^ (b[0] & b[1]),
        },
        2 => return .{
            b[0] ^ (b[1] | b[2]),
            b[1] ^ (b[2] & b[3]),
            b[2] ^ (~b[3] & b[4]),
            ~b[3] ^ (b[4] | b[0]),
            b[4] ^ (b[0] & b[1]),
        },
        3 => return .{
            b[0] ^ (b[1] & b[2]),
            b[1] ^ (b[2] | b[3]),
            b[2] ^ (~b[3] | b[4]),
            ~b[3] ^ (b[4] & b[0]),
            b[4] ^ (b[0] | b[1]),
        },
        4 => return .{
            b[0] ^ (~b[1] & b[2]),
            ~b[1] ^ (b[2] | b[3]),
            b[2] ^ (b[3] & b[4]),
            b[3] ^ (b[4] | b[0]),
            b[4] ^ (b[0] & b[1]),
        },
        else => comptime unreachable,
    }
}

const testing = std.testing;

test "the permutation of zeros, as the designers give it, and of that" {
    var state: State = @splat(0);
    permute(&state);
    try testing.expectEqual(0xf1258f7940e1dde7, state[0]);
    try testing.expectEqual(0x84d5ccf933c0478a, state[1]);
    try testing.expectEqual(0xeaf1ff7b5ceca249, state[24]);
    permute(&state);
    try testing.expectEqual(0x2d5c954df96ecb3c, state[0]);
}

test "permutes as the standard library does" {
    var random_state = std.Random.DefaultPrng.init(1);
    const random = random_state.random();
    for (0..200) |_| {
        var state: State = undefined;
        random.bytes(std.mem.asBytes(&state));
        var other: std.crypto.core.keccak.KeccakF(1600) = .{ .st = state };
        for (0..20) |_| {
            permute(&state);
            other.permute();
            try testing.expectEqualSlices(u64, &other.st, &state);
        }
    }
}
