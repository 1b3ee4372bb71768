//! The databases of revm that hold a state: how they are filled, read and copied.

use std::fmt::Debug;

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, Sequence, random_address, random_value};
use peer_kit::measure::{Load, Workload, nothing};
use peer_kit::reads::{BalanceReader, Bench, StorageReader, storage_digest};
use revm_database::{CacheDB, Database, EmptyDB, State};
use revm_state::AccountInfo;

#[derive(Clone)]
pub struct Filled<Db>(pub Db);

impl<Db: Database<Error: Debug>> StorageReader for Filled<Db> {
    fn storage(&mut self, key: &Key) -> U256 {
        self.0.storage(key.address, key.slot).expect("it is cached")
    }
}

impl<Db: Database<Error: Debug>> BalanceReader for Filled<Db> {
    fn balance(&mut self, address: Address) -> U256 {
        self.0.basic(address).expect("it is cached").map_or(U256::ZERO, |info| info.balance)
    }
}

/// An account that is not empty, so that it stays.
fn account(balance: U256) -> AccountInfo {
    AccountInfo { balance, nonce: 1, ..AccountInfo::default() }
}

fn value_of(index: u64) -> U256 {
    random_value(Sequence::Values, index)
}

fn empty_state() -> State<EmptyDB> {
    State::builder().with_bundle_update().build()
}

pub fn filled_state(load: &Load) -> Filled<State<EmptyDB>> {
    let mut state = empty_state();
    for index in 0..load.accounts {
        let storage = (index..load.size)
            .step_by(load.accounts as usize)
            .map(|slot| (Key::new(load, slot).slot, value_of(slot)))
            .collect();
        state.insert_account_with_storage(random_address(index), account(U256::ZERO), storage);
    }
    Filled(state)
}

pub fn funded_state(load: &Load) -> Filled<State<EmptyDB>> {
    let mut state = empty_state();
    for index in 0..load.size {
        state.insert_account(random_address(index), account(value_of(index)));
    }
    Filled(state)
}

pub fn filled_cache_db(load: &Load) -> Filled<CacheDB<EmptyDB>> {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..load.accounts {
        db.insert_account_info(random_address(index), account(U256::ZERO));
    }
    for index in 0..load.size {
        let Key { address, slot } = Key::new(load, index);
        db.insert_account_storage(address, slot, value_of(index)).expect("the account is there");
    }
    Filled(db)
}

pub fn funded_cache_db(load: &Load) -> Filled<CacheDB<EmptyDB>> {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..load.size {
        db.insert_account_info(random_address(index), account(value_of(index)));
    }
    Filled(db)
}

type Db = Filled<CacheDB<EmptyDB>>;

/// Independent copies of a state. The digest is of one, if there is one, that a write to its origin
/// must not change.
pub fn branches() -> Workload<Bench<(Db, Vec<Db>)>> {
    Workload {
        prepare: nothing,
        run: |Bench { state: (origin, copies), load, .. }| {
            copies.extend((0..load.calls).map(|_| origin.clone()));
        },
        restore: |bench| bench.state.1.clear(),
        digest: |Bench { state: (origin, copies), load, .. }| {
            let Some(last) = copies.last_mut() else { return storage_digest(origin, load) };
            let Key { address, slot } = Key::new(load, 0);
            let mut write = |sequence| {
                let value = random_value(sequence, 0);
                origin.0.insert_account_storage(address, slot, value).expect("it is there");
            };
            write(Sequence::Written);
            let digest = storage_digest(last, load);
            write(Sequence::Values);
            digest
        },
    }
}
