//! Reads through a journal, and journaled writes.

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, random_address};
use peer_kit::measure::{Bench, Load, Read, Workload, nothing, reads};
use revm_context::context_interface::journaled_state::JournalCheckpoint;
use revm_context::context_interface::journaled_state::account::JournaledAccountTr;
use revm_context::{Journal, JournalTr};
use revm_database::{EmptyDB, State};

use crate::databases::filled_state;

/// Writes in one checkpoint.
const WRITES: usize = 10;

/// A journal, and the checkpoint around what is written to it.
pub struct Journaled {
    journal: Journal<State<EmptyDB>>,
    outer: JournalCheckpoint,
}

impl Journaled {
    /// Loads all accounts, without which revm neither reads nor writes slots of them, and as many
    /// slots.
    pub fn new(load: &Load, slots: u64) -> Self {
        let journal = Journal::new(filled_state(load, slots));
        let mut journaled = Self { journal, outer: JournalCheckpoint::default() };
        for index in 0..load.accounts {
            journaled.journal.load_account(random_address(index)).expect("it is there");
        }
        (0..slots).for_each(|index| _ = journaled.storage(&Key::new(load, index)));
        journaled
    }

    pub fn storage(&mut self, key: &Key) -> U256 {
        self.journal.sload(key.address, key.slot).expect("it is cached").data
    }

    pub fn balance(&mut self, address: &Address) -> U256 {
        self.journal.load_account(*address).expect("it is cached").data.info.balance
    }

    fn open(&mut self) {
        self.outer = self.journal.checkpoint();
    }

    fn revert(&mut self) {
        self.journal.checkpoint_revert(self.outer);
    }

    fn write(&mut self, keys: &[Key], values: &[U256]) {
        for (Key { address, slot }, value) in keys.iter().zip(values) {
            self.journal.sstore(*address, *slot, *value).expect("it is cached");
        }
    }
}

type Work = Workload<Journaled>;

/// What is done to a state in one checkpoint.
fn checkpointed(run: fn(&mut Bench<Journaled>), read: impl Read<Journaled>) -> Work {
    Workload {
        prepare: |bench| bench.state.open(),
        run: Box::new(run),
        restore: |bench| bench.state.revert(),
        ..reads(read)
    }
}

fn write_all(Bench { state, keys, values, .. }: &mut Bench<Journaled>) {
    state.write(keys, values);
}

/// One write a call.
pub fn writes() -> Work {
    checkpointed(write_all, Journaled::storage)
}

/// Reverts what [`writes`] wrote.
pub fn undo() -> Work {
    let prepare = |bench: &mut Bench<Journaled>| {
        bench.state.open();
        write_all(bench);
    };
    let run = Box::new(|bench: &mut Bench<Journaled>| bench.state.revert());
    Workload { prepare, run, restore: nothing, ..writes() }
}

/// Checkpoints with a few writes each, all inside another checkpoint.
pub fn scopes<const ARE_REVERTED: bool>() -> Work {
    let run = |Bench { state, keys, values, .. }: &mut Bench<Journaled>| {
        for (keys, values) in keys.chunks_exact(WRITES).zip(values.chunks_exact(WRITES)) {
            let checkpoint = state.journal.checkpoint();
            state.write(keys, values);
            if ARE_REVERTED {
                state.journal.checkpoint_revert(checkpoint);
            } else {
                state.journal.checkpoint_commit();
            }
        }
    };
    Workload { uses: WRITES as u64, run: Box::new(run), ..writes() }
}

/// Writes of slots that are not there, each call another.
pub fn inserts() -> Work {
    let prepare = |bench: &mut Bench<Journaled>| {
        bench.keys = (0..bench.load.calls).map(|at| Key::new(&bench.load, at)).collect();
        bench.state = Journaled::new(&bench.load, 0);
        bench.state.open();
    };
    Workload { prepare, restore: nothing, ..writes() }
}

pub fn balance_writes() -> Work {
    let run = |Bench { state, addresses, values, .. }: &mut Bench<Journaled>| {
        for (address, balance) in addresses.iter().zip(values) {
            let mut account = state.journal.load_account_mut(*address).expect("it is cached");
            account.set_balance(*balance);
        }
    };
    checkpointed(run, |journaled, key| journaled.balance(&key.address))
}
