import { afterEach, describe, expect, it } from 'vitest'
import type { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient, fakeProvider } from '../../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds, REMOTE } from '../../../test/support/fork-world.ts'
import {
  chainWithAccounts,
  headerClient,
  OTHER_HASH,
  subject,
  withField,
} from '../../../test/support/lying-client.ts'
import { word } from '../../../test/support/sample-keys.ts'
import { ZERO_WORD } from '../../encoding/constants.ts'
import { RpcError } from '../../rpc/errors.ts'
import { FailoverRpcClient } from '../../rpc/failover/failover-client.ts'
import type { BlockHeader, RpcClient } from '../../rpc/rpc-client.ts'
import { RpcClientAdapter } from '../../rpc/rpc-client-adapter.ts'
import type { StateManagerOptions } from '../../state/options.ts'
import { StateManager } from '../../state/state-manager.ts'

afterEach(endForkWorlds)

function forkOf(client: RpcClient, options: StateManagerOptions = {}): StateManager {
  return destroyLater(new StateManager({ ...options, rpcClient: client }))
}

describe('statement 29: the header', () => {
  const forged = (header: BlockHeader): BlockHeader =>
    withField({ ...header, stateRoot: OTHER_HASH }, 'stateRoot', OTHER_HASH)

  it('must hash to the block hash, also by default', async () => {
    const { chain } = chainWithAccounts()
    for (const options of [{}, { verify: true }, { forkBlockTag: chain.head.hash }]) {
      const fork = forkOf(headerClient(chain, forged), options)
      await expect(fork.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
      await expect(fork.pinned()).rejects.toMatchObject({ block: chain.head.hash })
    }
  })

  it('with unknown fields is an error that names them', async () => {
    const { chain } = chainWithAccounts()
    const next = (header: BlockHeader): BlockHeader => ({
      ...withField(header, 'newRoot', OTHER_HASH),
      hash: OTHER_HASH,
    })
    await expect(forkOf(headerClient(chain, next)).pinned()).rejects.toMatchObject({
      unknownFields: ['newRoot'],
    })
  })

  it('is fetched from another endpoint if it is wrong', async () => {
    const { chain, block } = chainWithAccounts()
    const client = new FailoverRpcClient([headerClient(chain, forged), new FakeRpcClient(chain)])
    const fork = forkOf(client)
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.pinned()).toMatchObject({ stateRoot: block.stateRoot })
    client.close()
  })

  it('must have the trusted hash, which then names the block to fork', async () => {
    const { chain, block } = chainWithAccounts()
    chain.mine({ [subject]: { balance: 6n } })
    const client = new FakeRpcClient(chain)
    const fork = forkOf(client, { trustedBlockHash: block.hash })
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.pinned()).toMatchObject({ hash: block.hash, provenTo: 'block hash' })
    const wrong = forkOf(client, { trustedBlockHash: block.hash, forkBlockTag: 'latest' })
    await expect(wrong.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
  })

  it('must have the trusted state root, and then need not match its hash', async () => {
    const { chain, block } = chainWithAccounts()
    const trustedStateRoot = block.stateRoot
    const odd = (header: BlockHeader): BlockHeader => withField(header, 'gasUsed', '0x5')
    const fork = forkOf(headerClient(chain, odd), { trustedStateRoot })
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.pinned()).toMatchObject({
      provenTo: 'state root',
      unprovenBecause: 'the header does not hash to the block hash',
    })
    const both = forkOf(headerClient(chain, odd), {
      trustedStateRoot,
      trustedBlockHash: block.hash,
    })
    await expect(both.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
    const wrong = forkOf(new FakeRpcClient(chain), { trustedStateRoot: OTHER_HASH })
    await expect(wrong.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
  })

  it('of a block named by its hash must have that hash', async () => {
    const { chain, block } = chainWithAccounts()
    chain.mine()
    const client = headerClient(chain, () => chain.head)
    const fork = forkOf(client, { forkBlockTag: block.hash })
    await expect(fork.getBalance(subject)).rejects.toMatchObject({ code: 'PIN_FAILED' })
  })

  it('without fields makes answers proven only to the state root it claims', async () => {
    const { chain } = chainWithAccounts()
    const bare = headerClient(chain, ({ fields: _, ...header }) => header)
    const fork = forkOf(bare)
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.pinned()).toMatchObject({ provenTo: 'state root' })
    expect(fork.metrics()).toMatchObject({ verifying: 1, proofsChecked: 1 })
    const strict = forkOf(bare, { verify: true })
    await expect(strict.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
  })
})

describe('a node that serves no proofs', () => {
  it('and no state root is read unproven, visibly, unless proofs were asked for', async () => {
    const { chain } = chainWithAccounts()
    const dev = headerClient(chain, (header) =>
      withField({ ...header, stateRoot: ZERO_WORD }, 'stateRoot', ZERO_WORD),
    )
    const fork = forkOf(dev)
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.pinned()).toMatchObject({
      provenTo: 'nothing',
      unprovenBecause: 'the state root in the header is a placeholder',
    })
    expect(fork.metrics()).toMatchObject({ verifying: 0, demotions: 1 })
    await expect(fork.getStateRoot()).rejects.toMatchObject({ code: 'NO_STATE_ROOT' })
    for (const options of [{ verify: true }, { forkBlockTag: chain.head.hash }]) {
      const strict = forkOf(dev, options)
      await expect(strict.getBalance(subject)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
    }
  })

  /** Refuses `eth_getProof`, and serves plain reads. */
  function unprovingProvider(chain: FakeChain) {
    const honest = fakeProvider(chain)
    const { code, nonce, balance, storage } = REMOTE
    const plain: Readonly<Record<string, unknown>> = {
      eth_getBalance: `0x${balance.toString(16)}`,
      eth_getTransactionCount: `0x${nonce.toString(16)}`,
      eth_getCode: code,
      eth_getStorageAt: `0x${storage[word(1)]?.toString(16).padStart(64, '0')}`,
    }
    return {
      async request(args: { readonly method: string; readonly params?: unknown }) {
        if (args.method === 'eth_getProof') {
          throw Object.assign(new Error('the method eth_getProof does not exist'), {
            code: -32_601,
          })
        }
        return plain[args.method] ?? (await honest.request(args))
      },
    }
  }

  it('but a state root is read unproven, visibly, unless proofs were asked for', async () => {
    const { chain, block } = chainWithAccounts()
    const fork = forkOf(new RpcClientAdapter(unprovingProvider(chain)))
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(await fork.getStorage(subject, 1n)).toBe(word(7))
    expect(await fork.pinned()).toMatchObject({
      provenTo: 'nothing',
      unprovenBecause: 'the node does not serve eth_getProof',
    })
    expect(fork.metrics()).toMatchObject({ verifying: 0, demotions: 1, proofsChecked: 0 })
    await expect(fork.getStateRoot()).resolves.toBe(block.stateRoot)
    fork.setBalance(subject, 1n)
    await expect(fork.getStateRoot()).rejects.toMatchObject({
      check: 'unavailable',
      address: subject,
    })
    for (const options of [{ verify: true }, { trustedBlockHash: block.hash }]) {
      const strict = forkOf(new RpcClientAdapter(unprovingProvider(chain)), options)
      await expect(strict.getBalance(subject)).rejects.toMatchObject({
        code: 'PROOF_INVALID',
        check: 'unavailable',
      })
    }
  })

  it('is reported by pinned() before anything was read', async () => {
    const { chain } = chainWithAccounts()
    const fork = forkOf(new RpcClientAdapter(unprovingProvider(chain)))
    expect(await fork.pinned()).toMatchObject({ provenTo: 'nothing' })
  })

  it('any more after it did is an error', async () => {
    const { chain } = chainWithAccounts()
    const client = new FakeRpcClient(chain)
    const fork = forkOf(client)
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    client.before = () => {
      throw new RpcError('gone', {
        method: 'eth_getProof',
        endpoint: 'test',
        kind: 'unsupported-method',
      })
    }
    fork.clearForkCache()
    await expect(fork.getBalance(subject)).rejects.toMatchObject({ check: 'unavailable' })
  })
})

describe('repin', () => {
  it('needs a trusted hash or root if there was one before', async () => {
    const { chain, block } = chainWithAccounts()
    const next = chain.mine({ [subject]: { balance: 6n } })
    const fork = forkOf(new FakeRpcClient(chain), { trustedBlockHash: block.hash })
    expect(await fork.getBalance(subject)).toBe(5n)
    await expect(fork.repin('latest')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await fork.getBalance(subject)).toBe(5n)
    const { stateRoot, hash } = next
    await fork.repin('latest', { trustedStateRoot: stateRoot })
    expect(await fork.getBalance(subject)).toBe(6n)
    await fork.repin(block.hash)
    expect(await fork.getBalance(subject)).toBe(5n)
    await expect(fork.repin(1n, { trustedBlockHash: hash })).rejects.toMatchObject({
      code: 'HEADER_INVALID',
    })
  })
})
