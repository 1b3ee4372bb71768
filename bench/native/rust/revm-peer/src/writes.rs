//! Journaled writes.

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, chosen_keys, written_values};
use peer_kit::measure::{Load, Workload};
use peer_kit::reads::{balance_digest, chosen_addresses, storage_digest};
use revm_context::JournalTr;
use revm_context::context_interface::journaled_state::JournalCheckpoint;
use revm_context::context_interface::journaled_state::account::JournaledAccountTr;

use crate::subjects::{JournalSubject, journal_without_slots};

/// Writes in one checkpoint.
const WRITES: usize = 10;

/// What is written, and the journal that it is written to.
pub struct Writes {
    subject: JournalSubject,
    load: Load,
    keys: Vec<Key>,
    values: Vec<U256>,
    outer: JournalCheckpoint,
}

impl Writes {
    /// One write a call, all in one checkpoint.
    pub fn new(subject: JournalSubject, load: Load) -> Self {
        Self::of_many(subject, load, load.calls)
    }

    fn of_many(subject: JournalSubject, load: Load, count: u64) -> Self {
        let (keys, values) = (chosen_keys(&load, count), written_values(count));
        Self { subject, load, keys, values, outer: JournalCheckpoint::default() }
    }

    fn open(&mut self) {
        self.outer = self.subject.0.checkpoint();
    }

    fn revert(&mut self) {
        self.subject.0.checkpoint_revert(self.outer);
    }

    fn write(&mut self, first: usize, count: usize) {
        for at in first..first + count {
            let Key { address, slot } = self.keys[at];
            self.subject.0.sstore(address, slot, self.values[at]).expect("it is cached");
        }
    }

    fn write_all(&mut self) {
        self.write(0, self.keys.len());
    }
}

impl Workload for Writes {
    fn prepare(&mut self) {
        self.open();
    }

    fn run(&mut self) {
        self.write_all();
    }

    fn restore(&mut self) {
        self.revert();
    }

    fn digest(&mut self) -> u64 {
        storage_digest(&mut self.subject, &self.load)
    }
}

/// Reverts what [`Writes`] wrote.
pub struct Undo(Writes);

impl Undo {
    pub fn new(subject: JournalSubject, load: Load) -> Self {
        Self(Writes::new(subject, load))
    }
}

impl Workload for Undo {
    fn prepare(&mut self) {
        self.0.open();
        self.0.write_all();
    }

    fn run(&mut self) {
        self.0.revert();
    }

    fn digest(&mut self) -> u64 {
        self.0.digest()
    }
}

/// Checkpoints with a few writes each, all inside another checkpoint.
pub struct Scopes {
    writes: Writes,
    is_committed: bool,
}

impl Scopes {
    pub fn reverted(subject: JournalSubject, load: Load) -> Self {
        let writes = Writes::of_many(subject, load, load.calls * WRITES as u64);
        Self { writes, is_committed: false }
    }

    pub fn committed(subject: JournalSubject, load: Load) -> Self {
        Self { is_committed: true, ..Self::reverted(subject, load) }
    }

    fn run_reverted(&mut self) {
        for first in (0..self.writes.keys.len()).step_by(WRITES) {
            let checkpoint = self.writes.subject.0.checkpoint();
            self.writes.write(first, WRITES);
            self.writes.subject.0.checkpoint_revert(checkpoint);
        }
    }

    fn run_committed(&mut self) {
        for first in (0..self.writes.keys.len()).step_by(WRITES) {
            self.writes.subject.0.checkpoint();
            self.writes.write(first, WRITES);
            self.writes.subject.0.checkpoint_commit();
        }
    }
}

impl Workload for Scopes {
    fn prepare(&mut self) {
        self.writes.open();
    }

    fn run(&mut self) {
        if self.is_committed { self.run_committed() } else { self.run_reverted() }
    }

    fn restore(&mut self) {
        self.writes.revert();
    }

    fn digest(&mut self) -> u64 {
        self.writes.digest()
    }
}

/// Writes of slots that are not there, each call another.
pub struct Inserts(Writes);

impl Inserts {
    pub fn new(load: Load) -> Self {
        let mut writes = Writes::new(journal_without_slots(&load), load);
        writes.keys = (0..load.calls).map(|index| Key::new(&load, index)).collect();
        Self(writes)
    }
}

impl Workload for Inserts {
    fn prepare(&mut self) {
        self.0.subject = journal_without_slots(&self.0.load);
        self.0.open();
    }

    fn run(&mut self) {
        self.0.write_all();
    }

    fn digest(&mut self) -> u64 {
        self.0.digest()
    }
}

/// Balances, all in one checkpoint.
pub struct BalanceWrites {
    subject: JournalSubject,
    load: Load,
    addresses: Vec<Address>,
    balances: Vec<U256>,
    outer: JournalCheckpoint,
}

impl BalanceWrites {
    pub fn new(subject: JournalSubject, load: Load) -> Self {
        let (addresses, balances) = (chosen_addresses(&load), written_values(load.calls));
        Self { subject, load, addresses, balances, outer: JournalCheckpoint::default() }
    }
}

impl Workload for BalanceWrites {
    fn prepare(&mut self) {
        self.outer = self.subject.0.checkpoint();
    }

    fn run(&mut self) {
        for (address, balance) in self.addresses.iter().zip(&self.balances) {
            let mut account = self.subject.0.load_account_mut(*address).expect("it is cached");
            account.set_balance(*balance);
        }
    }

    fn restore(&mut self) {
        self.subject.0.checkpoint_revert(self.outer);
    }

    fn digest(&mut self) -> u64 {
        balance_digest(&mut self.subject, &self.load, 0)
    }
}
