//! The C ABI as a user of the core calls it: symbols of the linked library, with the types that
//! `abi.zig` describes. A call that does not end as expected stops the program, since the wrong
//! operation would be counted.

const std = @import("std");
pub const abi = @import("abi");

/// Calls an exported function, which must succeed.
pub inline fn call(comptime name: []const u8, args: anytype) void {
    if (statusOf(name, args) != .success) @panic(name ++ " failed");
}

/// Calls an exported function and returns its status.
pub inline fn statusOf(comptime name: []const u8, args: anytype) abi.Status {
    const function = @extern(*const abi.FunctionType(description(name)), .{ .name = name });
    return @enumFromInt(@as(u8, @truncate(@as(u32, @bitCast(@call(.auto, function, args))))));
}

fn description(comptime name: []const u8) abi.Function {
    @setEvalBranchQuota(10_000);
    for (abi.functions) |function| {
        if (std.mem.eql(u8, function.name, name)) return function;
    }
    @compileError("abi.zig has no " ++ name);
}

/// Calls an exported function whose last parameter receives a new handle.
pub inline fn make(comptime name: []const u8, args: anytype) u32 {
    var handle: [4]u8 = undefined;
    call(name, args ++ .{&handle});
    return @bitCast(handle);
}

/// Stops the program unless an operation returned the expected result.
pub fn expect(holds: bool) void {
    if (!holds) @panic("an operation gave another result than it must");
}
