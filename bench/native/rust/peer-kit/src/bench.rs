//! A state and what is done to it.

use alloy_primitives::U256;

use crate::keys::{Key, Sequence, fold, mix, random_value, random_word};
use crate::measure::{Load, Workload, measure};

/// A state, and what each call, or each write of it, uses in order.
pub struct Bench<State> {
    pub state: State,
    pub load: Load,
    /// Of those that are there, by chance.
    pub keys: Vec<Key>,
    /// That are not there, one for each key.
    pub values: Vec<U256>,
    /// Of what was read.
    sum: u64,
}

impl<State> Bench<State> {
    pub fn measure(state: State, load: &Load, workload: Workload<Self>) {
        let numbers = 0..load.calls * workload.uses;
        let choose = |at| Key::new(load, random_word(Sequence::Choices, at) % load.size);
        let keys = numbers.clone().map(choose).collect();
        let values = numbers.map(|at| random_value(Sequence::Written, at)).collect();
        measure(Self { state, load: *load, keys, values, sum: 0 }, load, workload);
    }
}

/// Reads the slot or the balance of a key.
pub trait Read<State>: Fn(&mut State, &Key) -> U256 + Copy + 'static {}

impl<State, F: Fn(&mut State, &Key) -> U256 + Copy + 'static> Read<State> for F {}

pub fn nothing<State>(_: &mut Bench<State>) {}

pub fn reads<State>(read: impl Read<State>) -> Workload<Bench<State>> {
    Workload {
        uses: 1,
        prepare: nothing,
        run: Box::new(move |bench| {
            let mut sum = 0u64;
            for key in &bench.keys {
                sum = sum.wrapping_add(read(&mut bench.state, key).as_limbs()[0]);
            }
            bench.sum = sum;
        }),
        restore: nothing,
        digest: Box::new(move |bench| digest(&mut bench.state, &bench.load, read, bench.sum)),
    }
}

pub fn storage_reads<State>(read: impl Read<State>) -> Workload<Bench<State>> {
    let digest = move |bench: &mut Bench<State>| {
        mix(digest(&mut bench.state, &bench.load, read, 0) ^ bench.sum)
    };
    Workload { digest: Box::new(digest), ..reads(read) }
}

/// Continues a digest with the whole state.
pub fn digest<State>(state: &mut State, load: &Load, read: impl Read<State>, begun: u64) -> u64 {
    (0..load.size).fold(begun, |digest, index| fold(digest, read(state, &Key::new(load, index))))
}
