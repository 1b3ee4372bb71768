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
use peer_kit::keys::{Key, chosen_addresses, chosen_keys};
use peer_kit::measure::{Load, Workload, measure, order};
use peer_kit::reads::{Bench, balance_reads, storage_reads};

use crate::databases::{branches, filled_cache_db, filled_state, funded_cache_db, funded_state};
use crate::journal::{Journaled, WRITES};

fn main() {
    let (subject, workload, load) = order();
    match (subject.as_str(), workload.as_str()) {
        ("State", "storage-read") => on_slots(filled_state(&load), &load, storage_reads()),
        ("State", "balance-read") => on_accounts(funded_state(&load), &load, balance_reads()),
        ("CacheDB", "storage-read") => on_slots(filled_cache_db(&load), &load, storage_reads()),
        ("CacheDB", "balance-read") => on_accounts(funded_cache_db(&load), &load, balance_reads()),
        ("CacheDB", "branch") => on_slots((filled_cache_db(&load), vec![]), &load, branches()),
        ("Journal", "storage-read") => {
            on_slots(Journaled::storage(&load, 0), &load, storage_reads());
        }
        ("Journal", "balance-read") => {
            on_accounts(Journaled::accounts(&load), &load, balance_reads());
        }
        ("Journal", "balance-write") => {
            on_accounts(Journaled::accounts(&load), &load, journal::balance_writes());
        }
        ("Journal", "insert") => {
            let uses = (0..load.calls).map(|at| Key::new(&load, at)).collect();
            let bench = Bench::new(Journaled::without_slots(&load), &load, uses);
            measure(bench, &load, journal::inserts());
        }
        ("Journal", name) => {
            let (count, writes) = match name {
                "overwrite" => (load.calls, journal::writes()),
                "undo" => (load.calls, journal::undo()),
                "scope-revert" => (load.calls * WRITES as u64, journal::reverted_scopes()),
                "scope-commit" => (load.calls * WRITES as u64, journal::committed_scopes()),
                _ => panic!("Journal does not do {name}"),
            };
            let state = Journaled::storage(&load, count);
            measure(Bench::new(state, &load, chosen_keys(&load, count)), &load, writes);
        }
        _ => panic!("{subject} does not do {workload}"),
    }
}

fn on_slots<State>(state: State, load: &Load, workload: Workload<Bench<State>>) {
    measure(Bench::new(state, load, chosen_keys(load, load.calls)), load, workload);
}

fn on_accounts<State>(state: State, load: &Load, workload: Workload<Bench<State, Address>>) {
    measure(Bench::new(state, load, chosen_addresses(load)), load, workload);
}
