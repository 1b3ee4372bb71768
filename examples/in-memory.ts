/**
 * State in memory, without a chain: whatever was not written is absent or zero, so no read waits.
 *
 *     npx tsx examples/in-memory.ts
 */

import { StateManager } from '../src/index.ts' // in your project: 'forkstate'

const alice = '0x00000000000000000000000000000000000a11ce'
const token = '0x0000000000000000000000000000000000000c0d'

// `using` destroys the manager at the end of the block. Without it, call state.destroy().
using state = new StateManager()

state.setBalance(alice, 10n ** 18n)
state.setNonce(alice, 7n)
state.setCode(token, '0x602a60005260206000f3')
state.setStorage(token, 0n, 1_000_000n) // slots and values: 32 bytes, hex or bigint

console.log('balance:', await state.getBalance(alice))
console.log('slot 0:', await state.getStorage(token, 0n))
console.log('slot 1:', await state.getStorage(token, 1n))
console.log('code:', await state.getCode(token))

// An absent account is undefined; its balance reads 0.
const nobody = '0x000000000000000000000000000000000000dead'
console.log('nobody:', await state.getAccount(nobody), await state.getBalance(nobody))

// Bytes are accepted wherever hex is. Peeks are synchronous, and in memory they know every value.
const address = new Uint8Array(20).fill(0x11)
state.setBalance(address, 5n)
console.log('peek:', state.peekBalance('0x1111111111111111111111111111111111111111'))

state.deleteAccount(token)
console.log('deleted:', await state.getAccount(token), await state.getStorage(token, 0n))
