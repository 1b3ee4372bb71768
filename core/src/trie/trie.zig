//! Merkle Patricia tries of which only some nodes are known.
//!
//! A trie is identified by its root and never changes. An update makes another trie, which shares
//! all nodes except those on the paths to the changed keys. Nothing here depends on managers or
//! forks.

pub const rlp = @import("rlp.zig");

pub const Path = @import("node.zig").Path;

const node_store = @import("node_store.zig");
pub const NodeStore = node_store.NodeStore;
pub const Origin = node_store.Origin;

const proof = @import("proof.zig");
pub const NodeList = proof.NodeList;
pub const Fault = proof.Fault;
pub const Verdict = proof.Verdict;
pub const verify = proof.verify;

const read = @import("read.zig");
pub const Missing = read.Missing;
pub const Lookup = read.Lookup;
pub const lookup = read.lookup;
pub const ProveError = read.ProveError;
pub const prove = read.prove;
pub const collectPath = read.collectPath;

const update = @import("update.zig");
pub const Change = update.Change;
pub const Error = update.Error;
pub const sortChanges = update.sortChanges;
pub const apply = update.apply;

const recover = @import("recover.zig");
pub const rebuildSibling = recover.rebuildSibling;
pub const findPreimage = recover.findPreimage;
