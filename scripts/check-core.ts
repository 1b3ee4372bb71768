/**
 * Shows that what is committed is what `core/` builds, anywhere: copies `core/` into two folders,
 * builds the WebAssembly core and the generated files in each with caches of their own, and
 * compares them with each other and, byte for byte, with the committed ones. Writes nothing into
 * the project.
 */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CoreFile, coreFileSteps, coreFiles, staleFiles, zigBuild } from './core-files.ts'
import { inProject, runScript, ScriptError } from './project.ts'

/** Two names of different length: a path that got into a file would show. */
const folders = ['a', 'another-folder']

function buildIn(folder: string, sources: string): readonly CoreFile[] {
  const coreFolder = path.join(folder, 'core')
  cpSync(sources, coreFolder, { recursive: true })
  const prefix = path.join(folder, 'out')
  zigBuild(coreFileSteps, { coreFolder, prefix, cacheFolder: path.join(folder, 'cache') })
  return coreFiles(prefix)
}

await runScript(() => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'forkstate-core-'))
  try {
    const sources = path.join(scratch, 'sources')
    for (const part of ['build.zig', 'src']) {
      cpSync(inProject('core', part), path.join(sources, part), { recursive: true })
    }
    const builds = folders.map((name) => buildIn(path.join(scratch, name), sources))
    const [one = [], other = []] = builds
    const unequal = one.filter((file, index) => file.content !== other[index]?.content)
    if (unequal.length > 0) {
      throw new ScriptError(`not reproducible: ${unequal.map((file) => file.path).join(', ')}`)
    }
    const stale = staleFiles(one)
    if (stale.length > 0) {
      const list = stale.map((file) => file.path).join(', ')
      throw new ScriptError(`not what core/ builds; run \`npm run core\` and commit: ${list}`)
    }
    console.log(`built in two folders, equal to what is committed: ${one.length} files`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})
