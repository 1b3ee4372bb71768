//! Root of the program that replays tries, with plain keys, as `trie/node.zig` says.

pub const has_plain_trie_keys = {};

pub const main = @import("testing/trie_replay.zig").main;
