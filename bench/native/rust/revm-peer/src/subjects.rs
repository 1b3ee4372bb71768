//! The three of revm that hold a state, and how each is filled and read.

use alloy_primitives::{Address, U256};
use peer_kit::keys::{Key, Sequence, random_address, random_value};
use peer_kit::measure::Load;
use peer_kit::reads::{BalanceReader, StorageReader};
use revm_context::{Journal, JournalTr};
use revm_database::{CacheDB, Database, EmptyDB, State};
use revm_state::AccountInfo;

pub struct StateSubject(State<EmptyDB>);
#[derive(Clone)]
pub struct CacheDbSubject(pub CacheDB<EmptyDB>);
pub struct JournalSubject(pub Journal<State<EmptyDB>>);

impl StorageReader for StateSubject {
    fn storage(&mut self, key: &Key) -> U256 {
        Database::storage(&mut self.0, key.address, key.slot).expect("it is cached")
    }
}

impl BalanceReader for StateSubject {
    fn balance(&mut self, address: Address) -> U256 {
        self.0.basic(address).expect("it is cached").map_or(U256::ZERO, |info| info.balance)
    }
}

impl StorageReader for CacheDbSubject {
    fn storage(&mut self, key: &Key) -> U256 {
        self.0.storage(key.address, key.slot).expect("it is cached")
    }
}

impl BalanceReader for CacheDbSubject {
    fn balance(&mut self, address: Address) -> U256 {
        self.0.basic(address).expect("it is cached").map_or(U256::ZERO, |info| info.balance)
    }
}

impl StorageReader for JournalSubject {
    fn storage(&mut self, key: &Key) -> U256 {
        self.0.sload(key.address, key.slot).expect("it is cached").data
    }
}

impl BalanceReader for JournalSubject {
    fn balance(&mut self, address: Address) -> U256 {
        self.0.load_account(address).expect("it is cached").data.info.balance
    }
}

impl JournalSubject {
    /// Loads the account, without which revm neither reads nor writes slots of it.
    fn with_account(mut self, address: Address) -> Self {
        self.0.load_account(address).expect("it is cached");
        self
    }
}

/// An account that is not empty, so that it stays.
fn account(balance: U256) -> AccountInfo {
    AccountInfo { balance, nonce: 1, ..AccountInfo::default() }
}

pub fn filled_state(load: &Load) -> StateSubject {
    let mut state = State::builder().with_bundle_update().build();
    for index in 0..load.accounts {
        let storage = (index..load.size)
            .step_by(load.accounts as usize)
            .map(|slot| (Key::new(load, slot).slot, random_value(Sequence::Values, slot)))
            .collect();
        state.insert_account_with_storage(random_address(index), account(U256::ZERO), storage);
    }
    StateSubject(state)
}

pub fn funded_state(load: &Load) -> StateSubject {
    let mut state = State::builder().with_bundle_update().build();
    for index in 0..load.size {
        let info = account(random_value(Sequence::Values, index));
        state.insert_account(random_address(index), info);
    }
    StateSubject(state)
}

pub fn filled_cache_db(load: &Load) -> CacheDbSubject {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..load.accounts {
        db.insert_account_info(random_address(index), account(U256::ZERO));
    }
    for index in 0..load.size {
        let Key { address, slot } = Key::new(load, index);
        db.insert_account_storage(address, slot, random_value(Sequence::Values, index))
            .expect("the account is there");
    }
    CacheDbSubject(db)
}

pub fn funded_cache_db(load: &Load) -> CacheDbSubject {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..load.size {
        let info = account(random_value(Sequence::Values, index));
        db.insert_account_info(random_address(index), info);
    }
    CacheDbSubject(db)
}

/// All slots are loaded before they are read or written.
pub fn journal(load: &Load) -> JournalSubject {
    let mut subject = JournalSubject(Journal::new(filled_state(load).0));
    for index in 0..load.accounts {
        subject = subject.with_account(random_address(index));
    }
    for index in 0..load.size {
        subject.storage(&Key::new(load, index));
    }
    subject
}

pub fn journal_of_accounts(load: &Load) -> JournalSubject {
    let mut subject = JournalSubject(Journal::new(funded_state(load).0));
    for index in 0..load.size {
        subject = subject.with_account(random_address(index));
    }
    subject
}

/// A journal with the accounts, but none of the slots.
pub fn journal_without_slots(load: &Load) -> JournalSubject {
    journal(&Load { size: 0, ..*load })
}
