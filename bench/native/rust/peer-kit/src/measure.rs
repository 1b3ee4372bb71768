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

pub trait Workload {
    /// Before each round, not timed.
    fn prepare(&mut self) {}
    fn run(&mut self);
    /// After each round, not timed.
    fn restore(&mut self) {}
    /// Over the whole state, after a round and when it was restored.
    fn digest(&mut self) -> u64;
}

/// What is to be done, from `PROGRAM SUBJECT WORKLOAD SIZE ACCOUNTS CALLS ROUNDS`.
pub struct Order {
    pub subject: String,
    pub workload: String,
    pub load: Load,
}

impl Order {
    /// # Panics
    /// If the words are others.
    pub fn from_command_line() -> Self {
        let words: Vec<String> = env::args().skip(1).collect();
        let [subject, workload, numbers @ ..] = words.as_slice() else {
            panic!("SUBJECT WORKLOAD SIZE ACCOUNTS CALLS ROUNDS");
        };
        let number = |at: usize| numbers[at].parse::<u64>().expect("a number");
        Self {
            subject: subject.clone(),
            workload: workload.clone(),
            load: Load {
                size: number(0),
                accounts: number(1),
                calls: number(2),
                rounds: number(3),
            },
        }
    }
}

/// Runs one round to check it, then those that count; prints the digest and what they took.
pub fn measure(mut workload: impl Workload, load: &Load) {
    workload.prepare();
    workload.run();
    let changed = workload.digest();
    workload.restore();
    let restored = workload.digest();
    let samples: Vec<String> = (0..load.rounds)
        .map(|_| {
            workload.prepare();
            let start = processor_nanoseconds();
            workload.run();
            let elapsed = processor_nanoseconds() - start;
            workload.restore();
            format!("{:.3}", elapsed as f64 / load.calls as f64)
        })
        .collect();
    assert_eq!(workload.digest(), restored, "the state is not what it was");
    println!(
        "{{\"digest\":\"{changed:016x}{restored:016x}\",\"nanoseconds\":[{}]}}",
        samples.join(",")
    );
}

fn processor_nanoseconds() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `now` only.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    assert_eq!(result, 0, "there is no clock");
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}
