/**
 * Builds the addon for this machine and runs the suites that load it: `test/native/` and
 * `test/conformance/`. This is what a platform other than the developer's own has to pass, so
 * nothing else is built or run: no generated file is written, and no Ethereum node is started.
 *
 * An addon that is absent or does not load fails here instead of being skipped. Arguments go to
 * vitest.
 */

import { existsSync } from 'node:fs'
import { prebuiltPath } from '../src/ffi/native.ts'
import { loadNative } from '../src/native.ts'
import { copyPrebuilds } from './copy-prebuilds.ts'
import { zigBuild } from './core-files.ts'
import { runNodeTool, runScript, ScriptError } from './project.ts'

const suites = ['test/native', 'test/conformance']

await runScript(async () => {
  // The C program of the tests is linked on Linux only.
  zigBuild(process.platform === 'linux' ? ['addon', 'lib', 'lib-debug'] : ['addon'])
  copyPrebuilds()
  const addon = prebuiltPath()
  if (!existsSync(addon)) throw new ScriptError(`Zig built no addon at ${addon}`)
  const { kind } = await loadNative()
  console.log(`${addon}: loaded as ${kind}`)
  runNodeTool('vitest/vitest.mjs', ['run', ...suites, ...process.argv.slice(2)])
})
