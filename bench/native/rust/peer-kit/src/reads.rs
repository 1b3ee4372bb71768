//! Reads, of whatever can be read.

use alloy_primitives::{Address, U256};

use crate::keys::{Key, fold, mix, random_address};
use crate::measure::{Load, Workload, nothing};

pub trait StorageReader {
    fn storage(&mut self, key: &Key) -> U256;
}

pub trait BalanceReader {
    fn balance(&mut self, address: Address) -> U256;
}

/// A state, and what each call, or each write of it, uses in order: keys, or addresses alone.
pub struct Bench<State, Use = Key> {
    pub state: State,
    pub load: Load,
    pub uses: Vec<Use>,
    /// Of what was read.
    sum: u64,
}

impl<State, Use> Bench<State, Use> {
    pub fn new(state: State, load: &Load, uses: Vec<Use>) -> Self {
        Self { state, load: *load, uses, sum: 0 }
    }

    fn sum_up(&mut self, mut read: impl FnMut(&mut State, &Use) -> U256) {
        let mut sum = 0u64;
        for each in &self.uses {
            sum = sum.wrapping_add(read(&mut self.state, each).as_limbs()[0]);
        }
        self.sum = sum;
    }
}

pub fn storage_reads<State: StorageReader>() -> Workload<Bench<State>> {
    Workload {
        prepare: nothing,
        run: |bench| bench.sum_up(|state, key| state.storage(key)),
        restore: nothing,
        digest: |bench| mix(storage_digest(&mut bench.state, &bench.load) ^ bench.sum),
    }
}

pub fn balance_reads<State: BalanceReader>() -> Workload<Bench<State, Address>> {
    Workload {
        prepare: nothing,
        run: |bench| bench.sum_up(|state, address| state.balance(*address)),
        restore: nothing,
        digest: balance_digest,
    }
}

pub fn storage_digest(reader: &mut impl StorageReader, load: &Load) -> u64 {
    (0..load.size).fold(0, |digest, index| fold(digest, reader.storage(&Key::new(load, index))))
}

pub fn balance_digest<State: BalanceReader>(bench: &mut Bench<State, Address>) -> u64 {
    (0..bench.load.size)
        .fold(bench.sum, |digest, index| fold(digest, bench.state.balance(random_address(index))))
}
