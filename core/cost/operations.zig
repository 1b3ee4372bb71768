//! The operations whose cost is compared with the baseline. Each is a type with
//!
//! - `name`, and `times`: how often a pass repeats it;
//! - `init` and `deinit`: create and destroy what it runs on, not counted;
//! - `act`: the operation once, given its number in the pass; only its calls of the C ABI are
//!   counted;
//! - `before` and `after`, optional: run around a pass, not counted.
//!
//! A pass runs once without counting, so that tables have their final size, and is then counted.

const std = @import("std");
const calls = @import("calls.zig");
const hashing = @import("hashing.zig");
const world = @import("world.zig");
const abi = calls.abi;
const call = calls.call;
const expect = calls.expect;
const Forked = world.Forked;

pub const all = .{
    StorageReadWritten,
    StorageReadFact,
    StorageReadThroughBranch,
    BalanceReadWritten,
    BalanceReadFact,
    AccountReadWritten,
    AccountReadFact,
    StorageWriteFresh,
    StorageWriteKnown,
    CheckpointRevert,
    CheckpointCommit,
    SnapshotRevert,
    BranchDestroy,
    CreateDestroy,
    MissWithRoom,
    MissWithEviction,
    hashing.AccountProofCheck,
    hashing.RootAfterOneWrite,
    hashing.RootAfterManyWrites,
    hashing.Keccak(32),
    hashing.Keccak(532),
};

/// Writes in one checkpoint.
const writes_per_checkpoint = 10;
/// Numbers from here on belong to slots that `world` does not write.
const fresh_slots = 1 << 32;

fn readSlot(manager: u32, slot: u64) abi.Word {
    var value: abi.Word = undefined;
    const key = .{ &world.contractOf(slot), &world.slotOf(slot) };
    call("state_manager_get_storage_sync", .{manager} ++ key ++ .{ &value, null });
    return value;
}

fn expectSlot(manager: u32, slot: u64) void {
    expect(std.mem.eql(u8, &readSlot(manager, slot), &world.valueOf(slot)));
}

fn expectBalance(manager: u32, account: u64) void {
    var balance: abi.Word = undefined;
    call("state_manager_get_balance_sync", .{ manager, &world.addressOf(account), &balance, null });
    expect(std.mem.eql(u8, &balance, &world.valueOf(account)));
}

fn expectAccount(manager: u32, account: u64) void {
    var fields: abi.AccountFields = undefined;
    call("state_manager_get_account_sync", .{ manager, &world.addressOf(account), &fields, null });
    expect(std.mem.eql(u8, &fields.balance, &world.valueOf(account)));
}

/// A read that local writes, or facts of the chain, answer.
fn Read(
    comptime operation: [:0]const u8,
    comptime source: enum { writes, facts },
    comptime expectRead: fn (manager: u32, number: u64) void,
) type {
    return struct {
        pub const name = operation;
        pub const times = 1_000;
        manager: u32,
        fork: ?Forked,

        pub fn init() @This() {
            if (source == .writes) return .{ .manager = world.filledManager(), .fork = null };
            const forked: Forked = .filled(1 << 20);
            return .{ .manager = forked.manager, .fork = forked };
        }

        pub fn deinit(self: @This()) void {
            if (self.fork) |forked| return forked.destroy();
            world.destroyManager(self.manager);
        }

        pub fn act(self: @This(), number: u64) void {
            expectRead(self.manager, number);
        }
    };
}

const StorageReadWritten = Read("storage read: local write", .writes, expectSlot);
const StorageReadFact = Read("storage read: fact of a fork", .facts, expectSlot);
const BalanceReadWritten = Read("balance read: local write", .writes, expectBalance);
const BalanceReadFact = Read("balance read: fact of a fork", .facts, expectBalance);
const AccountReadWritten = Read("account read: local write", .writes, expectAccount);
const AccountReadFact = Read("account read: fact of a fork", .facts, expectAccount);

/// A read of what the parent of a branch wrote.
const StorageReadThroughBranch = struct {
    pub const name = "storage read: through a branch";
    pub const times = 1_000;
    parent: u32,
    child: u32,

    pub fn init() @This() {
        const parent = world.filledManager();
        const child = calls.make("state_manager_branch", .{parent});
        world.writeSlot(child, fresh_slots, 1);
        return .{ .parent = parent, .child = child };
    }

    pub fn deinit(self: @This()) void {
        world.destroyManager(self.child);
        world.destroyManager(self.parent);
    }

    pub fn act(self: @This(), number: u64) void {
        expectSlot(self.child, number);
    }
};

