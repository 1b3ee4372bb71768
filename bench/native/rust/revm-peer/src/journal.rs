//! Reads through a journal, and journaled writes.

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, Use, random_address};
use peer_kit::measure::{Load, Workload, nothing};
use peer_kit::reads::{Bench, Read, digest};
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

impl Read<Key> for Journaled {
    fn read(&mut self, key: &Key) -> U256 {
        self.journal.sload(key.address, key.slot).expect("it is cached").data
    }
}

impl Read<Address> for Journaled {
    fn read(&mut self, address: &Address) -> U256 {
        self.journal.load_account(*address).expect("it is cached").data.info.balance
    }
}

impl Journaled {
    /// Loads all accounts, without which revm neither reads nor writes slots of them, and as many
    /// slots.
    pub fn new(load: &Load, slots: u64) -> Self {
        let journal = Journal::new(filled_state(load, slots).0);
        let mut journaled = Self { journal, outer: JournalCheckpoint::default() };
        (0..load.accounts).for_each(|at| _ = journaled.read(&random_address(at)));
        (0..slots).for_each(|at| _ = journaled.read(&Key::new(load, at)));
        journaled
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

type Work<Item = Key> = Workload<Bench<Journaled, Item>>;

/// What is done to a state in one checkpoint.
fn checkpointed<Item: Use>(run: fn(&mut Bench<Journaled, Item>)) -> Work<Item>
where
    Journaled: Read<Item>,
{
    Workload {
        uses: 1,
        prepare: |bench| bench.state.open(),
        run,
        restore: |bench| bench.state.revert(),
        digest: |bench| digest::<Item>(&mut bench.state, &bench.load, 0),
    }
}

fn write_all(Bench { state, uses, values, .. }: &mut Bench<Journaled>) {
    state.write(uses, values);
}

/// One write a call.
pub fn writes() -> Work {
    checkpointed(write_all)
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
pub fn scopes<const ARE_REVERTED: bool>() -> Work {
    let run = |Bench { state, uses, values, .. }: &mut Bench<Journaled>| {
        for (keys, values) in uses.chunks_exact(WRITES).zip(values.chunks_exact(WRITES)) {
            let checkpoint = state.journal.checkpoint();
            state.write(keys, values);
            if ARE_REVERTED {
                state.journal.checkpoint_revert(checkpoint);
            } else {
                state.journal.checkpoint_commit();
            }
        }
    };
    Workload { uses: WRITES as u64, ..checkpointed(run) }
}

/// Writes of slots that are not there, each call another.
pub fn inserts() -> Work {
    let prepare = |bench: &mut Bench<Journaled>| {
        bench.uses = (0..bench.load.calls).map(|at| Key::new(&bench.load, at)).collect();
        bench.state = Journaled::new(&bench.load, 0);
        bench.state.open();
    };
    Workload { prepare, restore: nothing, ..writes() }
}

pub fn balance_writes() -> Work<Address> {
    checkpointed(|Bench { state, uses, values, .. }| {
        for (address, balance) in uses.iter().zip(values) {
            let mut account = state.journal.load_account_mut(*address).expect("it is cached");
            account.set_balance(*balance);
        }
    })
}
