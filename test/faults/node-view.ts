/**
 * How one node answers calls about a chain: completely or in part, correctly or not. It answers
 * from the chain at that moment, so answers reflect changes since the call was sent.
 */

import type { Hex } from 'viem'

import type { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcError } from '../support/fake-chain.ts'

/** The differences between nodes. */
export interface NodeTraits {
  /** How many blocks it is behind the head. */
  readonly lag: number
  /** It has only the state of the head. */
  readonly isPruned: boolean
  /** It answers plausible wrong values about state and blocks. */
  readonly lies: boolean
  /** It serves `eth_getAccountInfo` and `eth_getStorageValues`. */
  readonly isModern: boolean
}

type Fields = Record<string, unknown>

/** @throws FakeRpcError where a node would answer with an error. */
export function answerCall(
  chain: FakeChain,
  traits: NodeTraits,
  { method, params }: { readonly method: string; readonly params: readonly unknown[] },
): unknown {
  const answer = answerTruly(chain, traits, method, params)
  return traits.lies ? lie(method, answer) : answer
}

function answerTruly(
  chain: FakeChain,
  traits: NodeTraits,
  method: string,
  params: readonly unknown[],
): unknown {
  const head = chain.head.number - BigInt(traits.lag)
  if (method === 'eth_getBlockByNumber' || method === 'eth_getBlockByHash') {
    const name = params[0] === 'latest' ? `0x${head.toString(16)}` : params[0]
    const block = chain.answer(method, [name, false]) as { number: Hex } | null
    return block !== null && BigInt(block.number) > head ? null : block
  }
  if (method === 'eth_chainId' || method === 'eth_blockNumber') return chain.answer(method, params)
  const block = chain.findBlock(params.at(-1)) // throws if it accepts no hashes
  if (block === undefined || block.number > head) throw new FakeRpcError(-32001, 'header not found')
  if (traits.isPruned && block.number < head) {
    throw new FakeRpcError(-32000, 'missing trie node 12 (path ) state 0x12 is not available')
  }
  return answerState(chain, traits, method, params)
}

function answerState(
  chain: FakeChain,
  { isModern }: NodeTraits,
  method: string,
  params: readonly unknown[],
): unknown {
  const block = chain.findBlock(params.at(-1))
  const account = (address: Hex) => chain.account(address, block)
  const slotOf = (address: Hex, key: Hex) => word(account(address).storage.get(key) ?? 0n)
  const [target, slot] = params as [Hex, Hex]
  switch (method) {
    case 'eth_getBalance':
      return quantity(account(target).balance)
    case 'eth_getTransactionCount':
      return quantity(account(target).nonce)
    case 'eth_getStorageAt':
      return slotOf(target, slot)
    case 'eth_getAccountInfo': {
      if (!isModern) break
      const { balance, nonce, code } = account(target)
      return { balance: quantity(balance), nonce: quantity(nonce), code }
    }
    case 'eth_getStorageValues':
      if (!isModern) break
      return Object.fromEntries(
        Object.entries(params[0] as Record<Hex, Hex[]>).map(([address, slots]) => [
          address,
          slots.map((one) => slotOf(address as Hex, one)),
        ]),
      )
  }
  return chain.answer(method, params)
}

function lie(method: string, answer: unknown): unknown {
  if (answer === null || method === 'eth_chainId') return answer
  if (typeof answer === 'string') return method === 'eth_getCode' ? `${answer}00` : more(answer)
  const fields = answer as Fields
  switch (method) {
    case 'eth_getProof': {
      const slots = fields['storageProof'] as Fields[]
      const storageProof = slots.map((slot) => ({ ...slot, value: more(slot['value']) }))
      return { ...fields, balance: more(fields['balance']), storageProof }
    }
    case 'eth_getAccountInfo':
      return { ...fields, balance: more(fields['balance']) }
    case 'eth_getStorageValues':
      return Object.fromEntries(
        Object.entries(fields).map(([address, values]) => [address, (values as Hex[]).map(more)]),
      )
    default:
      return { ...fields, stateRoot: word(0xbadn) }
  }
}

function more(value: unknown): string {
  return quantity(BigInt(value as Hex) + 1n)
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
