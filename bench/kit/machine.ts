import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'

export type Machine = ReturnType<typeof describeMachine>

const PEERS = [
  '@ethereumjs/statemanager',
  '@ethereumjs/mpt',
  '@ethereumjs/vm',
  '@tevm/state',
  '@noble/hashes',
  'bun',
]

export function describeMachine() {
  const [first, ...others] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return {
    processor: `${first?.model ?? 'unknown processor'}, ${1 + others.length} cores`,
    system: `${process.platform}-${process.arch}, ${gigabytes} GiB`,
    versions: [`Node ${process.version}`, ...PEERS.map((name) => `${name} ${versionOf(name)}`)],
  }
}

function versionOf(name: string): string {
  // A package is in a folder further up, or absent.
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  const files = folders.map((folder) => `${folder}/${name}/package.json`)
  const file = files.find((each) => existsSync(each))
  return file === undefined ? 'absent' : JSON.parse(readFileSync(file, 'utf8')).version
}
