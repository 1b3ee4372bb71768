/**
 * Several endpoints instead of one: if one fails, the next one is asked. An endpoint that lies is
 * detected by proofs, or by a quorum if there are no proofs.
 *
 *     npx tsx examples/several-endpoints.ts [URL]
 */

import type { Eip1193Provider } from '../src/index.ts'
import { FailoverRpcClient, QuorumError, StateManager } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const nowhere = 'http://127.0.0.1:18999'

/** A provider that claims that every account holds 1 wei. */
const liar: Eip1193Provider = {
  async request({ method, params }) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body })
    const { result } = (await response.json()) as { result: object }
    return method === 'eth_getProof' ? { ...result, balance: '0x1' } : result
  },
}

/** Reads a balance, and prints the conditions of the endpoints. */
async function balanceFrom(client: FailoverRpcClient, verify?: false): Promise<bigint> {
  using fork = new StateManager({ rpcClient: client, verify })
  const balance = await fork.getBalance(alice)
  const conditions = client.metrics().endpoints.map(({ condition }) => condition)
  console.log(`  ${conditions.join(', ')}`)
  client.close()
  return balance
}

// The first endpoint that answers is used. One that failed is not used for a while.
console.log('one is down:', await balanceFrom(new FailoverRpcClient([nowhere, url])))

// Answers are proven, so one honest node is enough.
console.log('one lies:', await balanceFrom(new FailoverRpcClient([liar, url])))

// Without proofs, two of three must agree.
const three = new FailoverRpcClient([liar, url, url], { quorum: 2 })
console.log('one of three lies:', await balanceFrom(three, false))

// If they do not agree, the read fails.
const two = new FailoverRpcClient([liar, url], { quorum: 2, retries: 0 })
const error = await balanceFrom(two, false).catch((thrown: unknown) => thrown)
console.log('one against one:', error instanceof QuorumError && error.code)
two.close()
