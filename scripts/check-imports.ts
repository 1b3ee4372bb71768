/**
 * The import rule of `src/`: a module imports only from its own layer and those below it, nothing
 * outside `src/`, and modules of Node or packages only where {@link outside} says so. So the default
 * build runs in browsers, and no layer knows who uses it. Tests are exempt.
 *
 * A folder without a layer is an error: give it one here, and draw it in ARCHITECTURE.md.
 */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { inProject, runScript, ScriptError } from './project.ts'

interface Layer {
  readonly name: string
  /** Matches paths in `src/`, with forward slashes. The first layer that matches counts. */
  readonly files: RegExp
  /** Names of the layers it may import besides itself. */
  readonly below: readonly string[]
}

const layers: readonly Layer[] = [
  { name: 'errors', files: /^(errors|warnings)\.ts$/, below: [] },
  { name: 'encoding', files: /^encoding\//, below: ['errors'] },
  { name: 'ffi', files: /^ffi\//, below: ['encoding', 'errors'] },
  { name: 'rpc', files: /^rpc\//, below: ['encoding', 'errors'] },
  { name: 'store', files: /^store\//, below: ['encoding', 'errors'] },
  {
    name: 'fork',
    files: /^fork\//,
    below: ['rpc', 'store', 'ffi', 'encoding', 'errors'],
  },
  {
    name: 'state',
    files: /^(state-manager\.ts$|state\/)/,
    below: ['fork', 'rpc', 'store', 'ffi', 'encoding', 'errors'],
  },
  {
    name: 'entry',
    files: /^((index|metrics|native|wasm|fork-at-transaction)\.ts$|store\/)/,
    below: ['state', 'fork', 'rpc', 'store', 'ffi', 'encoding', 'errors'],
  },
  {
    name: 'ethereumjs',
    files: /^(ethereumjs\.ts$|ethereumjs\/)/,
    below: ['entry', 'state', 'fork', 'ffi', 'encoding', 'errors'],
  },
  {
    name: 'provider',
    files: /^(eip1193\.ts$|provider\/)/,
    below: ['ethereumjs', 'state', 'fork', 'rpc', 'ffi', 'encoding', 'errors'],
  },
  { name: 'viem', files: /^(viem\.ts$|viem\/)/, below: ['provider', 'state'] },
]

/** Who may use modules of Node or a package; none of them is part of the entry `forkstate`. */
const outside: readonly { readonly files: RegExp; readonly modules: RegExp }[] = [
  { files: /^(native\.ts|ffi\/native[\w-]*\.ts)$/, modules: /^node:/ },
  { files: /^store\/media\/lmdb-[\w-]+\.ts$/, modules: /^(node:.+|lmdb)$/ },
  { files: /^store\/media\/redis-[\w-]+\.ts$/, modules: /^ioredis$/ },
  { files: /^ethereumjs\/[\w-]+\.ts$/, modules: /^@ethereumjs\/(common|util)$/ },
  { files: /^provider\/evm\//, modules: /^@ethereumjs\/(block|common|evm|tx|util)$/ },
  { files: /^viem\/[\w-]+\.ts$/, modules: /^viem$/ },
]

const isTest = /\.test(-d)?\.ts$/

function layerOf(file: string): Layer | undefined {
  return layers.find((layer) => layer.files.test(file))
}

function problemOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) {
    const isAllowed = outside.some(
      ({ files, modules }) => files.test(file) && modules.test(specifier),
    )
    return isAllowed ? undefined : 'only a few modules may use Node or a package'
  }
  const target = path.posix.join(path.posix.dirname(file), specifier)
  const from = layerOf(file)
  const to = layerOf(target)
  if (to === undefined) return 'it is in no layer of src/'
  if (from === to || from?.below.includes(to.name)) return undefined
  return `${to.name} is not below ${from?.name}`
}

function problemsIn(file: string): readonly string[] {
  if (layerOf(file) === undefined) return [`src/${file}: is in no layer`]
  const text = readFileSync(inProject('src', file), 'utf8')
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName, pos }) => {
    const problem = problemOf(file, fileName)
    const line = text.slice(0, pos).split('\n').length
    return problem === undefined ? [] : [`src/${file}:${line}: imports ${fileName}: ${problem}`]
  })
}

await runScript(() => {
  const files = readdirSync(inProject('src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.ts') && !isTest.test(file))
  const problems = files.flatMap(problemsIn)
  if (problems.length > 0) throw new ScriptError(problems.join('\n'))
  console.log(`imports point downward in ${files.length} modules`)
})
