/**
 * The C header, the TypeScript constants, the descriptions of the statistics, and the WebAssembly
 * core as text: the files that are generated from `core/` and committed. Makes their contents from
 * what Zig built, but does not write them.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inProject, run, ScriptError } from './project.ts'
import { zigEnvironment, zigPath } from './zig.ts'

/** A committed file and the content that it must have. */
export interface CoreFile {
  /** Path in the project. */
  readonly path: string
  readonly content: string
}

export interface ZigBuildOptions {
  /** Folder of `build.zig`; `core/` if absent. */
  readonly coreFolder?: string
  /** Install prefix; `zig-out/` if absent. */
  readonly prefix?: string
  /** Replaces the caches of the project. */
  readonly cacheFolder?: string
}

/** The folder that Zig installs to. */
export const zigOut = inProject('zig-out')

/** Runs steps of `core/build.zig`. */
export function zigBuild(steps: readonly string[], options: ZigBuildOptions = {}): void {
  run(zigPath(), ['build', ...steps, '--prefix', options.prefix ?? zigOut], {
    cwd: options.coreFolder ?? inProject('core'),
    env: zigEnvironment(options.cacheFolder),
  })
}

/** The steps that {@link coreFiles} needs. */
export const coreFileSteps: readonly string[] = ['wasm', 'generate']

/** The files with their contents, made from an install prefix. */
export function coreFiles(prefix: string): readonly CoreFile[] {
  const generated = (name: string): string =>
    readFileSync(path.join(prefix, 'generated', name), 'utf8')
  return [
    { path: 'core/include/forkstate.h', content: generated('forkstate.h') },
    { path: 'src/ffi/abi.gen.ts', content: generated('abi.gen.ts') },
    { path: 'src/state/metrics/stats-docs.gen.ts', content: generated('stats-docs.gen.ts') },
    {
      path: 'src/ffi/core-wasm.gen.ts',
      content: wasmModule(readFileSync(path.join(prefix, 'forkstate.wasm'))),
    },
  ]
}

/** The files that are absent from the project or have another content there. */
export function staleFiles(files: readonly CoreFile[]): readonly CoreFile[] {
  return files.filter((file) => {
    const committed = inProject(file.path)
    return !existsSync(committed) || readFileSync(committed, 'utf8') !== file.content
  })
}

const base64Columns = 96

function wasmModule(wasm: Uint8Array<ArrayBuffer>): string {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm))
  if (imports.length > 0) {
    throw new ScriptError(
      `the WebAssembly core must import nothing, but imports ${JSON.stringify(imports)}`,
    )
  }
  const base64 = Buffer.from(wasm).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${base64Columns}}`, 'g')) ?? []
  const sha256 = createHash('sha256').update(wasm).digest('hex')
  return `// Generated from core/ by scripts/build-core.ts. Do not edit: change core/, run \`npm run core\`.
// ${wasm.byteLength} bytes, SHA-256 ${sha256}

/** The WebAssembly core in base64, with line breaks; \`atob\` skips them. */
export const coreWasmBase64: string = \`
${lines.join('\n')}
\`
`
}
