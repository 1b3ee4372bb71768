//! The work of bench/groups/native-peers.ts, done by revm.
//!
//!     revm-peer State|CacheDB|Journal WORKLOAD SIZE ACCOUNTS CALLS ROUNDS
//!
//! `State` and `CacheDB` are read as the databases that they are; `Journal` is what the EVM reads
//! and writes through, over a `State`. The slots and values of each call are made before, as revm
//! takes them: 256-bit numbers.

mod branches;
mod subjects;
mod writes;

use peer_kit::measure::{Order, measure};
use peer_kit::reads::{BalanceReads, StorageReads};

use crate::branches::Branches;
use crate::subjects::{filled_cache_db, filled_state, funded_cache_db, funded_state};
use crate::subjects::{journal, journal_of_accounts};
use crate::writes::{BalanceWrites, Inserts, Scopes, Undo, Writes};

fn main() {
    let Order { subject, workload, load } = Order::from_command_line();
    match (subject.as_str(), workload.as_str()) {
        ("State", "storage-read") => measure(StorageReads::new(filled_state(&load), load), &load),
        ("State", "balance-read") => measure(BalanceReads::new(funded_state(&load), load), &load),
        ("CacheDB", "storage-read") => {
            measure(StorageReads::new(filled_cache_db(&load), load), &load);
        }
        ("CacheDB", "balance-read") => {
            measure(BalanceReads::new(funded_cache_db(&load), load), &load);
        }
        ("CacheDB", "branch") => measure(Branches::new(filled_cache_db(&load), load), &load),
        ("Journal", "storage-read") => measure(StorageReads::new(journal(&load), load), &load),
        ("Journal", "balance-read") => {
            measure(BalanceReads::new(journal_of_accounts(&load), load), &load);
        }
        ("Journal", "scope-revert") => measure(Scopes::reverted(journal(&load), load), &load),
        ("Journal", "scope-commit") => measure(Scopes::committed(journal(&load), load), &load),
        ("Journal", "overwrite") => measure(Writes::new(journal(&load), load), &load),
        ("Journal", "undo") => measure(Undo::new(journal(&load), load), &load),
        ("Journal", "insert") => measure(Inserts::new(load), &load),
        ("Journal", "balance-write") => {
            measure(BalanceWrites::new(journal_of_accounts(&load), load), &load);
        }
        _ => panic!("{subject} does not do {workload}"),
    }
}
