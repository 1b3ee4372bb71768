/**
 * Completes `package-lock.json` with the optional packages of other platforms.
 *
 * npm leaves an optional package out of the lock file if the registry in use does not carry it, and
 * `npm ci` then refuses the lock file on every machine. This script adds the missing entries: name
 * and exact version as their parent declares them, and the platform as it follows from the name.
 * Run it after every change of dependencies (`npm run lock`). It contacts no registry and changes no
 * other entry.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from './project.ts'

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface LockFile {
  packages: Record<string, LockEntry>
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const cpuAliases: Readonly<Record<string, string>> = { amd64: 'x64', aarch64: 'arm64' }

interface Platform {
  readonly cpu: readonly string[]
  readonly os: readonly string[]
  readonly libc?: readonly string[]
}

/** The platform in a name: `@scope/tool-linux-arm64-musl` is for linux, arm64, musl. */
function platformOf(name: string): Platform {
  const words = (name.split('/').at(-1) ?? '').split('-')
  const at = words.findIndex((word) => systems.includes(word))
  const system = words[at]
  const cpu = words[at + 1]
  if (system === undefined || cpu === undefined) {
    throw new Error(`cannot read a platform from the name of the optional package ${name}`)
  }
  const libc = words.includes('musl') ? 'musl' : 'glibc'
  const known = words.includes('musl') || words.includes('gnu') || words.includes('glibc')
  return {
    cpu: [cpuAliases[cpu] ?? cpu],
    os: [system],
    ...(system === 'linux' && known ? { libc: [libc] } : {}),
  }
}

function missingEntries(packages: LockFile['packages']): [string, LockEntry][] {
  const isLocked = (name: string): boolean =>
    Object.keys(packages).some((key) => key.endsWith(`node_modules/${name}`))
  return Object.values(packages).flatMap((parent) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(name))
      .map(([name, version]): [string, LockEntry] => {
        if (!/^\d/.test(version)) throw new Error(`${name} has no exact version: ${version}`)
        const { cpu, os, libc } = platformOf(name)
        const dev = parent.dev === true ? { dev: true } : {}
        // The order of keys is npm's own, so that npm does not reorder them later.
        const entry = { version, cpu, ...dev, ...(libc ? { libc } : {}), optional: true, os }
        return [`node_modules/${name}`, entry]
      }),
  )
}

const lockPath = path.join(projectRoot, 'package-lock.json')
const lock: LockFile = JSON.parse(readFileSync(lockPath, 'utf8'))
const missing = missingEntries(lock.packages)
if (missing.length > 0) {
  const all = [...Object.entries(lock.packages), ...missing]
  all.sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries(all)
  writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`)
}
console.log(`package-lock.json: ${missing.length} optional packages added`)