/// A write of a slot inside a checkpoint that is reverted after the pass.
fn StorageWrite(comptime operation: [:0]const u8, comptime first_slot: u64) type {
    return struct {
        pub const name = operation;
        pub const times = 1_000;
        manager: u32,

        pub fn init() @This() {
            return .{ .manager = world.filledManager() };
        }

        pub fn deinit(self: @This()) void {
            world.destroyManager(self.manager);
        }

        pub fn before(self: @This()) void {
            call("state_manager_checkpoint", .{self.manager});
        }

        pub fn act(self: @This(), number: u64) void {
            world.writeSlot(self.manager, first_slot + number, number + 1);
        }

        pub fn after(self: @This()) void {
            call("state_manager_revert", .{self.manager});
        }
    };
}

const StorageWriteFresh = StorageWrite("storage write in a checkpoint: fresh slot", fresh_slots);
const StorageWriteKnown = StorageWrite("storage write in a checkpoint: known slot", 0);

/// A checkpoint with some writes, and its commit or revert.
fn Checkpoint(comptime close: [:0]const u8) type {
    return struct {
        pub const name = std.fmt.comptimePrint(
            "checkpoint, {d} storage writes, {s}",
            .{ writes_per_checkpoint, close },
        );
        pub const times = 100;
        manager: u32,

        pub fn init() @This() {
            return .{ .manager = world.filledManager() };
        }

        pub fn deinit(self: @This()) void {
            world.destroyManager(self.manager);
        }

        pub fn act(self: @This(), number: u64) void {
            call("state_manager_checkpoint", .{self.manager});
            for (0..writes_per_checkpoint) |write| {
                world.writeSlot(self.manager, number * writes_per_checkpoint + write, write);
            }
            call("state_manager_" ++ close, .{self.manager});
        }
    };
}

const CheckpointRevert = Checkpoint("revert");
const CheckpointCommit = Checkpoint("commit");

const SnapshotRevert = struct {
    pub const name = "snapshot, revert to it";
    pub const times = 100;
    manager: u32,

    pub fn init() @This() {
        return .{ .manager = world.filledManager() };
    }

    pub fn deinit(self: @This()) void {
        world.destroyManager(self.manager);
    }

    pub fn act(self: @This(), _: u64) void {
        var id: abi.Id = undefined;
        call("state_manager_snapshot", .{ self.manager, &id });
        call("state_manager_revert_to_snapshot", .{ self.manager, &id });
    }
};

const BranchDestroy = struct {
    pub const name = "branch, destroy it";
    pub const times = 100;
    manager: u32,

    pub fn init() @This() {
        return .{ .manager = world.filledManager() };
    }

    pub fn deinit(self: @This()) void {
        world.destroyManager(self.manager);
    }

    pub fn act(self: @This(), _: u64) void {
        world.destroyManager(calls.make("state_manager_branch", .{self.manager}));
    }
};

const CreateDestroy = struct {
    pub const name = "create a manager, destroy it";
    pub const times = 100;

    pub fn init() @This() {
        return .{};
    }

    pub fn deinit(_: @This()) void {}

    pub fn act(_: @This(), _: u64) void {
        world.destroyManager(world.emptyManager());
    }
};

/// A read that opens a request, its answer, and the read again; each pass has slots of its own.
fn miss(forked: Forked, slot: u64) void {
    var value: abi.Word = undefined;
    var id: [4]u8 = undefined;
    const key = .{ &world.contractOf(slot), &world.slotOf(slot) };
    const args = .{forked.manager} ++ key ++ .{ &value, &id };
    if (calls.statusOf("state_manager_get_storage_sync", args) != .rpc_pending) {
        @panic("the slot was not pending");
    }
    var request: abi.ForkRequest = undefined;
    call("fork_backend_next_request", .{ forked.fork, &request });
    const answer = .{ forked.fork, request.generation, request.id, &world.valueOf(slot) };
    call("fork_backend_provide_storage", answer);
    expectSlot(forked.manager, slot);
}

/// Facts are added to an empty fork, whose tables grow.
const MissWithRoom = struct {
    pub const name = "miss: request, answer, read";
    pub const times = 1_000;
    forked: Forked = undefined,

    pub fn init() @This() {
        return .{};
    }

    pub fn deinit(_: @This()) void {}

    pub fn before(self: *@This()) void {
        self.forked = .empty(1 << 20);
    }

    pub fn act(self: *@This(), number: u64) void {
        miss(self.forked, number);
    }

    pub fn after(self: *@This()) void {
        self.forked.destroy();
    }
};

/// Facts are added to a full fork, where each answer evicts a fact.
const MissWithEviction = struct {
    pub const name = "miss: request, answer that evicts, read";
    pub const times = 1_000;
    forked: Forked,
    misses: u64 = 0,

    pub fn init() @This() {
        return .{ .forked = .filled(world.account_count + world.slot_count) };
    }

    pub fn deinit(self: *@This()) void {
        self.forked.destroy();
    }

    pub fn act(self: *@This(), _: u64) void {
        miss(self.forked, fresh_slots + self.misses);
        self.misses += 1;
    }
};
