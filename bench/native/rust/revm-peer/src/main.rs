//! The work of bench/groups/native-peers, done by revm.
//!
//!     revm-peer State|CacheDB|Journal WORKLOAD SIZE ACCOUNTS CALLS ROUNDS
//!
//! `State` and `CacheDB` are read as the databases that they are; `Journal` is what the EVM reads
//! and writes through, over a `State`. The slots and values of each call are made before, as revm
//! takes them: 256-bit numbers.

mod databases;
mod journal;

use alloy_primitives::Address;
use peer_kit::measure::order;
use peer_kit::reads::{Bench, reads, storage_reads};

use crate::databases::{branches, filled_cache_db, filled_state};
use crate::journal::{Journaled, balance_writes, inserts, scopes, undo, writes};

fn main() {
    let (subject, workload, load) = &order();
    let state = |slots| filled_state(load, slots);
    let cache_db = |slots| filled_cache_db(load, slots);
    let journal = |slots| Journaled::new(load, slots);
    match (subject.as_str(), workload.as_str()) {
        ("State", "storage-read") => Bench::measure(state(load.size), load, storage_reads()),
        ("State", "balance-read") => Bench::<_, Address>::measure(state(0), load, reads()),
        ("CacheDB", "storage-read") => Bench::measure(cache_db(load.size), load, storage_reads()),
        ("CacheDB", "balance-read") => Bench::<_, Address>::measure(cache_db(0), load, reads()),
        ("CacheDB", "branch") => Bench::measure((cache_db(load.size), vec![]), load, branches()),
        ("Journal", "storage-read") => Bench::measure(journal(load.size), load, storage_reads()),
        ("Journal", "balance-read") => Bench::<_, Address>::measure(journal(0), load, reads()),
        ("Journal", "balance-write") => Bench::measure(journal(0), load, balance_writes()),
        ("Journal", "insert") => Bench::measure(journal(0), load, inserts()),
        ("Journal", "overwrite") => Bench::measure(journal(load.size), load, writes()),
        ("Journal", "undo") => Bench::measure(journal(load.size), load, undo()),
        ("Journal", "scope-revert") => Bench::measure(journal(load.size), load, scopes::<true>()),
        ("Journal", "scope-commit") => Bench::measure(journal(load.size), load, scopes::<false>()),
        _ => panic!("{subject} does not do {workload}"),
    }
}
