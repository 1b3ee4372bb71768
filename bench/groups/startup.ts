/** What it costs to begin: loading code, the first manager, and the bytes that users download. */

import { pathToFileURL } from 'node:url'
import type { Size } from '../kit/bundle-sizes.ts'
import { FIRST_MANAGER } from '../kit/floors.ts'
import type { Group, Job, Row, Target } from '../kit/group.ts'
import { summaryOf } from '../kit/measure.ts'
import { isWasmInNode, MERKLE, NATIVE, RPC, SIMPLE, TEVM, WASM } from '../kit/names.ts'
import { buildProgram, runBundle } from '../kit/programs.ts'
import type { Starter, StartupReport } from '../kit/startup-report.ts'

const LOADING = 'import'
const MAKING = 'first manager'
const USING = 'first write and read'
const ALL = 'import, first manager, first write and read'
const CORE = 'the WebAssembly core'
const RAW = 'bytes for browsers, minified'
const GZIP = 'bytes for browsers, minified, gzip'
const BROTLI = 'bytes for browsers, minified, Brotli'

const MAX_MAKING_NS = 5e6
const MAX_WASM_BYTES = { raw: 96 * 1024, compressed: 32 * 1024 }

const starters: readonly { readonly name: string; readonly starter: Starter }[] = [
  { name: WASM, starter: 'wasm' },
  { name: NATIVE, starter: 'native' },
  { name: 'forkstate, WebAssembly, EthereumJS adapter', starter: 'adapter' },
  { name: SIMPLE, starter: 'simple' },
  { name: MERKLE, starter: 'merkle' },
  { name: RPC, starter: 'rpc' },
  { name: TEVM, starter: 'tevm' },
]

const makingTarget: Target = {
  work: 'first `new StateManager()` of a process, WebAssembly in Node',
  target: '<= 5 ms',
  floor: FIRST_MANAGER,
  judge(rows) {
    const own = rows.find((row) => row.workload === MAKING && isWasmInNode(row))
    if (own === undefined) return undefined
    const ms = (own.median / 1e6).toFixed(2)
    return { measured: `${ms} ms`, isMet: own.median <= MAX_MAKING_NS }
  },
}

const wasmTarget: Target = {
  work: 'size of the WebAssembly core',
  target: '<= 96 KiB raw, <= 32 KiB compressed',
  judge(rows) {
    const [raw, gzip, brotli] = [RAW, GZIP, BROTLI].map((workload) =>
      rows.find((row) => row.workload === workload && row.subject === CORE),
    )
    if (raw === undefined || gzip === undefined || brotli === undefined) return undefined
    return {
      measured: `${raw.median} bytes raw, ${brotli.median} with Brotli, ${gzip.median} with gzip`,
      isMet: raw.median <= MAX_WASM_BYTES.raw && brotli.median <= MAX_WASM_BYTES.compressed,
    }
  },
}

export const startup: Group = {
  name: 'startup',
  title: 'Start-up and size',
  about:
    'Processes of their own, wall-clock time inside them: importing the modules as installed (of ' +
    'forkstate what `npm run build` makes, one file a module; nothing is bundled, and the files ' +
    'are in the cache of the system), making the first manager, and a first write of a balance ' +
    'with the read of it. forkstate compiles its WebAssembly in the first manager; the addon is ' +
    'loaded there too. Sizes are of bundles by esbuild, minified, for browsers, with everything ' +
    'they need inside: in those of forkstate the core is text.',
  runtimes: ['Node', 'Bun'],
  targets: [makingTarget, wasmTarget],
  jobs: ({ isQuick }) => [
    ...(isQuick ? starters.slice(0, 1) : starters).map(({ name, starter }): Job => {
      const run = async () => await measureStart(name, starter, isQuick ? 1 : 15)
      return { name, run }
    }),
    { name: 'bundles', runtimes: ['Node'], run: measureBundles },
  ],
}

async function measureStart(
  subject: string,
  starter: Starter,
  rounds: number,
): Promise<readonly Row[]> {
  const { installedPackage } = await import('../kit/installed-package.ts')
  const program = await buildProgram('bench/kit/startup-program.ts')
  const args = [starter, pathToFileURL(installedPackage()).href]
  const reports: StartupReport[] = []
  // The first one fills the cache of the system.
  for (let round = 0; round <= rounds; round++) {
    const report = (await runBundle(program, args)) as StartupReport
    if (round > 0) reports.push(report)
  }
  const row = (workload: string, nsOf: (report: StartupReport) => number): Row => {
    return { workload, subject, unit: 'ns', ...summaryOf(reports.map(nsOf)) }
  }
  return [
    row(LOADING, ({ loading }) => loading),
    row(MAKING, ({ making }) => making),
    row(`${MAKING}, processor time`, ({ makingProcessor }) => makingProcessor),
    row(USING, ({ using }) => using),
    row(ALL, ({ loading, making, using }) => loading + making + using),
  ]
}

async function measureBundles(): Promise<readonly Row[]> {
  const { bundleEntries, bundleSize, wasmSize } = await import('../kit/bundle-sizes.ts')
  const rows = [...sizeRows(CORE, wasmSize())]
  for (const entry of bundleEntries) {
    const { external } = entry
    const note = external && `without \`${external}\`, of Node, which it imports`
    rows.push(...sizeRows(entry.name, await bundleSize(entry), note))
  }
  return rows
}

function sizeRows(subject: string, { raw, gzip, brotli }: Size, note?: string): readonly Row[] {
  const row = (workload: string, bytes: number): Row => {
    const figures = { median: bytes, least: bytes, most: bytes }
    return { workload, subject, unit: 'B', ...figures, ...(note && { note }) }
  }
  return [row(RAW, raw), row(GZIP, gzip), row(BROTLI, brotli)]
}
