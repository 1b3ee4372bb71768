//! Keys and values by their number, the same in every program: words of splitmix64.

use alloy_primitives::{Address, U256};

use crate::measure::Load;

#[derive(Clone, Copy)]
pub enum Sequence {
    Addresses = 1,
    Slots,
    Values,
    Choices,
    Written,
}

pub fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

pub fn random_word(sequence: Sequence, number: u64) -> u64 {
    let state = (number.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mix((sequence as u64).wrapping_add(state))
}

/// Four words of a sequence, the highest first.
pub fn random_value(sequence: Sequence, number: u64) -> U256 {
    let word = |at| random_word(sequence, 4 * number + at);
    U256::from_limbs([word(3), word(2), word(1), word(0)])
}

pub fn random_address(number: u64) -> Address {
    let bytes = random_value(Sequence::Addresses, number).to_be_bytes::<32>();
    Address::from_slice(&bytes[..20])
}

pub fn fold(digest: u64, value: U256) -> u64 {
    let limbs = value.into_limbs();
    limbs.iter().rev().fold(digest, |folded, limb| mix(folded ^ limb))
}

pub struct Key {
    pub address: Address,
    pub slot: U256,
}

impl Key {
    pub fn new(load: &Load, index: u64) -> Self {
        let address = random_address(index % load.accounts);
        Self { address, slot: random_value(Sequence::Slots, index) }
    }
}
