//! Runs each operation under callgrind, which writes one profile for each. A profile is named
//! `NAME, N times`, from which `scripts/callgrind.ts` reads the number of repetitions. Without
//! callgrind it runs too, and counts nothing.

const std = @import("std");
const operations = @import("operations.zig");
const callgrind = std.valgrind.callgrind;

pub fn main() void {
    inline for (operations.all) |Operation| measure(Operation);
}

fn measure(comptime Operation: type) void {
    var operation: Operation = .init();
    defer operation.deinit();
    for ([_]bool{ false, true }) |is_counted| {
        if (@hasDecl(Operation, "before")) operation.before();
        if (is_counted) callgrind.zeroStats();
        for (0..Operation.times) |number| operation.act(number);
        if (is_counted) callgrind.dumpStatsAt(title(Operation));
        if (@hasDecl(Operation, "after")) operation.after();
    }
}

fn title(comptime Operation: type) [:0]const u8 {
    return std.fmt.comptimePrint("{s}, {d} times", .{ Operation.name, Operation.times });
}
