//! What must hold, checked in Debug and ReleaseSafe builds. In what ships nothing is left of it,
//! not even an assumption for the optimizer.

const std = @import("std");

/// Whether assertions are checked. What only prepares one stands under `if (assert.enabled)`.
pub const enabled = std.debug.runtime_safety;

pub inline fn assert(holds: bool) void {
    if (enabled and !holds) @panic("an assertion does not hold");
}
