/**
 * The same state manager with the native core, a Node-API addon, instead of WebAssembly. Both give
 * the same answers. Native memory is not limited to the 4 GiB of a WebAssembly instance.
 *
 *     npx tsx examples/native-engine.ts
 */

import { EngineLoadError, StateManager } from '../src/index.ts'
import { loadNative } from '../src/native.ts' // in your project: 'forkstate/native'

/** The native core if there is one for this platform, otherwise the bundled WebAssembly. */
async function bestEngine() {
  try {
    return await loadNative()
  } catch (error) {
    if (error instanceof EngineLoadError) return undefined
    throw error
  }
}

const contract = '0x0000000000000000000000000000000000000c0d'
const ffi = await bestEngine()

using native = new StateManager({ ffi })
using wasm = new StateManager()
for (const state of [native, wasm]) {
  for (let slot = 0n; slot < 1_000n; slot++) state.setStorage(contract, slot, slot * slot)
}

console.log('engine:', ffi?.kind ?? 'wasm')
console.log('slot 999:', BigInt(await native.getStorage(contract, 999n)))
console.log(
  'equal:',
  (await native.getStorage(contract, 31n)) === (await wasm.getStorage(contract, 31n)),
)
console.log('slots written:', native.metrics().overlaySlots, wasm.metrics().overlaySlots)
