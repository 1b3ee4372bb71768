//! Root of the native library and of the WebAssembly module: exports what `abi.zig` describes.

const std = @import("std");
const abi = @import("abi.zig");
const exports = @import("boundary/exports.zig");
const heap = @import("tables/heap.zig");

comptime {
    for (abi.functions) |function| {
        if (function.target == .wasm_only and !heap.is_wasm) continue;
        @export(exports.implementation(function), .{ .name = function.name });
    }
    if (heap.is_wasm) @export(&forkstate_frame, .{ .name = "forkstate_frame" });
}

/// The call frame of WebAssembly hosts; its address never changes.
var frame: [abi.frame_bytes]u8 align(64) = undefined;

fn forkstate_frame() callconv(.c) u32 {
    return @intCast(@intFromPtr(&frame));
}

pub const panic = if (heap.is_wasm)
    std.debug.no_panic
else
    std.debug.FullPanic(std.debug.defaultPanic);
