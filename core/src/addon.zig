//! Root of the Node-API addon. A root must be above all files that it imports.

comptime {
    _ = @import("boundary/addon.zig");
}
