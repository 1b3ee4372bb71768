//! Where code that several callers use is compiled: in each of them, or once.

const heap = @import("heap.zig");
const CallModifier = @import("std").builtin.CallModifier;

/// Whether code stands where it is used, as that of the few calls that an EVM makes all the time,
/// or is called. Native builds inline all of it.
pub const Use = enum {
    hot,
    cold,

    pub fn modifier(use: Use) CallModifier {
        return if (use == .cold and heap.is_wasm) .never_inline else .always_inline;
    }
};
