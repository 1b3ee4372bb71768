/** forkstate as it is installed: a folder with the compiled modules and the addon. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

import { BUILT, inProject } from '../../kit/programs.ts'

/**
 * Compiles `src/` as the package is built, but for types, once. @returns The folder of the package.
 */
export function installedPackage(): string {
  const root = `${BUILT}package`
  if (existsSync(`${root}/package.json`)) return root
  const { config } = ts.readConfigFile(inProject('tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, inProject('.'))
  // A module on its own does not know of what kind the package is.
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext }
  for (const file of readdirSync(inProject('src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /\.test(-d)?\.ts$/.test(file)) continue
    const source = readFileSync(inProject(`src/${file}`), 'utf8')
    const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: file })
    const compiled = `${root}/dist/${file.replace(/ts$/, 'js')}`
    mkdirSync(path.dirname(compiled), { recursive: true })
    writeFileSync(compiled, outputText)
  }
  if (existsSync(inProject('prebuilds'))) symlinkSync(inProject('prebuilds'), `${root}/prebuilds`)
  writeFileSync(`${root}/package.json`, readFileSync(inProject('package.json')))
  return root
}
