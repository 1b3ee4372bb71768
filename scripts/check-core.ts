/**
 * Checks that the build of `core/` is reproducible and equals the committed files: copies `core/`
 * into two folders, builds the WebAssembly core and the generated files in each with its own
 * caches, and compares the results byte for byte, with each other and with the committed files.
 * Writes nothing into the project.
 */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CoreFile, coreFileSteps, coreFiles, staleFiles, zigBuild } from './core-files.ts'
import { inProject, runScript, ScriptError } from './project.ts'

/** Two names of different length, so that a path inside a built file makes a difference. */
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
      throw new ScriptError(
        `these files differ from what core/ builds; run \`npm run core\` and commit: ${list}`,
      )
    }
    console.log(`two builds equal the committed files: ${one.length} files`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})
