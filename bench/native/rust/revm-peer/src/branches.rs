//! Independent copies of a state.

use peer_kit::keys::{Key, Sequence, random_value};
use peer_kit::measure::{Load, Workload};
use peer_kit::reads::storage_digest;

use crate::subjects::CacheDbSubject;

pub struct Branches {
    subject: CacheDbSubject,
    load: Load,
    branches: Vec<CacheDbSubject>,
}

impl Branches {
    pub fn new(subject: CacheDbSubject, load: Load) -> Self {
        Self { subject, load, branches: Vec::new() }
    }

    fn write_first(&mut self, sequence: Sequence) {
        let Key { address, slot } = Key::new(&self.load, 0);
        let value = random_value(sequence, 0);
        self.subject.0.insert_account_storage(address, slot, value).expect("it is there");
    }
}

impl Workload for Branches {
    fn run(&mut self) {
        for _ in 0..self.load.calls {
            self.branches.push(self.subject.clone());
        }
    }

    fn restore(&mut self) {
        self.branches.clear();
    }

    /// Of a branch, if there is one, that a write to its parent must not change.
    fn digest(&mut self) -> u64 {
        let Some(mut branch) = self.branches.pop() else {
            return storage_digest(&mut self.subject, &self.load);
        };
        self.write_first(Sequence::Written);
        let digest = storage_digest(&mut branch, &self.load);
        self.write_first(Sequence::Values);
        self.branches.push(branch);
        digest
    }
}
