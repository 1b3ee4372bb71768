/**
 * The builds of the core that a suite runs over.
 *
 * An absent build is shown as a skipped group with the reason. A build that exists but cannot be
 * loaded for another reason fails the test file.
 */

import { describe } from 'vitest'

import { ForkStateError } from '../../src/diagnostics/errors.ts'
import type { Engine } from '../../src/ffi/engine.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'

/** One build, or why it is absent. */
export interface EngineCase {
  readonly kind: 'wasm' | 'native'
  readonly engine: Engine | undefined
  readonly absence: string | undefined
}

/** Both builds, WebAssembly first. */
export const engineCases: readonly EngineCase[] = [
  { kind: 'wasm', engine: await loadWasm(), absence: undefined },
  await findNative(),
]

async function findNative(): Promise<EngineCase> {
  try {
    return { kind: 'native', engine: await loadNative(), absence: undefined }
  } catch (error) {
    if (!(error instanceof ForkStateError) || error.code !== 'ENGINE_LOAD') throw error
    return { kind: 'native', engine: undefined, absence: error.shortMessage }
  }
}

/** Runs `body` once per build, in a group named after it. */
export function describeEngines(title: string, body: (engine: Engine) => void): void {
  for (const { kind, engine, absence } of engineCases) {
    if (engine !== undefined) describe(`${title} (${kind})`, () => body(engine))
    else describe.skip(`${title} (${kind}: ${absence})`, () => body(undefined as never))
  }
}
