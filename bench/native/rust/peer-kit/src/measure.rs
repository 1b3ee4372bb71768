//! Rounds of a workload, timed with the processor time of this process.

use std::env;

use alloy_primitives::{Address, U256};

use crate::keys::{Key, Sequence, fold, mix, random_value, random_word};

/// How much is done.
#[derive(Clone, Copy)]
pub struct Load {
    /// Slots or accounts there are.
    pub size: u64,
    /// Accounts that the slots belong to in turn.
    pub accounts: u64,
    /// Operations a round.
    pub calls: u64,
    pub rounds: u64,
}

/// A state, and what each call, or each write of it, uses in order.
pub struct Bench<State> {
    pub state: State,
    pub load: Load,
    /// Of those that are there, by chance.
    pub keys: Vec<Key>,
    /// Of the keys, next to each other.
    pub addresses: Vec<Address>,
    /// That are not there, one for each key.
    pub values: Vec<U256>,
    /// Of what was read.
    sum: u64,
}

/// What is timed, and what is done before each round and after it.
pub struct Workload<State> {
    /// Keys that one call uses.
    pub uses: u64,
    pub prepare: fn(&mut Bench<State>),
    pub run: Box<dyn Fn(&mut Bench<State>)>,
    pub restore: fn(&mut Bench<State>),
    /// Over the whole state, after a round and when it was restored.
    pub digest: Box<dyn Fn(&mut Bench<State>) -> u64>,
}

/// What is to be done, from `PROGRAM SUBJECT WORKLOAD SIZE ACCOUNTS CALLS ROUNDS`.
pub fn order() -> (String, String, Load) {
    let words: Vec<String> = env::args().skip(1).collect();
    let [subject, workload, numbers @ ..] = words.as_slice() else {
        panic!("SUBJECT WORKLOAD SIZE ACCOUNTS CALLS ROUNDS");
    };
    let [size, accounts, calls, rounds] =
        [0, 1, 2, 3].map(|at: usize| numbers[at].parse().expect("a number"));
    (subject.clone(), workload.clone(), Load { size, accounts, calls, rounds })
}

/// Runs one round to check it, then those that count; prints the digest and what they took.
pub fn measure<State>(state: State, load: &Load, workload: Workload<State>) {
    let Workload { uses, prepare, run, restore, digest } = workload;
    let choose = |at| Key::new(load, random_word(Sequence::Choices, at) % load.size);
    let keys: Vec<Key> = (0..load.calls * uses).map(choose).collect();
    let addresses = keys.iter().map(|key| key.address).collect();
    let values = (0..load.calls * uses).map(|at| random_value(Sequence::Written, at)).collect();
    let mut bench = Bench { state, load: *load, keys, addresses, values, sum: 0 };
    prepare(&mut bench);
    run(&mut bench);
    let changed = digest(&mut bench);
    restore(&mut bench);
    let restored = digest(&mut bench);
    let mut sample = || {
        prepare(&mut bench);
        let start = processor_nanoseconds();
        run(&mut bench);
        let elapsed = processor_nanoseconds() - start;
        restore(&mut bench);
        format!("{:.3}", elapsed as f64 / load.calls as f64)
    };
    let list = (0..load.rounds).map(|_| sample()).collect::<Vec<_>>().join(",");
    assert_eq!(digest(&mut bench), restored, "the state is not what it was");
    println!("{{\"digest\":\"{changed:016x}{restored:016x}\",\"nanoseconds\":[{list}]}}");
}

fn processor_nanoseconds() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `now` only.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    assert_eq!(result, 0, "there is no clock");
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// Reads the slot or the balance of a key.
pub trait Read<State>: Fn(&mut State, &Key) -> U256 + Copy + 'static {}

impl<State, F: Fn(&mut State, &Key) -> U256 + Copy + 'static> Read<State> for F {}

pub fn nothing<State>(_: &mut Bench<State>) {}

pub fn reads<State>(read: impl Read<State>) -> Workload<State> {
    Workload {
        uses: 1,
        prepare: nothing,
        run: Box::new(move |bench| bench.sum = sum_of(&mut bench.state, &bench.keys, read)),
        restore: nothing,
        digest: Box::new(move |bench| digest(&mut bench.state, &bench.load, read, bench.sum)),
    }
}

pub fn storage_reads<State>(read: impl Read<State>) -> Workload<State> {
    let digest = move |bench: &mut Bench<State>| {
        mix(digest(&mut bench.state, &bench.load, read, 0) ^ bench.sum)
    };
    Workload { digest: Box::new(digest), ..reads(read) }
}

/// Addresses next to each other: keys hold slots too, which would cost these reads lines of memory.
pub fn balance_reads<State: 'static>(
    read: impl Fn(&mut State, &Address) -> U256 + Copy + 'static,
) -> Workload<State> {
    let run = move |bench: &mut Bench<State>| {
        bench.sum = sum_of(&mut bench.state, &bench.addresses, read);
    };
    let read_key = move |state: &mut State, key: &Key| read(state, &key.address);
    Workload { run: Box::new(run), ..reads(read_key) }
}

fn sum_of<State, Item>(
    state: &mut State,
    items: &[Item],
    read: impl Fn(&mut State, &Item) -> U256,
) -> u64 {
    let mut sum = 0u64;
    for item in items {
        sum = sum.wrapping_add(read(state, item).as_limbs()[0]);
    }
    sum
}

/// Continues a digest with the whole state.
pub fn digest<State>(state: &mut State, load: &Load, read: impl Read<State>, begun: u64) -> u64 {
    (0..load.size).fold(begun, |digest, index| fold(digest, read(state, &Key::new(load, index))))
}
