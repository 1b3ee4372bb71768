//! Reads, of whatever can be read.

use alloy_primitives::{Address, U256};

use crate::keys::{Key, chosen_keys, fold, mix, random_address};
use crate::measure::{Load, Workload};

pub trait StorageReader {
    fn storage(&mut self, key: &Key) -> U256;
}

pub trait BalanceReader {
    fn balance(&mut self, address: Address) -> U256;
}

pub struct StorageReads<Reader> {
    reader: Reader,
    load: Load,
    keys: Vec<Key>,
    sum: u64,
}

impl<Reader: StorageReader> StorageReads<Reader> {
    pub fn new(reader: Reader, load: Load) -> Self {
        let keys = chosen_keys(&load, load.calls);
        Self { reader, load, keys, sum: 0 }
    }
}

impl<Reader: StorageReader> Workload for StorageReads<Reader> {
    fn run(&mut self) {
        let mut sum = 0u64;
        for key in &self.keys {
            sum = sum.wrapping_add(self.reader.storage(key).as_limbs()[0]);
        }
        self.sum = sum;
    }

    fn digest(&mut self) -> u64 {
        mix(storage_digest(&mut self.reader, &self.load) ^ self.sum)
    }
}

pub fn storage_digest(reader: &mut impl StorageReader, load: &Load) -> u64 {
    (0..load.size).fold(0, |digest, index| fold(digest, reader.storage(&Key::new(load, index))))
}

pub struct BalanceReads<Reader> {
    reader: Reader,
    load: Load,
    addresses: Vec<Address>,
    sum: u64,
}

impl<Reader: BalanceReader> BalanceReads<Reader> {
    pub fn new(reader: Reader, load: Load) -> Self {
        Self { reader, load, addresses: chosen_addresses(&load), sum: 0 }
    }
}

impl<Reader: BalanceReader> Workload for BalanceReads<Reader> {
    fn run(&mut self) {
        let mut sum = 0u64;
        for address in &self.addresses {
            sum = sum.wrapping_add(self.reader.balance(*address).as_limbs()[0]);
        }
        self.sum = sum;
    }

    fn digest(&mut self) -> u64 {
        balance_digest(&mut self.reader, &self.load, self.sum)
    }
}

/// Accounts that are there, by chance: which one each call uses.
pub fn chosen_addresses(load: &Load) -> Vec<Address> {
    chosen_keys(load, load.calls).into_iter().map(|key| key.address).collect()
}

pub fn balance_digest(reader: &mut impl BalanceReader, load: &Load, sum: u64) -> u64 {
    (0..load.size).fold(sum, |digest, index| fold(digest, reader.balance(random_address(index))))
}
