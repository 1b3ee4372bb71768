//! `trie_replay.zig` whose keys are plain, as `trie/node.zig` says.

pub const has_plain_trie_keys = {};

pub const main = @import("trie_replay.zig").main;
