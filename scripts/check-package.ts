/**
 * Packs the package as it would be published, and checks the result from outside: publint, types
 * under every module resolution, and a small project that installs it, compiles against its types
 * and runs each entry point. Packing compiles `src/` and builds the addon for all platforms.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run, runNodeTool, runScript, ScriptError } from './project.ts'

/** A program of a user, which is type-checked and run against the packed package. */
const consumer = `
import { StateManager } from 'forkstate'
import { loadNative } from 'forkstate/native'
import { loadWasm } from 'forkstate/wasm'

const address = '0x00000000000000000000000000000000000000aa'
for (const ffi of [undefined, await loadWasm(), await loadNative()]) {
  const state = new StateManager(ffi === undefined ? {} : { ffi })
  state.setBalance(address, 7n)
  const balance: bigint | undefined = state.peekBalance(address)
  if (balance !== 7n) throw new Error('balance is ' + balance)
  state.destroy()
}
console.log('the packed package works')
`

/** Strict compiler options without the types of Node.js, which also check types of packages. */
const consumerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom', 'esnext.disposable'],
  types: [],
  outDir: 'out',
}

function pack(folder: string): string {
  run('npm', ['pack', '--loglevel', 'error', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new ScriptError('npm pack wrote no tarball')
  return path.join(folder, tarball)
}

function checkContents(tarball: string): void {
  const { stdout } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  const files = stdout.trim().split('\n')
  const wanted = ['dist/index.js', 'dist/index.d.ts', 'core/include/forkstate.h', 'LICENSE']
  const missing = wanted.filter((file) => !files.includes(`package/${file}`))
  if (missing.length > 0) throw new ScriptError(`the package lacks ${missing.join(', ')}`)
  const addons = files.filter((file) => file.endsWith('.node'))
  if (addons.length !== 7) throw new ScriptError(`the package has ${addons.length} addons, not 7`)
  const foreign = files.filter((file) => /\.test|\/test\/|\.zig/.test(file))
  if (foreign.length > 0)
    throw new ScriptError(`these files should not be packed: ${foreign.join(', ')}`)
}

function checkConsumer(tarball: string, folder: string): void {
  const installed = path.join(folder, 'node_modules', 'forkstate')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1'])
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }')
  writeFileSync(path.join(folder, 'main.ts'), consumer)
  for (const [moduleResolution, module] of [
    ['bundler', 'esnext'],
    ['nodenext', 'nodenext'],
  ]) {
    const options = { ...consumerOptions, module, moduleResolution }
    const tsconfig = { compilerOptions: options, files: ['main.ts'] }
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    runNodeTool('typescript/bin/tsc', ['-p', folder])
  }
  run(process.execPath, [path.join(folder, 'out', 'main.js')], { cwd: folder })
}

await runScript(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-package-'))
  try {
    const tarball = pack(folder)
    checkContents(tarball)
    runNodeTool('publint/src/cli.js', ['--strict', tarball])
    runNodeTool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only'])
    checkConsumer(tarball, path.join(folder, 'consumer'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
