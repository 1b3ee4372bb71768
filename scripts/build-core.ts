/**
 * Builds the core for this machine: the committed generated files, the native library with header
 * (`zig-out/lib`, `zig-out/include`), its variant for valgrind (`zig-out/lib-debug`) and the addon
 * (`prebuilds/<platform>/forkstate.node`). Installs Zig first if necessary.
 *
 * With `--check` it builds only the generated files, writes nothing into the project, and fails if
 * a committed file differs.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { copyPrebuilds } from './copy-prebuilds.ts'
import { coreFileSteps, coreFiles, staleFiles, zigBuild, zigOut } from './core-files.ts'
import { inProject, runScript, ScriptError, writeIfChanged } from './project.ts'

function buildForHost(): void {
  zigBuild([...coreFileSteps, 'lib', 'lib-debug', 'addon'])
  const written = coreFiles(zigOut)
    .filter((file) => writeIfChanged(inProject(file.path), file.content) === 'written')
    .map((file) => file.path)
  for (const file of [...written, ...copyPrebuilds()]) console.log(`wrote ${file}`)
}

function check(): void {
  const prefix = mkdtempSync(path.join(tmpdir(), 'forkstate-check-'))
  try {
    zigBuild(coreFileSteps, { prefix })
    const stale = staleFiles(coreFiles(prefix))
    if (stale.length === 0) return
    const list = stale.map((file) => `- ${file.path}`).join('\n')
    throw new ScriptError(
      `these files differ from what core/ generates; run \`npm run core\` and commit:\n${list}`,
    )
  } finally {
    rmSync(prefix, { recursive: true, force: true })
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
await runScript(values.check === true ? check : buildForHost)
