//! Root of the program that replays tries, for keys that are hashed already.

pub const main = @import("testing/trie_replay.zig").main;
