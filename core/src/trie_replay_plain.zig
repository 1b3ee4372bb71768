//! Root of the program that replays tries, for plain keys; see `trie/node.zig`.

pub const has_plain_trie_keys = {};

pub const main = @import("testing/trie_replay.zig").main;
