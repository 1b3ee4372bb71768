//! For tests: builds the whole tries of a naive model, answers from them like an Ethereum node with
//! proofs, and compares a manager's roots and proofs with them.

const std = @import("std");
const abi = @import("../abi.zig");
const hash = @import("../tables/hash.zig");
const model = @import("model.zig");
const proof_check = @import("../fork/proof_check.zig");
const reference = @import("../trie/reference.zig");
const requests = @import("../fork/requests.zig");
const roots = @import("../roots/roots.zig");
const trie = @import("../trie/trie.zig");
const Fork = @import("../fork/fork.zig").Fork;
const Manager = @import("../manager/manager.zig").Manager;
const List = @import("../tables/list.zig").List;
const State = model.State;
const testing = std.testing;

/// All tries of a state.
pub const Tries = struct {
    store: trie.NodeStore,
    root: abi.Word,
    storage_roots: [model.accounts]abi.Word,

    pub fn init(state: *const State) !Tries {
        var tries: Tries = .{
            .store = .{
                .gpa = std.heap.c_allocator,
                .hasher = .init(1),
                .max_bytes = 1 << 30,
            },
            .root = undefined,
            .storage_roots = undefined,
        };
        var whole: reference.Model = .{ .gpa = std.heap.c_allocator };
        defer whole.deinit();
        for (&state.accounts, &tries.storage_roots, 0..) |*account, *storage_root, number| {
            storage_root.* = try storageRootOf(&tries.store, account);
            if (account.presence == .absent) continue;
            var space: [trie.rlp.max_account_bytes]u8 = undefined;
            try whole.set(
                &hash.keccak256(&model.addressOf(@intCast(number))),
                trie.rlp.encodeAccount(&space, &.{
                    .nonce = model.nonceOf(account.nonce),
                    .balance = model.wordOf(account.balance),
                    .storage_root = storage_root.*,
                    .code_hash = hash.keccak256(model.codeOf(account.code)),
                }),
            );
        }
        tries.root = try reference.build(&tries.store, whole.leaves.items);
        return tries;
    }

    fn storageRootOf(store: *trie.NodeStore, account: *const State.Account) !abi.Word {
        var whole: reference.Model = .{ .gpa = std.heap.c_allocator };
        defer whole.deinit();
        for (account.slots, 0..) |value, slot| {
            var space: [33]u8 = undefined;
            try whole.set(
                &hash.keccak256(&model.wordOf(@intCast(slot))),
                trie.rlp.encodeWord(&space, &model.wordOf(value)),
            );
        }
        return reference.build(store, whole.leaves.items);
    }

    pub fn deinit(self: *Tries) void {
        self.store.deinit();
    }

    /// The tries of the chain, which stay until another chain is requested.
    pub fn ofChain(state: *const State) !*Tries {
        if (last_chain) |*last| {
            if (std.meta.eql(last.state, state.*)) return &last.tries;
            last.tries.deinit();
            last_chain = null;
        }
        last_chain = .{ .state = state.*, .tries = try .init(state) };
        return &last_chain.?.tries;
    }

    var last_chain: ?struct { state: State, tries: Tries } = null;

    /// Answers a request for trie nodes as an Ethereum node does.
    pub fn answer(self: *Tries, fork: *Fork, id: u32, key: *const requests.Key) !void {
        const generation = fork.generation;
        const number = key.address[19];
        switch (key.kind) {
            .account_proof, .storage_proof => {
                try self.proveAccount(fork, key.address);
                if (key.kind == .storage_proof and number < model.accounts) {
                    try self.proveSlot(fork, number, &key.word);
                }
            },
            .trie_node => _ = try fork.insertNode(generation, self.store.get(&key.word).?),
            .account, .storage, .code => unreachable,
        }
        try fork.provideNodes(generation, id);
    }

    fn proveAccount(self: *Tries, fork: *Fork, address: abi.Address) !void {
        var list: List(u8) = .empty;
        defer list.deinit(self.store.gpa);
        const key = hash.keccak256(&address);
        try testing.expectEqual(null, try trie.prove(&self.store, &self.root, &key, &list));
        // The claimed values are compared elsewhere.
        var claim = std.mem.zeroes(abi.AccountFields);
        claim.known = 0;
        var outcome: abi.ProofOutcome = undefined;
        const generation = fork.generation;
        try proof_check.checkAccount(fork, generation, &address, &claim, list.items, &outcome);
    }

    fn proveSlot(self: *Tries, fork: *Fork, number: u8, slot: *const abi.Word) !void {
        var list: List(u8) = .empty;
        defer list.deinit(self.store.gpa);
        const root = &self.storage_roots[number];
        const key = hash.keccak256(slot);
        try testing.expectEqual(null, try trie.prove(&self.store, root, &key, &list));
        const value = switch (try trie.lookup(&self.store, root, &key)) {
            .value => |bytes| trie.rlp.decodeWord(bytes).?,
            .absent => hash.zero_word,
            .missing => unreachable,
        };
        var outcome: abi.ProofOutcome = undefined;
        const generation = fork.generation;
        try proof_check.checkStorage(fork, generation, root, slot, &value, list.items, &outcome);
    }
};

/// Compares the manager's root, and some proofs, with those of the model's state.
pub fn check(manager: *Manager, expected: *const State, remote: *const State) !void {
    var tries = try Tries.init(expected);
    defer tries.deinit();
    const root = try model.answered(manager, remote, roots.stateRoot, .{});
    try testing.expectEqual(tries.root, root);
    if (manager.fork) |fork| fork.letNodesGo();
    for (0..model.accounts) |number| {
        const address = model.addressOf(@intCast(number));
        const found = try model.answered(manager, remote, roots.storageRoot, .{&address});
        try testing.expectEqual(tries.storage_roots[number], found);
    }
    const address = model.addressOf(@intCast(root[0] % model.accounts));
    try checkProof(manager, remote, &tries, &address, &model.wordOf(root[1] % model.slots));
    if (manager.fork) |fork| fork.letNodesGo();
}

fn checkProof(
    manager: *Manager,
    remote: *const State,
    tries: *Tries,
    address: *const abi.Address,
    slot: *const abi.Word,
) !void {
    const gpa = testing.allocator;
    var expected: List(u8) = .empty;
    defer expected.deinit(tries.store.gpa);
    var found: List(u8) = .empty;
    defer found.deinit(gpa);
    const key = hash.keccak256(address);
    try testing.expectEqual(null, try trie.prove(&tries.store, &tries.root, &key, &expected));
    try answeredProof(manager, remote, address, null, &found);
    try testing.expectEqualSlices(u8, expected.items, found.items);
    expected.clearRetainingCapacity();
    const root = &tries.storage_roots[address[19]];
    const slot_key = hash.keccak256(slot);
    try testing.expectEqual(null, try trie.prove(&tries.store, root, &slot_key, &expected));
    try answeredProof(manager, remote, address, slot, &found);
    try testing.expectEqualSlices(u8, expected.items, found.items);
}

/// A pending proof may be there in part.
fn answeredProof(
    manager: *Manager,
    remote: *const State,
    address: *const abi.Address,
    slot: ?*const abi.Word,
    list: *List(u8),
) !void {
    for (0..8) |_| {
        list.clearRetainingCapacity();
        var id: u32 = 0;
        roots.prove(manager, address, slot, list, &id) catch |failure| {
            if (failure != error.RpcPending) return failure;
            try model.answerAll(manager.fork.?, remote);
            continue;
        };
        return;
    }
    return error.TestUnexpectedResult;
}
