/**
 * A program that forks a node over an LMDB store, reads all sample contracts one by one, and prints
 * `right` if they are as they were created, else `wrong`.
 *
 * Arguments: URL of the node, folder of the store, number of contracts, slots of each.
 */

import { isDeepStrictEqual } from 'node:util'

import { StateManager } from '../../src/index.ts'
import { keepEveryBlock } from '../../src/store/index.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { entriesOf, readOneByOne, sampleContracts } from './many-contracts.ts'

const [rpcClient = '', path = '', accounts, slotsEach] = process.argv.slice(2)
const contracts = sampleContracts({ accounts: Number(accounts), slotsEach: Number(slotsEach) })

const store = new LmdbStore({ path })
const fork = new StateManager({ rpcClient, store, storeOptions: { policy: keepEveryBlock } })
await fork.prefetch(entriesOf(contracts))
const seen = await readOneByOne(fork, contracts)
fork.destroy()
await store.close()
console.log(isDeepStrictEqual(seen, contracts) ? 'right' : 'wrong')
