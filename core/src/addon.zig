//! Root of the Node-API addon. A root stands above all that it imports.

comptime {
    _ = @import("boundary/addon.zig");
}
