//! Reads through a journal, and journaled writes.

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, written_values};
use peer_kit::measure::{Load, Workload, nothing};
use peer_kit::reads::{BalanceReader, Bench, StorageReader, balance_digest, storage_digest};
use revm_context::context_interface::journaled_state::JournalCheckpoint;
use revm_context::context_interface::journaled_state::account::JournaledAccountTr;
use revm_context::{Journal, JournalTr};
use revm_database::{EmptyDB, State};

use crate::databases::{Filled, filled_state, funded_state};

/// Writes in one checkpoint.
pub const WRITES: usize = 10;

/// A journal, what is written to it, and the checkpoint around that.
pub struct Journaled {
    journal: Journal<State<EmptyDB>>,
    values: Vec<U256>,
    outer: JournalCheckpoint,
}

impl StorageReader for Journaled {
    fn storage(&mut self, key: &Key) -> U256 {
        self.journal.sload(key.address, key.slot).expect("it is cached").data
    }
}

impl BalanceReader for Journaled {
    fn balance(&mut self, address: Address) -> U256 {
        self.journal.load_account(address).expect("it is cached").data.info.balance
    }
}

impl Journaled {
    /// Loads the accounts, without which revm neither reads nor writes slots of them.
    fn new(db: Filled<State<EmptyDB>>, accounts: u64, writes: u64) -> Self {
        let (values, outer) = (written_values(writes), JournalCheckpoint::default());
        let mut journaled = Self { journal: Journal::new(db.0), values, outer };
        for index in 0..accounts {
            journaled.balance(peer_kit::keys::random_address(index));
        }
        journaled
    }

    /// All slots are loaded before they are read or written.
    pub fn storage(load: &Load, writes: u64) -> Self {
        let mut journaled = Self::new(filled_state(load), load.accounts, writes);
        for index in 0..load.size {
            StorageReader::storage(&mut journaled, &Key::new(load, index));
        }
        journaled
    }

    pub fn accounts(load: &Load) -> Self {
        Self::new(funded_state(load), load.size, load.calls)
    }

    /// With the accounts, but none of the slots.
    pub fn without_slots(load: &Load) -> Self {
        Self::storage(&Load { size: 0, ..*load }, load.calls)
    }

    fn open(&mut self) {
        self.outer = self.journal.checkpoint();
    }

    fn revert(&mut self) {
        self.journal.checkpoint_revert(self.outer);
    }

    fn write(&mut self, keys: &[Key], first: usize) {
        for (at, Key { address, slot }) in keys.iter().enumerate() {
            let value = self.values[first + at];
            self.journal.sstore(*address, *slot, value).expect("it is cached");
        }
    }
}

type Work = Workload<Bench<Journaled>>;

fn write_all(bench: &mut Bench<Journaled>) {
    bench.state.write(&bench.uses, 0);
}

/// One write a call, all in one checkpoint.
pub fn writes() -> Work {
    Workload {
        prepare: |bench| bench.state.open(),
        run: write_all,
        restore: |bench| bench.state.revert(),
        digest: |bench| storage_digest(&mut bench.state, &bench.load),
    }
}

/// Reverts what [`writes`] wrote.
pub fn undo() -> Work {
    let prepare = |bench: &mut Bench<Journaled>| {
        bench.state.open();
        write_all(bench);
    };
    Workload { prepare, run: |bench| bench.state.revert(), restore: nothing, ..writes() }
}

/// Checkpoints with a few writes each, all inside another checkpoint.
pub fn reverted_scopes() -> Work {
    let run = |Bench { state, uses, .. }: &mut Bench<Journaled>| {
        for (at, chunk) in uses.chunks_exact(WRITES).enumerate() {
            let checkpoint = state.journal.checkpoint();
            state.write(chunk, at * WRITES);
            state.journal.checkpoint_revert(checkpoint);
        }
    };
    Workload { run, ..writes() }
}

pub fn committed_scopes() -> Work {
    let run = |Bench { state, uses, .. }: &mut Bench<Journaled>| {
        for (at, chunk) in uses.chunks_exact(WRITES).enumerate() {
            state.journal.checkpoint();
            state.write(chunk, at * WRITES);
            state.journal.checkpoint_commit();
        }
    };
    Workload { run, ..writes() }
}

/// Writes of slots that are not there, each call another.
pub fn inserts() -> Work {
    let prepare = |bench: &mut Bench<Journaled>| {
        bench.state = Journaled::without_slots(&bench.load);
        bench.state.open();
    };
    Workload { prepare, restore: nothing, ..writes() }
}

/// Balances, all in one checkpoint.
pub fn balance_writes() -> Workload<Bench<Journaled, Address>> {
    Workload {
        prepare: |bench| bench.state.open(),
        run: |Bench { state, uses, .. }| {
            for (address, balance) in uses.iter().zip(&state.values) {
                let mut account = state.journal.load_account_mut(*address).expect("it is cached");
                account.set_balance(*balance);
            }
        },
        restore: |bench| bench.state.revert(),
        digest: balance_digest,
    }
}
