/**
 * Suites over the native addon. Where it was not built they are shown as skipped, saying so.
 */

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'

import { prebuiltPath } from '../../src/ffi/native.ts'

export const addonPath = prebuiltPath()

/** As `describe`, skipped where there is no addon. */
export function describeAddon(title: string, body: () => void): void {
  if (existsSync(addonPath)) describe(title, body)
  else describe.skip(`${title} (no addon at ${addonPath}: npm run core)`, body)
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forkstate-native-'))
  onTestFinished(() => remove(folder))
  return folder
}

/** Windows keeps the file of an addon as long as the process has it loaded. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    if (process.platform !== 'win32') throw error
  }
}

/** The path of a copy of the addon, which the runtime takes for another addon. */
export function copyAddon(): string {
  const copy = join(temporaryFolder(), 'forkstate.node')
  copyFileSync(addonPath, copy)
  return copy
}
