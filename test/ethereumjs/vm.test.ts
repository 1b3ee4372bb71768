/** What the VM of EthereumJS makes of the adapter: empty accounts, failing nodes, copies. */

import { createBlock } from '@ethereumjs/block'
import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createLegacyTx } from '@ethereumjs/tx'
import { Account, type Address, bytesToHex, hexToBytes } from '@ethereumjs/util'
import { buildBlock, createVM, runBlock, runTx, type VM } from '@ethereumjs/vm'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, expect, test } from 'vitest'

import { ForkBlockchain, ForkStateManager } from '../../src/ethereumjs.ts'
import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain, FakeRpcError } from '../support/fake-chain.ts'
import { destroyLater, endForkWorlds } from '../support/fork-world.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { UnprovenClient } from '../support/unproven-client.ts'
import { accountOf, addressOf, makeAdapterWorld, makeLocal, slot } from './adapter-world.ts'

const KEY = word(0xa11ce)
const SENDER = addressOf(privateKeyToAccount(KEY).address)
/** SSTORE(1, SLOAD(1) + 1). */
const COUNTER = Uint8Array.of(0x60, 1, 0x60, 1, 0x54, 0x01, 0x60, 1, 0x55)

afterEach(endForkWorlds)

function rules(hardfork: string): Common {
  return createCustomCommon({ chainId: 31_337 }, Mainnet, { hardfork })
}

async function run(vm: VM, to: Address, value = 0n) {
  const nonce = (await vm.stateManager.getAccount(SENDER))?.nonce ?? 0n
  const options = { common: vm.common }
  const fields = { nonce, to, value, gasLimit: 100_000n, gasPrice: 10_000_000_000n }
  const tx = createLegacyTx(fields, options).sign(hexToBytes(KEY))
  return await runTx(vm, { tx, skipBlockGasLimitValidation: true })
}

async function fund(manager: ForkStateManager): Promise<void> {
  await manager.putAccount(SENDER, accountOf(0n, 10n ** 18n))
}

describeEngines('the VM', (engine) => {
  test.each([
    [Hardfork.Homestead, true],
    [Hardfork.SpuriousDragon, false],
    [Hardfork.Prague, false],
  ])('an empty account that is touched: %s leaves it (%s)', async (hardfork, isLeft) => {
    const manager = makeLocal(engine)
    await fund(manager)
    const [touched, untouched] = [addressOf(freshAddress()), addressOf(freshAddress())]
    for (const at of [touched, untouched]) await manager.putAccount(at, new Account())
    await run(await createVM({ common: rules(hardfork), stateManager: manager }), touched)
    expect((await manager.getAccount(touched)) !== undefined).toBe(isLeft)
    expect((await manager.getAccount(untouched))?.isEmpty()).toBe(true)
  })

  test('touching an account that is absent leaves it absent', async () => {
    const { manager, fork } = await makeAdapterWorld(engine)
    await fund(manager)
    const at = addressOf(freshAddress())
    await run(await createVM({ common: rules(Hardfork.Prague), stateManager: manager }), at)
    expect(await manager.getAccount(at)).toBeUndefined()
    const changed = (await fork.diff()).map(({ address }) => address)
    expect(changed).not.toContain(at.toString())
    expect(changed).toContain(SENDER.toString())
  })

  test('a run over a node that fails is rejected with its error, and can be undone', async () => {
    const { manager, remote, client, fork } = await makeAdapterWorld(engine)
    await fund(manager)
    await manager.putCode(remote, COUNTER)
    const vm = await createVM({ common: rules(Hardfork.Prague), stateManager: manager })
    const [before, start] = [fork.dump(), fork.snapshot()]
    client.before = ({ slots = [] }) => {
      if (slots.length > 0) throw new FakeRpcError(-32_000, 'out of order')
    }
    await expect(run(vm, remote)).rejects.toThrow('out of order')
    // The EVM leaves checkpoints open when it is rejected, whatever the state manager.
    expect(fork.checkpointDepth).toBeGreaterThan(0)
    fork.revertToSnapshot(start)
    expect(fork.checkpointDepth).toBe(0)
    expect(fork.dump()).toEqual(before)

    client.before = undefined
    const { execResult } = await run(vm, remote)
    expect(execResult.exceptionError).toBeUndefined()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(8))
  })

  test('a run over a node without proofs works, and insists on no storage root', async () => {
    const chain = new FakeChain()
    const remote = addressOf(freshAddress())
    const code = bytesToHex(COUNTER)
    const poor = freshAddress() // without nonce and code
    chain.mine({
      [remote.toString()]: { code, storage: { [word(1)]: 7n } },
      [poor]: { balance: 1n },
    })
    const client = new UnprovenClient(chain)
    const state = destroyLater(new StateManager({ rpcClient: client, ffi: engine }))
    const manager = new ForkStateManager({ state })
    await fund(manager)
    const vm = await createVM({ common: rules(Hardfork.Prague), stateManager: manager })
    await run(vm, addressOf(poor), 5n)
    const asked = client.proofs
    await run(vm, addressOf(poor), 5n)
    const { execResult } = await run(vm, remote)
    expect(execResult.exceptionError).toBeUndefined()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(8))
    expect(await manager.getAccount(addressOf(poor))).toMatchObject({ balance: 11n })
    expect(client.proofs).toBe(asked)
  })

  test('a block is built, and run again from the root before it', async () => {
    const manager = makeLocal(engine, { rootHistory: 'all' })
    const blockchain = new ForkBlockchain({ state: manager.state })
    const common = rules(Hardfork.Shanghai)
    await fund(manager)
    const root = await manager.getStateRoot()
    const vm = await createVM({ common, stateManager: manager, blockchain })
    const header = { number: 5n, gasLimit: 30_000_000n, baseFeePerGas: 7n, stateRoot: root }
    const parentBlock = createBlock({ header }, { common, skipConsensusFormatValidation: true })
    const builder = await buildBlock(vm, {
      parentBlock,
      headerData: { ...header, number: 6n, timestamp: 12n },
      withdrawals: [],
      blockOpts: { putBlockIntoBlockchain: true },
    })
    const fields = { to: SENDER, value: 5n, gasLimit: 21_000n, gasPrice: 10n }
    await builder.addTransaction(createLegacyTx(fields, { common }).sign(hexToBytes(KEY)))
    const { block } = await builder.build()
    expect((await blockchain.getBlock(6)).hash()).toEqual(block.hash())
    expect(manager.state.checkpointDepth).toBe(0)
    expect(await manager.getStateRoot()).toEqual(block.header.stateRoot)

    const again = await runBlock(vm, { block, root, skipHeaderValidation: true })
    expect(again.stateRoot).toEqual(block.header.stateRoot)
    const refused = runBlock(vm, { block, root: slot(1), skipHeaderValidation: true })
    await expect(refused).rejects.toMatchObject({ code: 'UNKNOWN_STATE_ROOT' })
  })

  test('a copy of the VM runs on, apart from it', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await fund(manager)
    await manager.putCode(remote, COUNTER)
    const vm = await createVM({ common: rules(Hardfork.Prague), stateManager: manager })
    await run(vm, remote)
    const copy = await vm.shallowCopy()
    using _ = (copy.stateManager as ForkStateManager).state
    await run(copy, remote)
    await run(copy, remote)
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(8))
    expect(await copy.stateManager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(10))
    await run(vm, remote)
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(9))
  })
})
