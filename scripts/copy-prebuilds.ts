/** Copies the addons that Zig installed to `prebuilds/`, where the native loader finds them. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { zigOut } from './core-files.ts'
import { inProject, writeIfChanged } from './project.ts'

/** Copies the addons, and returns the paths in the project of those that changed. */
export function copyPrebuilds(): readonly string[] {
  const addons = readdirSync(path.join(zigOut, 'prebuilds')).map((platform) =>
    path.join('prebuilds', platform, 'forkstate.node'),
  )
  return addons.filter((addon) => {
    const content = readFileSync(path.join(zigOut, addon))
    return writeIfChanged(inProject(addon), content) === 'written'
  })
}
