/**
 * Builds the addon for this machine and runs the suites that load it: `test/native/` and
 * `test/conformance/`. CI runs it on platforms other than the developer's own, so nothing else is
 * built or run: no generated file is written, and no Ethereum node is started.
 *
 * If the addon is absent or cannot be loaded, this fails instead of skipping tests. Arguments are
 * passed to vitest.
 */

import { existsSync } from 'node:fs'
import { prebuiltPath } from '../src/ffi/native.ts'
import { loadNative } from '../src/native.ts'
import { copyPrebuilds } from './copy-prebuilds.ts'
import { zigBuild } from './core-files.ts'
import { runNodeTool, runScript, ScriptError } from './project.ts'

const suites = ['test/native', 'test/conformance']

await runScript(async () => {
  // The tests link their C program on Linux only.
  zigBuild(process.platform === 'linux' ? ['addon', 'lib', 'lib-debug'] : ['addon'])
  copyPrebuilds()
  const addon = prebuiltPath()
  if (!existsSync(addon)) throw new ScriptError(`Zig built no addon at ${addon}`)
  const { kind } = await loadNative()
  console.log(`${addon}: loaded as ${kind}`)
  runNodeTool('vitest/vitest.mjs', ['run', ...suites, ...process.argv.slice(2)])
})
