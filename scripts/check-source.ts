/**
 * Checks rules of the sources that the linter does not have: constants of the C ABI are written
 * only in `core/src/abi.zig`, Zig functions and all lines are limited in length, and no file has a
 * name that says nothing, such as `utils`.
 */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inProject, runScript, ScriptError } from './project.ts'

const folders = ['core', 'src', 'test', 'demo', 'examples', 'bench', 'scripts']
const sources = /\.(ts|zig|c|h|mjs|cjs)$/
const unread = /(^|\/)(node_modules|\.zig-cache|zig-out)\/|\.gen\.ts$|^core\/include\//
/** Lines of a Zig function, including signature and braces. The linter limits TypeScript's. */
const maxFunctionLines = 70
/** Where the ABI is declared. */
const abiSource = 'core/src/abi.zig'
const maxColumns = 100

/** `NAME = 6`, `NAME: number = 6`, `NAME: 6`, `#define NAME 6`, for every constant of the ABI. */
const abiValue = new RegExp(
  `\\b(?:${abiNames().join('|')})\\b\\s*(?::\\s*[\\w\\s]+=|=|:|\\s)\\s*\\(?-?\\d`,
)
/** A status compared with a number instead of its name. */
const numericStatus = /\bstatus\w*\s*[!=]==?\s*[1-9]/

/** Names of the constants, including statuses, from the TypeScript; those in C are the same. */
function abiNames(): readonly string[] {
  const generated = readFileSync(inProject('src', 'ffi', 'abi.gen.ts'), 'utf8')
  return [...generated.matchAll(/^export const ([A-Z][A-Z0-9_]+)/gm)].map(([, name]) => name ?? '')
}

function problemsIn(file: string): readonly string[] {
  const lines = readFileSync(inProject(file), 'utf8').split('\n')
  const problems: string[] = []
  if (/^(utils?|helpers?|common|misc)\b/.test(path.basename(file))) {
    problems.push(`${file}: the name of a file must say what is in it`)
  }
  if (file.endsWith('.zig')) problems.push(...longFunctions(file, lines))
  lines.forEach((line, index) => {
    const problem = lineProblem(file, line)
    if (problem !== undefined) problems.push(`${file}:${index + 1}: ${problem}`)
  })
  return problems
}

/** Zig's formatter indents the closing brace of a function like its first line. */
const zigFunction = /^( *)(?:pub |export |inline |noinline |extern "\w+" )*fn (\w+)/

function longFunctions(file: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, from) => {
    const [, indent, name] = zigFunction.exec(line) ?? []
    // A function that returns a type is as long as the type.
    if (name === undefined || /^[A-Z]/.test(name) || line.endsWith('}')) return []
    const length = lines.indexOf(`${indent}}`, from) - from + 1
    if (length <= maxFunctionLines) return []
    return [`${file}:${from + 1}: ${name} has ${length} lines, over ${maxFunctionLines}`]
  })
}

function lineProblem(file: string, line: string): string | undefined {
  if (file !== abiSource) {
    if (abiValue.test(line)) return 'an ABI constant may be written only in abi.zig'
    const isBoundary = file.startsWith('core/') || file.startsWith('src/ffi/')
    if (isBoundary && numericStatus.test(line))
      return 'compare a status with its name, not with a number'
  }
  // Quoted text, Zig's multiline strings and URLs cannot always be broken.
  if (line.length <= maxColumns || /["'`]|^\s*\\\\|https?:/.test(line)) return undefined
  return `over ${maxColumns} columns`
}

await runScript(() => {
  const files = folders.flatMap((folder) => filesIn(folder))
  const problems = files.flatMap(problemsIn)
  if (problems.length > 0) throw new ScriptError(problems.join('\n'))
  console.log(`sources follow the rules: ${files.length} files`)
})

function filesIn(folder: string): readonly string[] {
  let names: readonly string[]
  try {
    names = readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
    .filter((file) => sources.test(file) && !unread.test(file))
}
