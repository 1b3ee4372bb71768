import { afterEach, describe, expect, it } from 'vitest'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds, REMOTE } from '../../../test/support/fork-world.ts'
import {
  chainWithAccounts,
  LIES,
  lyingClient,
  type ProofLie,
  subject,
} from '../../../test/support/lying-client.ts'
import type { Hex } from '../../encoding/hex.ts'
import { FailoverRpcClient } from '../../rpc/failover/failover-client.ts'
import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { StateManagerOptions } from '../../state/options.ts'
import { StateManager } from '../../state/state-manager.ts'

afterEach(endForkWorlds)

function forkOf(client: RpcClient, options: StateManagerOptions = {}): StateManager {
  return destroyLater(new StateManager({ ...options, rpcClient: client }))
}

describe('statement 27: an answer with', () => {
  it.each(LIES)('%s is refused', async (_, check, lie) => {
    const { chain } = chainWithAccounts()
    for (const options of [{}, { verify: true }, { trustedBlockHash: chain.head.hash }]) {
      const fork = forkOf(lyingClient(chain, lie), options)
      const reads = [fork.getStorage(subject, 1n), fork.getStorage(subject, 2n)]
      for (const outcome of await Promise.allSettled(reads)) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { code: 'PROOF_INVALID', check, address: subject, endpoint: 'the RPC client' },
        })
      }
      expect(fork.metrics()).toMatchObject({ baseEntries: 0, proofsChecked: 0, proofsRejected: 1 })
      expect((await fork.pinned()).provenTo).toBe('block hash')
    }
  })

  it.each(LIES)('%s is used only if verification is off', async (_, check, lie) => {
    if (check === 'malformedList') return
    const { chain } = chainWithAccounts()
    const fork = forkOf(lyingClient(chain, lie), { verify: false })
    await Promise.all([fork.getStorage(subject, 1n), fork.getStorage(subject, 2n)])
    expect(await fork.pinned()).toMatchObject({ provenTo: 'nothing' })
    expect(fork.metrics()).toMatchObject({ verifying: 0, demotions: 0, proofsChecked: 0 })
  })

  it('the depth in the error is that of the trie node that fails', async () => {
    const { chain } = chainWithAccounts()
    const lie: ProofLie = (proof) => {
      const nodes = [...proof.accountProof]
      const last = nodes.pop() as Hex
      nodes.push(`${last.slice(0, -2)}${last.endsWith('00') ? '01' : '00'}` as Hex)
      return { ...proof, accountProof: nodes }
    }
    const fork = forkOf(lyingClient(chain, lie))
    const [root] = (
      await new FakeRpcClient(chain).getProof(subject, [], {
        blockNumber: 1n,
      })
    ).accountProof
    expect(root).toBeDefined()
    await expect(fork.getBalance(subject)).rejects.toMatchObject({ check: 'wrongHash', depth: 1 })
  })
})

describe('statement 28: code', () => {
  it('must have the proven hash, else it is fetched from another endpoint', async () => {
    const { chain } = chainWithAccounts()
    const lying = new FakeRpcClient(chain)
    lying.getCode = async () => '0x6002'
    await expect(forkOf(lying).getCode(subject)).rejects.toMatchObject({ code: 'RPC_RESPONSE' })
    const client = new FailoverRpcClient([lying, new FakeRpcClient(chain)])
    expect(await forkOf(client).getCode(subject)).toBe(REMOTE.code)
    expect(client.metrics().endpoints[0]).toMatchObject({ condition: 'suspect', failures: 1 })
    client.close()
  })
})

describe('an answer that is not proven', () => {
  it('is fetched from another endpoint, and counts against the first', async () => {
    const { chain } = chainWithAccounts()
    const lying = lyingClient(chain, (proof) => ({ ...proof, balance: 6n }))
    const client = new FailoverRpcClient([lying, new FakeRpcClient(chain)])
    const fork = forkOf(client, { verify: true })
    expect(await fork.getBalance(subject)).toBe(REMOTE.balance)
    expect(client.metrics().endpoints).toMatchObject([
      { condition: 'suspect', failures: 1 },
      { condition: 'ready', failures: 0 },
    ])
    expect(fork.metrics()).toMatchObject({ proofsChecked: 1, proofsRejected: 1 })
    client.close()
  })

  it('by any endpoint is a ProofError', async () => {
    const { chain } = chainWithAccounts()
    const lie: ProofLie = (proof) => ({ ...proof, balance: 6n })
    const client = new FailoverRpcClient([lyingClient(chain, lie), lyingClient(chain, lie)])
    const read = forkOf(client).getBalance(subject)
    await expect(read).rejects.toMatchObject({ code: 'PROOF_INVALID', endpoint: 'endpoint 1' })
    client.close()
  })

  it('does not count as a vote of a quorum', async () => {
    const { chain } = chainWithAccounts()
    const lie: ProofLie = (proof) => ({ ...proof, balance: 6n })
    const liars = [lyingClient(chain, lie), lyingClient(chain, lie)]
    const honest = [new FakeRpcClient(chain), new FakeRpcClient(chain)]
    const client = new FailoverRpcClient([...liars, ...honest], { quorum: 2 })
    expect(await forkOf(client).getBalance(subject)).toBe(REMOTE.balance)
    client.close()
  })
})
