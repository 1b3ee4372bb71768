//! Root of the unit tests of the core.

test {
    _ = @import("heap.zig");
    _ = @import("hash.zig");
    _ = @import("index.zig");
    _ = @import("segments.zig");
    _ = @import("tables.zig");
    _ = @import("codes.zig");
    _ = @import("layer.zig");
    _ = @import("base.zig");
    _ = @import("requests.zig");
    _ = @import("fork.zig");
    _ = @import("registry.zig");
    _ = @import("changes.zig");
    _ = @import("model.zig");
    _ = @import("sweep.zig");
    _ = @import("cost_test.zig");
}
