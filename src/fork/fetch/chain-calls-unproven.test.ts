import { keccak256 } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { destroyLater, endForkWorlds, REMOTE } from '../../../test/support/fork-world.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import { UnprovenClient } from '../../../test/support/unproven-client.ts'
import type { AccountState } from '../../rpc/rpc-client.ts'
import { StateManager } from '../../state/state-manager.ts'

afterEach(endForkWorlds)

const address = freshAddress()

function makeUnproven() {
  const chain = new FakeChain()
  chain.mine({ [address]: REMOTE })
  const client = new UnprovenClient(chain)
  return { client, fork: destroyLater(new StateManager({ rpcClient: client })) }
}

describe('a node without proofs', () => {
  it('is asked for a proof once, and then read without', async () => {
    const { client, fork } = makeUnproven()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(fork.peekBalance(address)).toBeUndefined()
    const account = await fork.getAccount(address)
    expect(account).toEqual({ balance: 5n, nonce: 2n, codeHash: keccak256('0x6001') })
    expect(await fork.getCode(address)).toBe('0x6001')
    expect(await fork.getAccount(freshAddress())).toBeUndefined()
    expect(client.proofs).toBe(1)
    expect(client.queries.map(({ want }) => want)).toEqual(['slots', 'all', 'all'])
  })

  it('answers an account and its slots in one query', async () => {
    const { client, fork } = makeUnproven()
    const reads = [fork.getStorage(address, 1n), fork.getStorage(address, 2n)]
    const balance = fork.getBalance(address)
    expect(await Promise.all(reads)).toEqual([word(7), word(8)])
    expect(await balance).toBe(5n)
    expect(client.queries).toEqual([{ address, slots: [word(1), word(2)], want: 'all' }])
  })

  it.each<[string, Partial<AccountState>]>([
    ['another account', { address: freshAddress() }],
    ['too few slots', { values: [] }],
    ['no account', { account: undefined as never }],
    ['an account without code and code hash', { account: { balance: 1n, nonce: 1n } }],
  ])('that answers with %s is an error, and nothing is kept', async (_, wrong) => {
    const { client, fork } = makeUnproven()
    const right = client.getAccountState.bind(client)
    client.getAccountState = async (query) => ({ ...(await right(query)), ...wrong })
    const reads = [fork.getBalance(address), fork.getStorage(address, 1n)]
    const outcomes = await Promise.allSettled(reads)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(fork.peekBalance(address)).toBeUndefined()
    client.getAccountState = right
    expect(await fork.getBalance(address)).toBe(5n)
  })
})
