//! Decides whether code with several callers is compiled into each of them, or once.

const heap = @import("heap.zig");
const CallModifier = @import("std").builtin.CallModifier;

/// Whether code is inlined, as for the few calls that an EVM makes all the time, or called. Native
/// builds inline all of it.
pub const Use = enum {
    hot,
    cold,

    pub fn modifier(use: Use) CallModifier {
        return if (use == .cold and heap.is_wasm) .never_inline else .always_inline;
    }
};
