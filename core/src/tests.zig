//! Root of the unit tests of the core.

test {
    _ = @import("tables/heap.zig");
    _ = @import("tables/hash.zig");
    _ = @import("tables/keccak.zig");
    _ = @import("tables/index.zig");
    _ = @import("tables/segments.zig");
    _ = @import("tables/tables.zig");
    _ = @import("manager/codes.zig");
    _ = @import("manager/journal.zig");
    _ = @import("manager/layer.zig");
    _ = @import("fork/base.zig");
    _ = @import("fork/requests.zig");
    _ = @import("fork/fork.zig");
    _ = @import("trie/rlp.zig");
    _ = @import("trie/node.zig");
    _ = @import("trie/recover_test.zig");
    _ = @import("trie/proof_test.zig");
    _ = @import("trie/store_test.zig");
    _ = @import("trie/trie_test.zig");
    _ = @import("boundary/registry.zig");
    _ = @import("manager/changes.zig");
    _ = @import("manager/dirty.zig");
    _ = @import("manager/tracker.zig");
    _ = @import("roots/roots_test.zig");
    _ = @import("roots/witness.zig");
    _ = @import("testing/model.zig");
    _ = @import("testing/sweep.zig");
    _ = @import("testing/cost_test.zig");
}
