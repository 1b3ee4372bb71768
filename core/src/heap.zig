//! Memory of the core.
//!
//! Natively this is the C allocator, so valgrind and sanitizers see every block. In WebAssembly it
//! is `PagedHeap` over `memory.grow`: segregated free lists for small blocks, coalesced runs of
//! 64 KiB pages for large ones. Memory is never given back to the host, but every freed block is
//! used again, which keeps create/destroy and fill/clear/fill loops flat (statement 36).
//!
//! Blocks carry no header: Zig's allocator interface passes the length to `free`.

const std = @import("std");
const builtin = @import("builtin");
const Allocator = std.mem.Allocator;
const Alignment = std.mem.Alignment;

pub const is_wasm = builtin.cpu.arch == .wasm32;

/// The allocator behind the exported functions.
pub const allocator: Allocator = if (is_wasm) wasm_heap.allocator() else std.heap.c_allocator;

var wasm_heap: PagedHeap(WasmPages) = .{};

/// Size of the WebAssembly memory in pages; a change between two looks means that it grew.
pub fn memoryPages() usize {
    return if (is_wasm) @wasmMemorySize(0) else 0;
}

const WasmPages = struct {
    fn grow(_: *WasmPages, pages: usize) ?usize {
        const before = @wasmMemoryGrow(0, pages);
        return if (before < 0) null else @as(usize, @intCast(before)) * page_bytes;
    }
};

const page_bytes = 64 * 1024;
const small_classes = 3;
const step_bits = 6;
const class_count = small_classes + (16 - step_bits) * 4 + 1;

/// Sizes of the small blocks: 16, 32, 48, then four steps a doubling from 64 bytes to one page. A
/// block is aligned to the largest power of two that divides its size.
const class_bytes: [class_count]u32 = blk: {
    var sizes: [class_count]u32 = undefined;
    for (&sizes, 0..) |*size, class| {
        if (class < small_classes) {
            size.* = 16 * (class + 1);
            continue;
        }
        const power = @as(u32, 1) << (step_bits + (class - small_classes) / 4);
        size.* = power + (power / 4) * ((class - small_classes) % 4);
    }
    break :blk sizes;
};

fn alignmentOf(class: usize) usize {
    return @as(usize, 1) << @intCast(@ctz(class_bytes[class]));
}

/// The smallest class that holds `len` bytes at `alignment`; null if only whole pages do.
fn classOf(len: usize, alignment: usize) ?usize {
    if (len > page_bytes or alignment > page_bytes) return null;
    const wanted = @max(len, alignment, 16);
    var class: usize = (wanted - 1) / 16;
    if (wanted > 64) {
        const bits = std.math.log2_int(usize, wanted);
        const step = (wanted - (@as(usize, 1) << bits)) >> (bits - 2);
        class = small_classes + @as(usize, bits - step_bits) * 4 + step;
    }
    while (class_bytes[class] < wanted or alignmentOf(class) < alignment) class += 1;
    return class;
}

/// Blocks from this size on are cut from pages of their own.
const medium_bytes = 1024;

/// The rest of a page that blocks are cut from.
const Cut = struct { at: usize = 0, end: usize = 0 };

const FreeBlock = struct { next: ?*FreeBlock };

/// A run of free pages; runs are kept in address order.
const FreeRun = struct { next: ?*FreeRun, pages: usize };

