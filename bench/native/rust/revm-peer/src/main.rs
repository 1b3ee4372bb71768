//! The work of bench/groups/native-peers, done by revm. `State` and `CacheDB` are read as the
//! databases that they are; `Journal` is what the EVM reads and writes through, over a `State`. The
//! slots and values of each call are made before, as revm takes them: 256-bit numbers.

mod databases;
mod journal;

use peer_kit::measure::{balance_reads, measure, order, storage_reads};

use crate::databases::{branches, filled_cache_db, filled_state, read_balance, read_storage};
use crate::journal::{Journaled, balance_writes, inserts, scopes, undo, writes};

fn main() {
    let (subject, workload, load) = &order();
    let slots = if workload.starts_with("balance") || workload == "insert" { 0 } else { load.size };
    let state = || filled_state(load, slots);
    let cache_db = || filled_cache_db(load, slots);
    let on_journal = |work| measure(Journaled::new(load, slots), load, work);
    match (subject.as_str(), workload.as_str()) {
        ("State", "storage-read") => measure(state(), load, storage_reads(read_storage)),
        ("State", "balance-read") => measure(state(), load, balance_reads(read_balance)),
        ("CacheDB", "storage-read") => measure(cache_db(), load, storage_reads(read_storage)),
        ("CacheDB", "balance-read") => measure(cache_db(), load, balance_reads(read_balance)),
        ("CacheDB", "branch") => measure((cache_db(), vec![]), load, branches()),
        ("Journal", "storage-read") => on_journal(storage_reads(Journaled::storage)),
        ("Journal", "balance-read") => on_journal(balance_reads(Journaled::balance)),
        ("Journal", "balance-write") => on_journal(balance_writes()),
        ("Journal", "insert") => on_journal(inserts()),
        ("Journal", "overwrite") => on_journal(writes()),
        ("Journal", "undo") => on_journal(undo()),
        ("Journal", "scope-revert") => on_journal(scopes::<true>()),
        ("Journal", "scope-commit") => on_journal(scopes::<false>()),
        _ => panic!("{subject} does not do {workload}"),
    }
}
