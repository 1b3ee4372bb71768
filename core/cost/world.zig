//! The state that operations run on: the same accounts, slots and values in every run, spread like
//! hashes. The first accounts are contracts, which share the slots evenly.

const std = @import("std");
const calls = @import("calls.zig");
const abi = calls.abi;

pub const account_count = 1_000;
pub const contract_count = 10;
pub const slot_count = 1_000;

/// Seeds of the hash tables: arbitrary, but the same in each run.
const manager_config: abi.ManagerConfig = .{ .seed = 1 };
const fork_seed = 2;

/// The kind of number that a key is made from, so that equal numbers give different keys.
const Kind = enum(u64) { account = 1, slot, value };

fn bytesOf(comptime length: usize, kind: Kind, number: u64) [length]u8 {
    var random: std.Random.SplitMix64 = .init(@intFromEnum(kind) << 56 | number);
    var bytes: [length]u8 = undefined;
    var at: usize = 0;
    while (at < length) : (at += 4) {
        std.mem.writeInt(u32, bytes[at..][0..4], @truncate(random.next()), .big);
    }
    return bytes;
}

pub fn addressOf(number: u64) abi.Address {
    return bytesOf(20, .account, number);
}

/// The contract that has the slot with this number.
pub fn contractOf(slot: u64) abi.Address {
    return addressOf(slot % contract_count);
}

pub fn slotOf(number: u64) abi.Word {
    return bytesOf(32, .slot, number);
}

/// Never zero.
pub fn valueOf(number: u64) abi.Word {
    return bytesOf(32, .value, number);
}

/// The account with this number, which has only a balance.
pub fn accountOf(number: u64) abi.AccountFields {
    var account = std.mem.zeroes(abi.AccountFields);
    account.balance = valueOf(number);
    account.known = abi.Known.all;
    return account;
}

pub fn emptyManager() u32 {
    return calls.make("state_manager_create", .{&manager_config});
}

/// A manager over an empty chain with all accounts and slots as local writes.
pub fn filledManager() u32 {
    const manager = emptyManager();
    for (0..account_count) |number| {
        calls.call("state_manager_set_balance", .{ manager, &addressOf(number), &valueOf(number) });
    }
    for (0..slot_count) |number| writeSlot(manager, number, number);
    return manager;
}

/// Sets the slot with a number to the value with a number.
pub fn writeSlot(manager: u32, slot: u64, value: u64) void {
    const args = .{ manager, &contractOf(slot), &slotOf(slot), &valueOf(value) };
    calls.call("state_manager_set_storage", args);
}

pub fn destroyManager(manager: u32) void {
    calls.call("state_manager_destroy", .{manager});
}

/// A fork with its manager.
pub const Forked = struct {
    fork: u32,
    manager: u32,
    generation: u32,

    pub fn empty(max_entries: u64) Forked {
        const config: abi.ForkConfig = .{
            .seed = fork_seed,
            .max_entries = max_entries,
            .max_bytes = 1 << 30,
            .max_trie_node_bytes = 0,
        };
        const fork = calls.make("fork_backend_create", .{&config});
        const manager = calls.make("state_manager_create_with_fork", .{ &manager_config, fork });
        var stats: abi.ForkStats = undefined;
        calls.call("fork_backend_stats", .{ fork, &stats });
        return .{ .fork = fork, .manager = manager, .generation = @intCast(stats.generation) };
    }

    /// Makes all accounts and slots facts of the chain.
    pub fn filled(max_entries: u64) Forked {
        const forked: Forked = .empty(max_entries);
        for (0..account_count) |number| {
            var account = accountOf(number);
            // Contracts have storage: an empty storage root would answer reads of every slot.
            account.known = abi.Known.readable;
            const args = .{ &addressOf(number), &account };
            calls.call("fork_backend_insert_account", .{ forked.fork, forked.generation } ++ args);
        }
        for (0..slot_count) |number| {
            const args = .{ &contractOf(number), &slotOf(number), &valueOf(number) };
            calls.call("fork_backend_insert_storage", .{ forked.fork, forked.generation } ++ args);
        }
        return forked;
    }

    pub fn destroy(forked: Forked) void {
        destroyManager(forked.manager);
        calls.call("fork_backend_destroy", .{forked.fork});
    }
};
