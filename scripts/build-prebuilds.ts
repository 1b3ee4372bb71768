/**
 * Builds the addon for every platform into `prebuilds/<platform>/forkstate.node`, and checks each
 * file: its format, processor, libc, and the entry point that Node.js calls. Only the addon for
 * this machine is run (by the tests); for the others this shows only that they can be built.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { zigBuild, zigOut } from './core-files.ts'
import { inProject, runScript, ScriptError, writeIfChanged } from './project.ts'

interface Expected {
  readonly read: (file: Buffer) => string
  readonly format: string
  /** Text that the file must contain besides the entry point. */
  readonly needs?: string
}

const entryPoint = 'napi_register_module_v1'

function readElf(file: Buffer): string {
  if (file.readUInt32BE(0) !== 0x7f454c46) return 'not ELF'
  return `ELF type ${file.readUInt16LE(16)} machine ${file.readUInt16LE(18)}`
}

function readMachO(file: Buffer): string {
  if (file.readUInt32LE(0) !== 0xfeedfacf) return 'not 64-bit Mach-O'
  return `Mach-O type ${file.readUInt32LE(12)} cpu 0x${file.readUInt32LE(4).toString(16)}`
}

function readPe(file: Buffer): string {
  const header = file.readUInt32LE(0x3c)
  if (file.toString('latin1', header, header + 4) !== 'PE\0\0') return 'not PE'
  const isDll = (file.readUInt16LE(header + 22) & 0x2000) !== 0
  return `PE ${isDll ? 'DLL' : 'program'} machine 0x${file.readUInt16LE(header + 4).toString(16)}`
}

const platforms: Readonly<Record<string, Expected>> = {
  'linux-x64': { read: readElf, format: 'ELF type 3 machine 62', needs: 'libc.so.6\0' },
  'linux-arm64': { read: readElf, format: 'ELF type 3 machine 183', needs: 'libc.so.6\0' },
  'linux-x64-musl': { read: readElf, format: 'ELF type 3 machine 62', needs: 'libc.so\0' },
  'linux-arm64-musl': { read: readElf, format: 'ELF type 3 machine 183', needs: 'libc.so\0' },
  'darwin-x64': { read: readMachO, format: 'Mach-O type 6 cpu 0x1000007' },
  'darwin-arm64': { read: readMachO, format: 'Mach-O type 6 cpu 0x100000c' },
  'win32-x64': { read: readPe, format: 'PE DLL machine 0x8664' },
}

function problemOf(file: Buffer, expected: Expected): string | undefined {
  const format = expected.read(file)
  if (format !== expected.format) return `is ${format}, not ${expected.format}`
  const missing = [entryPoint, expected.needs ?? ''].find((text) => !file.includes(text))
  return missing === undefined ? undefined : `lacks ${JSON.stringify(missing)}`
}

await runScript(() => {
  zigBuild(['addon-all'])
  for (const [platform, expected] of Object.entries(platforms)) {
    const name = path.join('prebuilds', platform, 'forkstate.node')
    const file = readFileSync(path.join(zigOut, name))
    const problem = problemOf(file, expected)
    if (problem !== undefined) throw new ScriptError(`${name} ${problem}`)
    writeIfChanged(inProject(name), file)
    console.log(
      `${name.padEnd(44)} ${String(file.byteLength).padStart(8)} bytes  ${expected.format}`,
    )
  }
  removeForeign()
})

/** Removes everything but the checked addons from `prebuilds/`, which is published. */
function removeForeign(): void {
  for (const platform of readdirSync(inProject('prebuilds'))) {
    if (platform in platforms) continue
    rmSync(inProject('prebuilds', platform), { recursive: true })
  }
}
