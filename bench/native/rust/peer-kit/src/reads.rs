//! States that can be read, and reads of them.

use alloy_primitives::U256;

use crate::keys::{Key, Sequence, Use, fold, mix, random_value, random_word};
use crate::measure::{Load, Workload, measure, nothing};

pub trait Read<Item> {
    fn read(&mut self, item: &Item) -> U256;
}

/// A state, and what each call, or each write of it, uses in order: keys, or addresses alone.
pub struct Bench<State, Item = Key> {
    pub state: State,
    pub load: Load,
    /// Of those that are there, by chance.
    pub uses: Vec<Item>,
    /// That are not there, one for each use.
    pub values: Vec<U256>,
    /// Of what was read.
    sum: u64,
}

impl<State, Item: Use> Bench<State, Item> {
    pub fn measure(state: State, load: &Load, workload: Workload<Self>) {
        let numbers = 0..load.calls * workload.uses;
        let choose = |at| Item::new(load, random_word(Sequence::Choices, at) % load.size);
        let uses = numbers.clone().map(choose).collect();
        let values = numbers.map(|at| random_value(Sequence::Written, at)).collect();
        measure(Self { state, load: *load, uses, values, sum: 0 }, load, workload);
    }
}

pub fn reads<State: Read<Item>, Item: Use>() -> Workload<Bench<State, Item>> {
    Workload {
        uses: 1,
        prepare: nothing,
        run: |bench| {
            let mut sum = 0u64;
            for each in &bench.uses {
                sum = sum.wrapping_add(bench.state.read(each).as_limbs()[0]);
            }
            bench.sum = sum;
        },
        restore: nothing,
        digest: |bench| digest::<Item>(&mut bench.state, &bench.load, bench.sum),
    }
}

pub fn storage_reads<State: Read<Key>>() -> Workload<Bench<State>> {
    Workload {
        digest: |bench| mix(digest::<Key>(&mut bench.state, &bench.load, 0) ^ bench.sum),
        ..reads()
    }
}

/// Continues a digest with the whole state.
pub fn digest<Item: Use>(state: &mut impl Read<Item>, load: &Load, begun: u64) -> u64 {
    (0..load.size).fold(begun, |digest, at| fold(digest, state.read(&Item::new(load, at))))
}
