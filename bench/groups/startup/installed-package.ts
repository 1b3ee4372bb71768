/** forkstate as it is installed: a folder with the compiled modules and the addon. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, symlinkSync } from 'node:fs'
import { BUILT, inProject } from '../../kit/programs.ts'

/** Compiles `src/` as the package is built, but for types, once. @returns Its folder. */
export function installedPackage(): string {
  const root = `${BUILT}package`
  if (existsSync(`${root}/package.json`)) return root
  const config = ['-p', inProject('tsconfig.build.json'), '--outDir', `${root}/dist`]
  const options = ['--noCheck', '--declaration', 'false', '--stripInternal', 'false']
  const tsc = inProject('node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, ...config, ...options], { stdio: ['ignore', 'ignore', 2] })
  if (existsSync(inProject('prebuilds'))) symlinkSync(inProject('prebuilds'), `${root}/prebuilds`)
  copyFileSync(inProject('package.json'), `${root}/package.json`)
  return root
}
