/**
 * Errors: each is a `ForkStateError` with a stable `code`, the address, slot and block it concerns,
 * and a hint. A value that cannot be obtained is an error, never a zero.
 *
 *     npx tsx examples/errors.ts
 */

import { ForkStateError, RpcClientAdapter, RpcError, StateManager } from '../src/index.ts'

/** Prints how a call fails. */
async function show(what: string, call: () => unknown): Promise<void> {
  try {
    await call()
    console.log(`${what}: no error`)
  } catch (error) {
    if (!(error instanceof ForkStateError)) throw error
    console.log(`${what}: ${error.name} ${error.code}`)
    // The message lists the address, the details and the hint on separate lines.
    if (error instanceof RpcError) console.log(`  ${error.message.replaceAll('\n', '\n  ')}`)
  }
}

const account = '0x00000000000000000000000000000000000a11ce'
const memory = new StateManager()

await show('a short address', () => memory.getBalance('0xa11ce'))
await show('a balance of 2^256', () => memory.setBalance(account, 2n ** 256n))
await show('revert without a checkpoint', () => memory.revert())
await show('a snapshot that never was', () => memory.revertToSnapshot(1n))
memory.destroy()
await show('a destroyed manager', () => memory.getBalance(account))

// No node listens at this URL. Its API key does not appear in the message.
const url = 'http://127.0.0.1:18999/v2/0123456789abcdef-api-key'
const client = new RpcClientAdapter(url, { retries: 0 })
await show('a call to a node that is down', () => client.getChainId())

const fork = new StateManager({ rpcClient: client })
await show('a read from it', () => fork.getBalance(account))

// The failed read left nothing in the cache: the value is still unknown.
console.log('known:', fork.peekBalance(account))
fork.setBalance(account, 1n)
console.log('written:', await fork.getBalance(account))
fork.destroy()

const stop = new AbortController()
const aborted = new StateManager({ rpcClient: client, signal: stop.signal })
const read = aborted.getBalance(account)
stop.abort()
await show('an aborted read', () => read)
aborted.destroy()
client.close()
