/**
 * Programs that tests need and that do not come with the project. If one is not installed, the
 * tests that need it are shown as skipped.
 */

import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** The path of the first of these programs that is installed; undefined if none is. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
