//! The reads of bench/groups/native-peers, done by the backend of foundry-fork-db, everything
//! being cached: the node behind it is never asked.

use alloy_provider::ProviderBuilder;
use alloy_provider::network::AnyNetwork;
use alloy_transport::mock::Asserter;
use foundry_fork_db::backend::BlockingMode;
use foundry_fork_db::cache::BlockchainDbMeta;
use foundry_fork_db::{BlockchainDb, SharedBackend};
use peer_kit::keys::{Key, Sequence, random_value};
use peer_kit::measure::{Load, measure, order, storage_reads};
use revm_database_interface::DatabaseRef;

type Backend = SharedBackend<AnyNetwork, ()>;

fn filled_backend(load: &Load) -> Backend {
    let db = BlockchainDb::new(BlockchainDbMeta::default(), None);
    let mut accounts = db.storage().write();
    for index in 0..load.size {
        let Key { address, slot } = Key::new(load, index);
        let value = random_value(Sequence::Values, index);
        accounts.entry(address).or_default().insert(slot, value);
    }
    drop(accounts);
    let node = ProviderBuilder::new().network().connect_mocked_client(Asserter::new());
    let backend = SharedBackend::spawn_backend_thread(node, db, None);
    backend.with_blocking_mode(BlockingMode::Block)
}

fn main() {
    let (subject, workload, load) = order();
    assert_eq!((subject.as_str(), workload.as_str()), ("SharedBackend", "storage-read"));
    let read = |backend: &mut Backend, key: &Key| {
        backend.storage_ref(key.address, key.slot).expect("it is cached")
    };
    measure(filled_backend(&load), &load, storage_reads(read));
}
