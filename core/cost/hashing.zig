//! The operations that mostly hash: checks of proofs, roots, and keccak256. `operations.zig`
//! documents what an operation is.

const std = @import("std");
const calls = @import("calls.zig");
const world = @import("world.zig");
const abi = calls.abi;
const call = calls.call;
const expect = calls.expect;
const Forked = world.Forked;

/// The first proof of each account; its lower nodes are new to the fork.
pub const AccountProofCheck = struct {
    pub const name = "check of an account proof";
    pub const times = 100;
    const Proof = struct { bytes: [8 * 1024]u8, length: u32 };

    root: abi.Word,
    proofs: [times]Proof,
    forked: Forked,

    pub fn init() @This() {
        var self: @This() = undefined;
        const chain = world.emptyManager();
        defer world.destroyManager(chain);
        for (0..world.account_count) |number| {
            const args = .{ &world.addressOf(number), &world.valueOf(number) };
            call("state_manager_set_balance", .{chain} ++ args);
        }
        call("state_manager_get_state_root_sync", .{ chain, &self.root, null });
        for (&self.proofs, 0..) |*proof, number| {
            const buffer = .{ &proof.bytes, proof.bytes.len, std.mem.asBytes(&proof.length), null };
            const args = .{ chain, &world.addressOf(number) } ++ buffer;
            call("state_manager_get_account_proof_sync", args);
        }
        return self;
    }

    pub fn deinit(_: *@This()) void {}

    pub fn before(self: *@This()) void {
        self.forked = .empty(1 << 20);
        const args = .{ self.forked.fork, self.forked.generation, &self.root };
        call("fork_backend_set_state_root", args);
    }

    pub fn act(self: *@This(), number: u64) void {
        const proof = &self.proofs[number];
        var outcome: abi.ProofOutcome = undefined;
        const claim = .{ &world.addressOf(number), &world.accountOf(number) };
        const answer = .{ &proof.bytes, proof.length, &outcome };
        const fork = .{ self.forked.fork, self.forked.generation };
        call("fork_backend_check_account", fork ++ claim ++ answer);
    }

    pub fn after(self: *@This()) void {
        self.forked.destroy();
    }
};

/// The state root after writes to known slots.
fn RootAfterWrites(
    comptime operation: [:0]const u8,
    comptime writes: u64,
    comptime repeats: u32,
) type {
    return struct {
        pub const name = operation;
        pub const times = repeats;
        manager: u32,
        written: u64 = 0,
        root: abi.Word = undefined,

        pub fn init() @This() {
            var self: @This() = .{ .manager = world.filledManager() };
            call("state_manager_get_state_root_sync", .{ self.manager, &self.root, null });
            return self;
        }

        pub fn deinit(self: *@This()) void {
            world.destroyManager(self.manager);
        }

        pub fn act(self: *@This(), _: u64) void {
            const before = self.root;
            for (0..writes) |_| {
                self.written += 1;
                const value = world.slot_count + self.written;
                world.writeSlot(self.manager, self.written % world.slot_count, value);
            }
            call("state_manager_get_state_root_sync", .{ self.manager, &self.root, null });
            expect(!std.mem.eql(u8, &self.root, &before));
        }
    };
}

pub const RootAfterOneWrite = RootAfterWrites("storage write, state root", 1, 100);
pub const RootAfterManyWrites = RootAfterWrites("1,000 storage writes, state root", 1_000, 2);

pub fn Keccak(comptime length: u32) type {
    return struct {
        pub const name = std.fmt.comptimePrint("keccak256 of {d} bytes", .{length});
        pub const times = 100;

        pub fn init() @This() {
            return .{};
        }

        pub fn deinit(_: @This()) void {}

        pub fn act(_: @This(), number: u64) void {
            const data: [length]u8 = @splat(@truncate(number));
            var hash: abi.Word = undefined;
            call("forkstate_keccak256", .{ &data, length, &hash });
        }
    };
}
