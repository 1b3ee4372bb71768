//! Root of the unit tests of the core.

test {
    _ = @import("heap.zig");
    _ = @import("hash.zig");
    _ = @import("keccak.zig");
    _ = @import("index.zig");
    _ = @import("segments.zig");
    _ = @import("tables.zig");
    _ = @import("codes.zig");
    _ = @import("journal.zig");
    _ = @import("layer.zig");
    _ = @import("base.zig");
    _ = @import("requests.zig");
    _ = @import("fork.zig");
    _ = @import("trie/rlp.zig");
    _ = @import("trie/node.zig");
    _ = @import("trie/recover.zig");
    _ = @import("trie/proof_test.zig");
    _ = @import("trie/store_test.zig");
    _ = @import("trie/trie_test.zig");
    _ = @import("registry.zig");
    _ = @import("changes.zig");
    _ = @import("dirty.zig");
    _ = @import("tracker.zig");
    _ = @import("roots_test.zig");
    _ = @import("witness.zig");
    _ = @import("model.zig");
    _ = @import("sweep.zig");
    _ = @import("cost_test.zig");
}
