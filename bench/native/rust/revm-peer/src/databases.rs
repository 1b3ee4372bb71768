//! The databases of revm that hold a state: how they are filled, read and copied.

use std::fmt::Debug;

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, Sequence, random_address, random_value};
use peer_kit::measure::{Bench, Load, Workload, digest, nothing};
use revm_database::{CacheDB, Database, EmptyDB, State};
use revm_state::AccountInfo;

pub fn read_storage<Db: Database<Error: Debug>>(db: &mut Db, key: &Key) -> U256 {
    db.storage(key.address, key.slot).expect("it is cached")
}

pub fn read_balance<Db: Database<Error: Debug>>(db: &mut Db, address: &Address) -> U256 {
    db.basic(*address).expect("it is cached").map_or(U256::ZERO, |info| info.balance)
}

/// An account that is not empty, so that it stays.
fn account(index: u64) -> AccountInfo {
    AccountInfo { balance: value_of(index), nonce: 1, ..AccountInfo::default() }
}

fn value_of(index: u64) -> U256 {
    random_value(Sequence::Values, index)
}

pub fn filled_state(load: &Load, slots: u64) -> State<EmptyDB> {
    let mut state = State::builder().with_bundle_update().build();
    for index in 0..load.accounts {
        let storage = (index..slots)
            .step_by(load.accounts as usize)
            .map(|slot| (Key::new(load, slot).slot, value_of(slot)))
            .collect();
        state.insert_account_with_storage(random_address(index), account(index), storage);
    }
    state
}

pub fn filled_cache_db(load: &Load, slots: u64) -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..load.accounts {
        db.insert_account_info(random_address(index), account(index));
    }
    for index in 0..slots {
        let Key { address, slot } = Key::new(load, index);
        db.insert_account_storage(address, slot, value_of(index)).expect("the account is there");
    }
    db
}

type Db = CacheDB<EmptyDB>;

/// Independent copies of a state. The digest is of one, if there is one, that a write to its origin
/// must not change.
pub fn branches() -> Workload<(Db, Vec<Db>)> {
    Workload {
        uses: 1,
        prepare: nothing,
        run: Box::new(|Bench { state: (origin, copies), load, .. }| {
            copies.extend((0..load.calls).map(|_| origin.clone()));
        }),
        restore: |bench| bench.state.1.clear(),
        digest: Box::new(|Bench { state: (origin, copies), load, .. }| {
            let Some(last) = copies.last_mut() else {
                return digest(origin, load, read_storage, 0);
            };
            let Key { address, slot } = Key::new(load, 0);
            let mut write = |sequence| {
                let value = random_value(sequence, 0);
                origin.insert_account_storage(address, slot, value).expect("it is there");
            };
            write(Sequence::Written);
            let digest = digest(last, load, read_storage, 0);
            write(Sequence::Values);
            digest
        }),
    }
}
