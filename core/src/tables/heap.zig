//! Memory of the core.
//!
//! Natively this is the C allocator, so valgrind and sanitizers see every block. In WebAssembly it
//! is `PagedHeap` over `memory.grow`: 64 KiB pages, each cut into blocks of one size, and runs of
//! pages for larger allocations. A page whose blocks are all free serves any size again, and
//! adjacent free pages join; memory is never returned to the host, but all of it is reused, so
//! loops of create/destroy and fill/clear/fill do not grow it (statement 36).
//!
//! Blocks carry no header: Zig's allocator interface passes the length to `free`.

const std = @import("std");
const builtin = @import("builtin");
const Allocator = std.mem.Allocator;
const Alignment = std.mem.Alignment;

pub const is_wasm = builtin.cpu.arch == .wasm32;

/// The type of the allocator. In WebAssembly it has no size, and its calls are direct.
pub const Gpa = if (is_wasm) WasmGpa else Allocator;

/// The allocator behind the exported functions.
pub const allocator: Gpa = if (is_wasm) .{} else std.heap.c_allocator;

var wasm_heap: PagedHeap(WasmPages) = .{};

/// The part of `std.mem.Allocator` that the core uses, over the only heap.
const WasmGpa = struct {
    pub fn create(self: WasmGpa, comptime Item: type) Allocator.Error!*Item {
        return &(try self.alloc(Item, 1))[0];
    }

    pub fn destroy(self: WasmGpa, pointer: anytype) void {
        self.free(pointer[0..1]);
    }

    pub inline fn alloc(self: WasmGpa, comptime Item: type, len: usize) Allocator.Error![]Item {
        const bytes = std.math.mul(usize, @sizeOf(Item), len) catch return error.OutOfMemory;
        if (bytes == 0) return &.{};
        const memory = self.rawAlloc(bytes, .of(Item), 0) orelse return error.OutOfMemory;
        return @as([*]Item, @ptrCast(@alignCast(memory)))[0..len];
    }

    pub fn dupe(self: WasmGpa, comptime Item: type, items: []const Item) Allocator.Error![]Item {
        const copy = try self.alloc(Item, items.len);
        @memcpy(copy, items);
        return copy;
    }

    pub inline fn free(self: WasmGpa, items: anytype) void {
        const Item = std.meta.Elem(@TypeOf(items));
        self.rawFree(std.mem.sliceAsBytes(items), .of(Item), 0);
    }

    pub fn rawAlloc(_: WasmGpa, len: usize, alignment: Alignment, _: usize) ?[*]u8 {
        return wasm_heap.take(len, alignment.toByteUnits());
    }

    pub noinline fn rawFree(_: WasmGpa, memory: []u8, alignment: Alignment, _: usize) void {
        if (memory.len > 0) wasm_heap.give(memory, alignment.toByteUnits());
    }
};

/// Whether memory grew since the last call of this function; WebAssembly only.
pub fn takeGrew() bool {
    if (!is_wasm) return false;
    defer has_grown = false;
    return has_grown;
}

pub var has_grown = false;

const WasmPages = struct {
    /// The number of the first of several new adjacent pages.
    fn grow(_: *WasmPages, pages: usize) ?u32 {
        const before = @wasmMemoryGrow(0, pages);
        if (before < 0) return null;
        has_grown = true;
        return @intCast(before);
    }

    fn addressOf(_: *const WasmPages, page: u32) usize {
        return @as(usize, page) * page_bytes;
    }

    fn pageOf(_: *const WasmPages, address: usize) u32 {
        return @intCast(address / page_bytes);
    }
};

const page_bytes = 64 * 1024;

/// Sizes of blocks: four steps per doubling from 64 bytes to 8 KiB, then sizes that fill a page
/// well.
const class_bytes = blk: {
    var sizes: []const u32 = &.{ 16, 32, 48 };
    for (6..13) |bits| {
        for (4..8) |quarters| sizes = sizes ++ .{@as(u32, quarters) << (bits - 2)};
    }
    break :blk sizes ++ .{ 8192, 10880, 13056, 16384, 21824, 32768 };
};
const class_count = class_bytes.len;

/// The smallest class for lengths up to each multiple of 16 bytes.
const class_for: [class_bytes[class_count - 1] / 16 + 1]u8 = blk: {
    @setEvalBranchQuota(10_000);
    var classes: [class_bytes[class_count - 1] / 16 + 1]u8 = undefined;
    var class: u8 = 0;
    for (&classes, 0..) |*found, sixteenths| {
        if (class_bytes[class] < sixteenths * 16) class += 1;
        found.* = class;
    }
    break :blk classes;
};

