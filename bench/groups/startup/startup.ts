/** What it costs to begin: loading code, the first manager, and the bytes that users download. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, symlinkSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Group, Job, Named, Row, Target } from '../../kit/group.ts'
import { rowOf } from '../../kit/group.ts'
import { summaryOf } from '../../kit/measure.ts'
import { MERKLE, NATIVE, RPC, SIMPLE, TEVM, WASM } from '../../kit/names.ts'
import { BUILT, buildProgram, inProject, runBundle } from '../../kit/programs.ts'
import { medianOf, OWN } from '../../kit/targets.ts'
import type { Starter, StartReport } from './start-program.ts'

const CORE = 'the WebAssembly core'
const RAW = 'bytes for browsers, minified'
const GZIP = `${RAW}, gzip`
const BROTLI = `${RAW}, Brotli`
const MAKING = 'first manager'
const WORKLOADS: Readonly<Record<keyof StartReport, string>> = {
  loading: 'import',
  making: MAKING,
  makingProcessor: `${MAKING}, processor time`,
  using: 'first write and read',
  all: `import, ${MAKING}, first write and read`,
}
const MAX_WASM_BYTES = { raw: 96 * 1024, compressed: 32 * 1024 }

const starters: readonly (readonly [name: string, starter: Starter])[] = [
  [WASM, 'wasm'],
  [NATIVE, 'native'],
  [`${WASM}, EthereumJS adapter`, 'adapter'],
  ...([
    [SIMPLE, 'simple'],
    [MERKLE, 'merkle'],
    [RPC, 'rpc'],
    [TEVM, 'tevm'],
  ] as const),
]

/** ES modules for users who bundle them for browsers. */
const modules = [
  { name: 'forkstate, everything', module: "export * from '../src/index.ts'" },
  { name: 'forkstate, StateManager', module: "export { StateManager } from '../src/index.ts'" },
  {
    name: 'forkstate, StateManager and the EthereumJS adapter',
    module:
      "export { StateManager } from '../src/index.ts'\n" +
      "export { ForkStateManager } from '../src/ethereumjs.ts'",
  },
  ...['SimpleStateManager', 'MerkleStateManager', 'RPCStateManager'].map((name) => ({
    name: `@ethereumjs/statemanager, ${name}`,
    module: `export { ${name} } from '@ethereumjs/statemanager'`,
  })),
  {
    name: '@tevm/state, createStateManager',
    module: "export { createStateManager } from '@tevm/state'",
    note: 'without `events`, of Node, which it imports',
    external: ['events'],
  },
]

const makingTarget: Target = {
  work: 'first `new StateManager()` of a process, WebAssembly in Node.js',
  target: '<= 5 ms',
  hasFloor: true,
  evaluate(rows) {
    const took = medianOf(rows, { ...OWN, workload: MAKING })
    return { measured: `${(took / 1e6).toFixed(2)} ms`, isMet: took <= 5e6 }
  },
}

const wasmTarget: Target = {
  work: 'size of the WebAssembly core',
  target: '<= 96 KiB raw, <= 32 KiB compressed',
  evaluate(rows) {
    const bytesOf = (workload: string) => medianOf(rows, { workload, subject: CORE })
    const [raw, gzip, brotli] = [bytesOf(RAW), bytesOf(GZIP), bytesOf(BROTLI)]
    return {
      measured: `${raw} bytes raw, ${brotli} with Brotli, ${gzip} with gzip`,
      isMet: raw <= MAX_WASM_BYTES.raw && brotli <= MAX_WASM_BYTES.compressed,
    }
  },
}

export const group: Group = {
  title: 'Start-up and size',
  runtimes: ['Node', 'Bun'],
  targets: [makingTarget, wasmTarget],
  jobs: ({ isQuick }) => [
    ...(isQuick ? starters.slice(0, 1) : starters).map(([name, starter]): Job => {
      return { name, run: () => measureStart(name, starter, isQuick ? 1 : 15) }
    }),
    { name: 'bundles', runtimes: ['Node'], run: measureBundles },
  ],
}

async function measureStart(name: string, starter: Starter, rounds: number): Promise<Row[]> {
  const program = await buildProgram('bench/groups/startup/start-program.ts')
  const args = [starter, pathToFileURL(installedPackage()).href]
  const reports: StartReport[] = []
  // The first one fills the cache of the system.
  for (let round = 0; round <= rounds; round++) {
    const report = (await runBundle(program, args)) as StartReport
    if (round > 0) reports.push(report)
  }
  return Object.entries(WORKLOADS).map(([part, workload]) => {
    const took = reports.map((report) => report[part as keyof StartReport])
    return rowOf({ name }, workload, summaryOf(took))
  })
}

/** Compiles `src/` as the package is built, but for types, once. @returns The folder. */
function installedPackage(): string {
  const root = `${BUILT}package`
  if (existsSync(`${root}/package.json`)) return root
  const config = ['-p', inProject('tsconfig.build.json'), '--outDir', `${root}/dist`]
  const options = ['--noCheck', '--declaration', 'false', '--stripInternal', 'false']
  const tsc = inProject('node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, ...config, ...options], { stdio: ['ignore', 'ignore', 2] })
  if (existsSync(inProject('prebuilds'))) symlinkSync(inProject('prebuilds'), `${root}/prebuilds`)
  copyFileSync(inProject('package.json'), `${root}/package.json`)
  return root
}

async function measureBundles(): Promise<readonly Row[]> {
  const { bundleForBrowsers } = await import('../../../scripts/bundle.ts')
  const { coreWasmBase64 } = await import('../../../src/ffi/core-wasm.gen.ts')
  const rows = rowsOfBytes({ name: CORE }, Buffer.from(coreWasmBase64, 'base64'))
  for (const { name, module, note, external = [] } of modules) {
    // Imports are resolved as in `bench/`.
    const stdin = { contents: module, resolveDir: inProject('bench') }
    rows.push(...rowsOfBytes({ name, note }, await bundleForBrowsers({ stdin, external })))
  }
  return rows
}

function rowsOfBytes(named: Named, bytes: Uint8Array): Row[] {
  const forms = { [RAW]: bytes, [GZIP]: gzipSync(bytes), [BROTLI]: brotliCompressSync(bytes) }
  return Object.entries(forms).map(([workload, { length }]) =>
    rowOf(named, workload, summaryOf([length]), { unit: 'B' }),
  )
}
