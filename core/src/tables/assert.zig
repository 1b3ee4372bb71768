//! Assertions, checked in Debug and ReleaseSafe builds. Release builds contain nothing of them, not
//! even an assumption for the optimizer.

const std = @import("std");

/// Whether assertions are checked. Code that only prepares one is under `if (assert.enabled)`.
pub const enabled = std.debug.runtime_safety;

pub inline fn assert(holds: bool) void {
    if (enabled and !holds) @panic("an assertion does not hold");
}