/// A heap over a source of contiguous or scattered 64 KiB pages: `grow(pages) ?address`.
pub fn PagedHeap(comptime Source: type) type {
    return struct {
        const Self = @This();

        source: Source = .{},
        classes: [class_count]?*FreeBlock = @splat(null),
        runs: ?*FreeRun = null,
        /// The pages that blocks are cut from; small ones apart, so that the others stay aligned.
        small: Cut = .{},
        medium: Cut = .{},

        pub fn allocator(self: *Self) Allocator {
            return .{ .ptr = self, .vtable = &vtable };
        }

        const vtable: Allocator.VTable = .{
            .alloc = alloc,
            .resize = resize,
            .remap = remap,
            .free = free,
        };

        fn alloc(context: *anyopaque, len: usize, alignment: Alignment, _: usize) ?[*]u8 {
            const self: *Self = @ptrCast(@alignCast(context));
            if (alignment.toByteUnits() > page_bytes) return null;
            const class = classOf(len, alignment.toByteUnits()) orelse
                return @ptrFromInt(self.takePages(pagesFor(len) orelse return null) orelse
                    return null);
            if (self.classes[class]) |block| {
                self.classes[class] = block.next;
                return @ptrCast(block);
            }
            const from = if (class_bytes[class] < medium_bytes) &self.small else &self.medium;
            return self.cut(from, class_bytes[class], alignmentOf(class));
        }

        fn resize(_: *anyopaque, memory: []u8, alignment: Alignment, len: usize, _: usize) bool {
            const now = classOf(memory.len, alignment.toByteUnits());
            const then = classOf(len, alignment.toByteUnits());
            if (now != null or then != null) return now == then;
            return pagesFor(memory.len) == pagesFor(len);
        }

        fn remap(
            context: *anyopaque,
            memory: []u8,
            alignment: Alignment,
            len: usize,
            return_address: usize,
        ) ?[*]u8 {
            const fits = resize(context, memory, alignment, len, return_address);
            return if (fits) memory.ptr else null;
        }

        fn free(context: *anyopaque, memory: []u8, alignment: Alignment, _: usize) void {
            const self: *Self = @ptrCast(@alignCast(context));
            const class = classOf(memory.len, alignment.toByteUnits()) orelse
                return self.putPages(@intFromPtr(memory.ptr), pagesFor(memory.len).?);
            self.putBlock(class, @intFromPtr(memory.ptr));
        }

        fn putBlock(self: *Self, class: usize, address: usize) void {
            const block: *FreeBlock = @ptrFromInt(address);
            block.next = self.classes[class];
            self.classes[class] = block;
        }

        /// Cuts a block off a page, or off a new one.
        fn cut(self: *Self, from: *Cut, size: usize, alignment: usize) ?[*]u8 {
            var at = std.mem.alignForward(usize, from.at, alignment);
            if (from.at == 0 or at + size > from.end) {
                at = self.takePages(1) orelse return null;
                self.scatter(from.at, from.end);
                from.end = at + page_bytes;
            } else {
                self.scatter(from.at, at);
            }
            from.at = at + size;
            return @ptrFromInt(at);
        }

        /// Gives the bytes of a rest to the free lists, the largest fitting class first.
        fn scatter(self: *Self, from: usize, end: usize) void {
            var at = std.mem.alignForward(usize, from, 16);
            var class: usize = class_count - 1;
            while (end >= at + 16) {
                const size = class_bytes[class];
                if (size <= end - at and at % alignmentOf(class) == 0) {
                    self.putBlock(class, at);
                    at += size;
                    class = class_count;
                }
                class -= 1;
            }
        }

        fn takePages(self: *Self, pages: usize) ?usize {
            var link = &self.runs;
            while (link.*) |run| : (link = &run.next) {
                if (run.pages < pages) continue;
                const address = @intFromPtr(run);
                if (run.pages == pages) {
                    link.* = run.next;
                } else {
                    const rest: *FreeRun = @ptrFromInt(address + pages * page_bytes);
                    rest.* = .{ .next = run.next, .pages = run.pages - pages };
                    link.* = rest;
                }
                return address;
            }
            return self.source.grow(pages);
        }

        fn putPages(self: *Self, address: usize, pages: usize) void {
            var link = &self.runs;
            var before: ?*FreeRun = null;
            while (link.*) |run| : (link = &run.next) {
                if (@intFromPtr(run) > address) break;
                before = run;
            }
            const run: *FreeRun = @ptrFromInt(address);
            run.* = .{ .next = link.*, .pages = pages };
            link.* = run;
            if (run.next) |next| join(run, next);
            if (before) |previous| join(previous, run);
        }

        fn join(run: *FreeRun, next: *FreeRun) void {
            if (@intFromPtr(run) + run.pages * page_bytes != @intFromPtr(next)) return;
            run.pages += next.pages;
            run.next = next.next;
        }
    };
}

fn pagesFor(len: usize) ?usize {
    return (std.math.add(usize, len, page_bytes - 1) catch return null) / page_bytes;
}

/// A source of pages for tests: one block of memory, handed out from its start.
const TestPages = struct {
    memory: []align(page_bytes) u8 = &.{},
    used: usize = 0,

    fn grow(self: *TestPages, pages: usize) ?usize {
        if ((self.memory.len - self.used) / page_bytes < pages) return null;
        defer self.used += pages * page_bytes;
        return @intFromPtr(self.memory.ptr) + self.used;
    }
};

test "blocks never overlap, keep their bytes, and are used again" {
    const memory = try std.testing.allocator.alignedAlloc(
        u8,
        .fromByteUnits(page_bytes),
        256 * page_bytes,
    );
    defer std.testing.allocator.free(memory);
    var heap: PagedHeap(TestPages) = .{ .source = .{ .memory = memory } };
    const gpa = heap.allocator();
    var random_state = std.Random.DefaultPrng.init(7);
    const random = random_state.random();
    var blocks: [64]?[]u8 = @splat(null);
    var high_water: usize = 0;
    for (0..50_000) |round| {
        const at = random.uintLessThan(usize, blocks.len);
        if (blocks[at]) |block| {
            for (block) |byte| try std.testing.expectEqual(@as(u8, @intCast(at)), byte);
            gpa.free(block);
            blocks[at] = null;
        } else {
            const bits = random.uintLessThan(u5, 18);
            const len = 1 + random.uintLessThan(usize, @as(usize, 2) << bits);
            const block = gpa.alloc(u8, len) catch continue;
            @memset(block, @intCast(at));
            blocks[at] = block;
        }
        if (round == 25_000) high_water = heap.source.used;
    }
    try std.testing.expect(heap.source.used <= high_water + 16 * page_bytes);
}

test "alignment is kept and exhaustion is an error" {
    const memory = try std.testing.allocator.alignedAlloc(
        u8,
        .fromByteUnits(page_bytes),
        4 * page_bytes,
    );
    defer std.testing.allocator.free(memory);
    var heap: PagedHeap(TestPages) = .{ .source = .{ .memory = memory } };
    const gpa = heap.allocator();
    inline for (.{ 1, 8, 16, 64, 4096 }) |alignment| {
        const block = try gpa.alignedAlloc(u8, .fromByteUnits(alignment), 100);
        try std.testing.expect(@intFromPtr(block.ptr) % alignment == 0);
        gpa.free(block);
    }
    const large = try gpa.alloc(u8, 2 * page_bytes);
    try std.testing.expectError(error.OutOfMemory, gpa.alloc(u8, 3 * page_bytes));
    gpa.free(large);
    const again = try gpa.alloc(u8, 2 * page_bytes);
    try std.testing.expectEqual(large.ptr, again.ptr);
    gpa.free(again);
}
