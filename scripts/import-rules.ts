/**
 * The import rules of `src/` and `core/src/`: imports, including type-only imports, lead to a lower
 * floor, never upward and never in a circle, so no layer depends on its users. In `src/`, modules
 * of Node.js and packages are used only where {@link outside} allows it, so the default build runs
 * in browsers. Tests are exempt.
 *
 * A folder without a floor is an error: give it one here, and draw it in ARCHITECTURE.md.
 */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { type Import, type ImportGraph, importProblems, type Layer } from './import-graph.ts'
import { inProject } from './project.ts'

const GROUND = ['encoding', 'diagnostics']
const FLOOR_OF_FORK = ['rpc', 'store', 'ffi', ...GROUND]

/** The layers of `src/`, from the ground up. */
const typescriptLayers: readonly Layer[] = [
  { name: 'diagnostics', files: /^diagnostics\//, below: [] },
  { name: 'encoding', files: /^encoding\//, below: ['diagnostics'] },
  { name: 'ffi', files: /^ffi\//, below: GROUND },
  {
    name: 'rpc',
    files: /^rpc\//,
    below: GROUND,
    rooms: ['rpc/batching', 'rpc/transports', 'rpc/methods', ['rpc/record', 'rpc/failover']],
  },
  {
    name: 'store',
    files: /^store\/(?!(index|indexeddb|lmdb|memory|redis)\.ts$)/,
    below: GROUND,
    rooms: ['store/facts', 'store/media'],
  },
  {
    name: 'fork',
    files: /^fork\//,
    below: FLOOR_OF_FORK,
    rooms: ['fork/block', 'fork/fetch', 'fork/prefetch'],
  },
  {
    name: 'state',
    files: /^state\//,
    below: ['fork', ...FLOOR_OF_FORK],
    rooms: ['state/dump', 'state/prefetch', 'state/metrics'],
  },
  {
    name: 'entry',
    files: /^((index|metrics|native|wasm|fork-at-transaction)\.ts$|store\/)/,
    below: ['state', 'fork', ...FLOOR_OF_FORK],
  },
  {
    name: 'ethereumjs',
    files: /^(ethereumjs\.ts$|ethereumjs\/)/,
    below: ['state', 'fork', 'ffi', ...GROUND],
  },
  {
    name: 'provider',
    files: /^(eip1193\.ts$|provider\/)/,
    below: ['ethereumjs', 'state', 'fork', 'rpc', 'ffi', ...GROUND],
    rooms: ['provider/evm'],
  },
  { name: 'viem', files: /^(viem\.ts$|viem\/)/, below: ['provider', 'state'] },
]

/** The layers of `core/src/`, from the ground up. Files at its top are roots of programs. */
const zigLayers: readonly Layer[] = [
  { name: 'abi', files: /^abi\.zig$/, below: [] },
  { name: 'tables', files: /^tables\//, below: ['abi'] },
  { name: 'trie', files: /^trie\//, below: ['tables', 'abi'] },
  { name: 'fork', files: /^fork\//, below: ['trie', 'tables', 'abi'] },
  { name: 'manager', files: /^manager\//, below: ['fork', 'trie', 'tables', 'abi'] },
  { name: 'roots', files: /^roots\//, below: ['manager', 'fork', 'trie', 'tables', 'abi'] },
  {
    name: 'boundary',
    files: /^boundary\//,
    below: ['roots', 'manager', 'fork', 'trie', 'tables', 'abi'],
  },
  { name: 'generate', files: /^generate\//, below: ['boundary', 'abi'] },
  {
    name: 'programs',
    files: /^\w+\.zig$/,
    below: ['generate', 'boundary', 'tables', 'abi'],
  },
]

/** Which files may use modules of Node.js or a package. The entry `forkstate` has none of them. */
const outside: readonly { readonly files: RegExp; readonly modules: RegExp }[] = [
  { files: /^(native\.ts|ffi\/native[\w-]*\.ts)$/, modules: /^node:/ },
  { files: /^store\/media\/lmdb-[\w-]+\.ts$/, modules: /^(node:.+|lmdb)$/ },
  { files: /^store\/media\/redis-[\w-]+\.ts$/, modules: /^ioredis$/ },
  { files: /^ethereumjs\/[\w-]+\.ts$/, modules: /^@ethereumjs\/(common|util)$/ },
  { files: /^provider\/evm\//, modules: /^@ethereumjs\/(block|common|evm|tx|util)$/ },
  { files: /^viem\/[\w-]+\.ts$/, modules: /^viem$/ },
]

/** The sources of a tree by their paths in it, without tests. */
export type Sources = ReadonlyMap<string, string>

/** Finds the problems with the imports of sources of `src/`. */
export function typescriptProblems(sources: Sources): readonly string[] {
  const strangers: string[] = []
  const graph = new Map<string, readonly Import[]>()
  for (const [file, text] of sources) {
    const imports: Import[] = []
    for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const line = text.slice(0, pos).split('\n').length
      if (fileName.startsWith('.')) imports.push({ target: beside(file, fileName), line })
      else if (!mayUse(file, fileName)) {
        strangers.push(`${file}:${line}: imports ${fileName}: few modules may use a package`)
      }
    }
    graph.set(file, imports)
  }
  return [...strangers, ...problemsOf(graph, typescriptLayers)]
}

function mayUse(file: string, module: string): boolean {
  return outside.some(({ files, modules }) => files.test(file) && modules.test(module))
}

const zigImport = /@import\("([^"]+\.zig)"\)/g

/** Finds the problems with the imports of sources of `core/src/`. */
export function zigProblems(sources: Sources): readonly string[] {
  const graph = new Map<string, readonly Import[]>()
  for (const [file, text] of sources) {
    // Tests and imports that only they use are at the end of a file.
    const code = text.split(/^test\b/m)[0] ?? ''
    const imports = [...code.matchAll(zigImport)].map(({ 1: name = '', index }) => ({
      target: beside(file, name),
      line: code.slice(0, index).split('\n').length,
    }))
    graph.set(file, imports)
  }
  return problemsOf(graph, zigLayers)
}

function problemsOf(graph: ImportGraph, layers: readonly Layer[]): readonly string[] {
  const strangers = [...graph].flatMap(([file, imports]) =>
    imports
      .filter(({ target }) => !graph.has(target))
      .map(({ target, line }) => `${file}:${line}: imports ${target}, which is no source here`),
  )
  return [...strangers, ...importProblems(graph, layers)]
}

function beside(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier)
}

const isTypeScriptTest = /\.test(-d)?\.ts$/
/** `reference.zig` and the files in `testing/` are used only by tests. */
const isZigTest = /(_test|^tests|\/reference|^trie_replay\w*)\.zig$|^testing\//

/** The sources of `src/`. */
export function typescriptSources(): Sources {
  return sourcesIn('src', (file) => file.endsWith('.ts') && !isTypeScriptTest.test(file))
}

/** The sources of `core/src/`. */
export function zigSources(): Sources {
  return sourcesIn('core/src', (file) => file.endsWith('.zig') && !isZigTest.test(file))
}

function sourcesIn(folder: string, isSource: (file: string) => boolean): Sources {
  const files = readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter(isSource)
  return new Map(files.map((file) => [file, readFileSync(inProject(folder, file), 'utf8')]))
}
