/**
 * Finds the Zig compiler, or installs it into the project folder, and runs it.
 *
 * A `zig` on PATH is used only if its version is exactly {@link zigVersion}; otherwise pip installs
 * the wheel of that version from PyPI into `.zig/`, checked against pinned hashes. Nothing outside
 * the project folder is written: Zig's caches are `.zig-cache/` and `.zig/cache/`.
 *
 * Invariant: `.zig/ziglang-<version>` exists only if it is complete. Zig is installed into a
 * temporary folder that is then renamed, so runs that start together, or are killed, do no harm.
 *
 * Run as a program, it runs Zig with its arguments: `npm run zig -- build test`.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inProject, run, runScript, ScriptError } from './project.ts'

/** The only version that builds the core. */
export const zigVersion = '0.15.2'

const zigFolder = inProject('.zig')
const installed = path.join(zigFolder, `ziglang-${zigVersion}`)
const executable = path.join('ziglang', process.platform === 'win32' ? 'zig.exe' : 'zig')
const requirements = inProject('scripts', 'zig-requirements.txt')

/** The environment of Zig. `cacheFolder` replaces the caches of the project. */
export function zigEnvironment(cacheFolder?: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ZIG_LOCAL_CACHE_DIR: cacheFolder ?? inProject('.zig-cache'),
    ZIG_GLOBAL_CACHE_DIR: cacheFolder ?? path.join(zigFolder, 'cache'),
  }
}

/**
 * Path of the compiler. Installs it first if necessary.
 *
 * @throws ScriptError if there is neither a `zig` of that version nor a Python with pip, or if pip
 *   fails.
 */
export function zigPath(): string {
  if (versionOf('zig') === zigVersion) return 'zig'
  if (existsSync(installed)) return path.join(installed, executable)
  return install()
}

function versionOf(zig: string): string | undefined {
  const { status, stdout } = spawnSync(zig, ['version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function install(): string {
  const python = findPython()
  console.log(`Zig ${zigVersion}: installing from PyPI into ${zigFolder}`)
  mkdirSync(zigFolder, { recursive: true })
  const draft = mkdtempSync(path.join(zigFolder, 'install-'))
  try {
    pipInstall(python, draft)
    const version = versionOf(path.join(draft, executable))
    if (version !== zigVersion) {
      throw new ScriptError(`the installed Zig does not run or is not ${zigVersion}: ${version}`)
    }
    moveIntoPlace(draft)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return path.join(installed, executable)
}

function moveIntoPlace(draft: string): void {
  try {
    renameSync(draft, installed)
  } catch (error) {
    // Another run was faster. By the pinned hashes, it installed the same files.
    if (!existsSync(installed)) throw error
  }
}

function pipInstall(python: string, target: string): void {
  const args = ['-m', 'pip', 'install', '--require-hashes', '--no-deps', '--only-binary', ':all:']
  args.push('--no-compile', '--no-input', '--disable-pip-version-check', '--quiet')
  args.push('--target', target, '-r', requirements)
  const { status, stderr } = spawnSync(python, args, {
    encoding: 'utf8',
    // `user = true` in a personal pip configuration conflicts with --target.
    env: { ...process.env, PIP_USER: '0' },
  })
  if (status === 0) return
  throw new ScriptError(`pip could not install ziglang ${zigVersion} (exit ${status}):\n${stderr}`)
}

function findPython(): string {
  const candidates = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']
  const found = candidates.find((name) => spawnSync(name, ['-m', 'pip', '--version']).status === 0)
  if (found !== undefined) return found
  throw new ScriptError(
    [
      `Building the core needs Zig ${zigVersion}, and neither way to get it works here:`,
      `- \`zig version\` on PATH is ${versionOf('zig') ?? 'absent'}, not ${zigVersion};`,
      `- no Python with pip was found (tried ${candidates.join(', ')}) to install it from PyPI.`,
      `Install Python 3 with pip, or Zig ${zigVersion}, and run this again.`,
      '`npm start` and the published package need no Zig.',
    ].join('\n'),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(() => {
    run(zigPath(), process.argv.slice(2), { cwd: process.cwd(), env: zigEnvironment() })
  })
}
