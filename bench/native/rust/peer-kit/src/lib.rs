//! What the Rust peers share: the keys, which are those of `c/main.c`, and the rounds.

pub mod keys;
pub mod measure;
