/**
 * The state before a transaction: a fork of the parent block, and the preceding transactions of the
 * block, for an EVM to replay.
 *
 *     npx tsx examples/transaction.ts [URL [HASH]]
 */

import { forkAtTransaction, type Hex, RpcClientAdapter } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545', given] = process.argv.slice(2)
const rpcClient = new RpcClientAdapter(url)
const dave = '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65'
const nobody = '0x00000000000000000000000000000000000e4413'

/** Sends three transfers in one block, on a dev node. */
async function sendThree(): Promise<Hex> {
  await rpcClient.request('evm_setAutomine', [false])
  let last: unknown
  for (const value of ['0x1', '0x2', '0x3']) {
    last = await rpcClient.request('eth_sendTransaction', [{ from: dave, to: nobody, value }])
  }
  await rpcClient.request('evm_mine')
  await rpcClient.request('evm_setAutomine', [true])
  return last as Hex
}

const hash = (given as Hex | undefined) ?? (await sendThree())
const { state, transactions, transaction, block } = await forkAtTransaction(hash, { rpcClient })
const { number } = await state.pinned()
console.log(`before block ${BigInt(block.number) - number === 1n ? 'of it' : 'another'}`)
console.log(`transactions before it: ${transactions.length}`)
console.log(`it sends ${BigInt(transaction['value'] as Hex)} wei`)
console.log(`nobody has ${await state.getBalance(nobody)} wei`)

// An EVM would run each of them on `state` here. Plain transfers can be applied by hand.
for (const { value } of transactions) {
  state.setBalance(nobody, (await state.getBalance(nobody)) + BigInt(value as Hex))
}
console.log(`what it meets: ${await state.getBalance(nobody)} wei`)
state.destroy()

const unknown: Hex = `0x${'12'.repeat(32)}`
await forkAtTransaction(unknown, { rpcClient }).catch(({ name, reason }) => {
  console.log(`${name}: ${reason}`)
})
