//! Rounds of a workload, timed with the processor time of this process.

use std::env;

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

/// What is timed, and what is done before each round and after it.
pub struct Workload<Bench> {
    /// Keys that one call uses.
    pub uses: u64,
    pub prepare: fn(&mut Bench),
    pub run: Box<dyn Fn(&mut Bench)>,
    pub restore: fn(&mut Bench),
    /// Over the whole state, after a round and when it was restored.
    pub digest: Box<dyn Fn(&mut Bench) -> u64>,
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
pub fn measure<Bench>(mut bench: Bench, load: &Load, workload: Workload<Bench>) {
    let Workload { prepare, run, restore, digest, .. } = workload;
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
