/**
 * A program for `debug-log.test.ts`: a fork of a provider that refuses, so that no node is needed.
 */

import { StateManager } from '../../src/index.ts'

const provider = {
  request: (): Promise<unknown> =>
    Promise.reject({ code: -32601, message: 'not at https://node.example/v2/SECRET\n\u001b[2J' }),
}
using fork = new StateManager({ rpcClient: provider })
const outcome = await fork.getBalance(`0x${'a1'.repeat(20)}`).then(
  () => 'read',
  (error: { readonly code?: string }) => error.code,
)
console.log(outcome)