/// The smallest class of blocks for a length and alignment; null if it takes whole pages.
fn classOf(len: usize, alignment: usize) ?u8 {
    const wanted = @max(len, alignment);
    if (wanted > class_bytes[class_count - 1]) return null;
    var class = class_for[(wanted + 15) / 16];
    while (class_bytes[class] % alignment != 0) {
        class += 1;
        if (class == class_count) return null;
    }
    return class;
}

const FreeBlock = struct { next: ?*FreeBlock };

/// A run of free pages; runs are kept in address order.
const FreeRun = struct { next: ?*FreeRun, pages: usize };

const none = std.math.maxInt(u32);

/// The description of a page that is cut into blocks.
const Page = struct {
    free: ?*FreeBlock,
    /// Neighbours among the pages of the class that have free blocks.
    previous: u32,
    next: u32,
    live: u16,
    class: u8,
};

const pages_per_book = page_bytes / @sizeOf(Page);
const Book = [pages_per_book]Page;

/// A heap over a source of pages.
pub fn PagedHeap(comptime Source: type) type {
    return struct {
        const Self = @This();

        source: Source = .{},
        /// The first page of each class that has a free block.
        classes: [class_count]u32 = @splat(none),
        runs: ?*FreeRun = null,
        /// Descriptions of pages, by page number; a book takes a page itself.
        books: [(1 << 16) / pages_per_book + 1]?*Book = @splat(null),

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
            return self.take(len, alignment.toByteUnits());
        }

        /// Returns a block of `len` bytes; `len` is not 0.
        noinline fn take(self: *Self, len: usize, alignment: usize) ?[*]u8 {
            if (alignment > page_bytes) return null;
            const class = classOf(len, alignment) orelse {
                const first = self.takePages(pagesFor(len) orelse return null) orelse return null;
                return @ptrFromInt(self.source.addressOf(first));
            };
            if (self.classes[class] == none) self.addPage(class) catch return null;
            return @ptrCast(self.takeBlock(class));
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
            self.give(memory, alignment.toByteUnits());
        }

        /// Frees a block.
        noinline fn give(self: *Self, memory: []u8, alignment: usize) void {
            const number = self.source.pageOf(@intFromPtr(memory.ptr));
            const class = classOf(memory.len, alignment) orelse
                return self.putPages(number, pagesFor(memory.len).?);
            const page = self.pageAt(number);
            const block: *FreeBlock = @ptrCast(@alignCast(memory.ptr));
            if (page.free == null) self.link(class, number);
            block.next = page.free;
            page.free = block;
            page.live -= 1;
            // One page is kept, so that allocating and freeing one block does not cut a page each
            // time.
            const others = page.next != none or page.previous != none;
            if (page.live == 0 and others) self.dropPage(number);
        }

        // Pages of blocks.

        fn pageAt(self: *Self, number: u32) *Page {
            return &self.books[number / pages_per_book].?[number % pages_per_book];
        }

        fn takeBlock(self: *Self, class: u8) *FreeBlock {
            const number = self.classes[class];
            const page = self.pageAt(number);
            const block = page.free.?;
            page.free = block.next;
            page.live += 1;
            if (page.free == null) self.unlink(number);
            return block;
        }

        /// Cuts a new page into blocks of a class.
        fn addPage(self: *Self, class: u8) error{OutOfMemory}!void {
            const number = self.takePages(1) orelse return error.OutOfMemory;
            const book = &self.books[number / pages_per_book];
            if (book.* == null) {
                const taken = self.takePages(1) orelse {
                    self.putPages(number, 1);
                    return error.OutOfMemory;
                };
                book.* = @ptrFromInt(self.source.addressOf(taken));
            }
            var blocks: ?*FreeBlock = null;
            const size = class_bytes[class];
            var at = self.source.addressOf(number) + page_bytes / size * size;
            for (0..page_bytes / size) |_| {
                at -= size;
                const block: *FreeBlock = @ptrFromInt(at);
                block.next = blocks;
                blocks = block;
            }
            self.pageAt(number).* = .{
                .free = blocks,
                .previous = none,
                .next = none,
                .live = 0,
                .class = class,
            };
            self.link(class, number);
        }

        fn dropPage(self: *Self, number: u32) void {
            self.unlink(number);
            self.putPages(number, 1);
        }

        fn link(self: *Self, class: u8, number: u32) void {
            const page = self.pageAt(number);
            page.previous = none;
            page.next = self.classes[class];
            if (page.next != none) self.pageAt(page.next).previous = number;
            self.classes[class] = number;
        }

        fn unlink(self: *Self, number: u32) void {
            const page = self.pageAt(number);
            if (page.next != none) self.pageAt(page.next).previous = page.previous;
            if (page.previous != none) {
                self.pageAt(page.previous).next = page.next;
            } else {
                self.classes[page.class] = page.next;
            }
        }

        // Runs of pages.

        /// The number of the first of several adjacent pages.
        fn takePages(self: *Self, pages: usize) ?u32 {
            if (self.takeRun(pages)) |first| return first;
            if (self.source.grow(pages)) |first| return first;
            self.dropSparePages();
            return self.takeRun(pages);
        }

        /// Frees the pages that classes keep without a live block.
        fn dropSparePages(self: *Self) void {
            for (&self.classes) |*first| {
                while (first.* != none and self.pageAt(first.*).live == 0) self.dropPage(first.*);
            }
        }

        fn takeRun(self: *Self, pages: usize) ?u32 {
            var link_to_run = &self.runs;
            while (link_to_run.*) |run| : (link_to_run = &run.next) {
                if (run.pages < pages) continue;
                const address = @intFromPtr(run);
                if (run.pages == pages) {
                    link_to_run.* = run.next;
                } else {
                    const rest: *FreeRun = @ptrFromInt(address + pages * page_bytes);
                    rest.* = .{ .next = run.next, .pages = run.pages - pages };
                    link_to_run.* = rest;
                }
                return self.source.pageOf(address);
            }
            return null;
        }

        fn putPages(self: *Self, number: u32, pages: usize) void {
            const address = self.source.addressOf(number);
            var link_to_run = &self.runs;
            var before: ?*FreeRun = null;
            while (link_to_run.*) |run| : (link_to_run = &run.next) {
                if (@intFromPtr(run) > address) break;
                before = run;
            }
            const run: *FreeRun = @ptrFromInt(address);
            run.* = .{ .next = link_to_run.*, .pages = pages };
            link_to_run.* = run;
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

    fn init(pages: usize) !TestPages {
        const bytes = pages * page_bytes;
        const alignment: Alignment = comptime .fromByteUnits(page_bytes);
        return .{ .memory = try std.testing.allocator.alignedAlloc(u8, alignment, bytes) };
    }

    fn deinit(self: *TestPages) void {
        std.testing.allocator.free(self.memory);
    }

    fn grow(self: *TestPages, pages: usize) ?u32 {
        if ((self.memory.len - self.used) / page_bytes < pages) return null;
        defer self.used += pages * page_bytes;
        return @intCast(self.used / page_bytes);
    }

    fn addressOf(self: *const TestPages, page: u32) usize {
        return @intFromPtr(self.memory.ptr) + @as(usize, page) * page_bytes;
    }

    fn pageOf(self: *const TestPages, address: usize) u32 {
        return @intCast((address - @intFromPtr(self.memory.ptr)) / page_bytes);
    }
};

test "blocks never overlap, keep their bytes, and are used again" {
    var heap: PagedHeap(TestPages) = .{ .source = try .init(256) };
    defer heap.source.deinit();
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
    var heap: PagedHeap(TestPages) = .{ .source = try .init(4) };
    defer heap.source.deinit();
    const gpa = heap.allocator();
    inline for (.{ 1, 8, 16, 64, 4096 }) |alignment| {
        for ([_]usize{ 1, 100, 1000, 5000, 12_000 }) |len| {
            const block = try gpa.alignedAlloc(u8, .fromByteUnits(alignment), len);
            try std.testing.expect(@intFromPtr(block.ptr) % alignment == 0);
            gpa.free(block);
        }
    }
    const large = try gpa.alloc(u8, 2 * page_bytes);
    try std.testing.expectError(error.OutOfMemory, gpa.alloc(u8, 3 * page_bytes));
    gpa.free(large);
    const again = try gpa.alloc(u8, 2 * page_bytes);
    try std.testing.expectEqual(large.ptr, again.ptr);
    gpa.free(again);
}

test "memory that served one size serves any other" {
    const pages = 32;
    var heap: PagedHeap(TestPages) = .{ .source = try .init(pages) };
    defer heap.source.deinit();
    const gpa = heap.allocator();
    var blocks: [pages * page_bytes / 16][*]u8 = undefined;
    for ([_]usize{ 4096, 64, 48, 3000, 16, 20_000, page_bytes, 200 }) |len| {
        var count: usize = 0;
        while (gpa.alloc(u8, len)) |block| : (count += 1) blocks[count] = block.ptr else |_| {}
        try std.testing.expect(count * len > (pages - 3) * page_bytes * 9 / 10);
        for (blocks[0..count]) |block| gpa.free(block[0..len]);
    }
}
