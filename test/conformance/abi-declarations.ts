/**
 * The declarations of the C ABI, read from `core/src/abi.zig`, so that suites can go over every
 * function and every parameter without a second list of them.
 */

import { readFileSync } from 'node:fs'

import * as abi from '../../src/ffi/abi.gen.ts'

/** One parameter, with the size of what it points to if that is fixed. */
export type RawParam =
  | { readonly name: string; readonly kind: 'manager' | 'fork' | 'number' }
  | { readonly name: string; readonly kind: 'in' | 'out' | 'out_optional'; readonly size: number }
  | { readonly name: string; readonly kind: 'out_handle'; readonly size: 4 }
  /** The next parameter is the number of bytes. */
  | { readonly name: string; readonly kind: 'in_buffer' | 'out_buffer' }
  | {
      readonly name: string
      readonly kind: 'in_struct' | 'out_struct'
      readonly struct: string
      readonly size: number
    }

export interface RawFunction {
  readonly name: string
  readonly params: readonly RawParam[]
}

const source = readFileSync(new URL('../../core/src/abi.zig', import.meta.url), 'utf8')
const PARAM = /p\(\s*"(\w+)",\s*(?:\.(\w+)|\.\{\s*\.(\w+)\s*=\s*"?(\w+)"?\s*,?\s*\})\s*,?\s*\)/g
const FUNCTION = /\.name = "(\w+)"[^"]*?\.params = &\.\{([\s\S]*?)\},\s*\.doc = /g

const namedParams = new Map(
  [...source.matchAll(new RegExp(`^const (\\w+) = ${PARAM.source};`, 'gm'))].map(
    ([, constant = '', ...groups]) => [constant, toParam(groups)],
  ),
)

/** Every function both builds have. */
export const rawFunctions: readonly RawFunction[] = parseFunctions()

/** The function of that name. */
export function rawFunction(name: string): RawFunction {
  const found = rawFunctions.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`abi.zig declares no ${name}`)
  return found
}

function parseFunctions(): RawFunction[] {
  const start = source.indexOf('pub const functions')
  const body = source.slice(start, source.indexOf('\n};', start))
  const found = [...body.matchAll(FUNCTION)]
    .filter(([text]) => !text.includes('.wasm_only'))
    .map(([, name = '', params = '']) => ({ name, params: parseParams(params) }))
  const declared = body.match(/\.name = /g)?.length ?? 0
  const skipped = body.match(/\.wasm_only/g)?.length ?? 0
  if (found.length === 0 || found.length + skipped !== declared) {
    throw new Error(`read ${found.length} of ${declared} functions from abi.zig`)
  }
  return found
}

function parseParams(text: string): RawParam[] {
  const either = new RegExp(`${PARAM.source}|\\b(${[...namedParams.keys()].join('|')})\\b`, 'g')
  return [...text.matchAll(either)].map(([, ...groups]) => {
    const constant = groups[4]
    return constant === undefined ? toParam(groups) : (namedParams.get(constant) as RawParam)
  })
}

/** From the groups of `PARAM`: name, plain kind, kind with an argument, argument. */
function toParam([name = '', plain, kind, argument = '']: readonly (
  | string
  | undefined
)[]): RawParam {
  switch (plain ?? kind) {
    case 'in':
    case 'out':
    case 'out_optional':
      return { name, kind: kind as 'in', size: Number(argument) }
    case 'in_struct':
    case 'out_struct':
      return { name, kind: kind as 'in_struct', struct: argument, size: structBytes(argument) }
    case 'out_handle':
      return { name, kind: 'out_handle', size: 4 }
    default:
      return { name, kind: plain as 'manager' | 'in_buffer' }
  }
}

/** The size of a struct, from the generated constants. */
function structBytes(name: string): number {
  const constant = `${name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase()}_BYTES`
  const size = (abi as unknown as Readonly<Record<string, unknown>>)[constant]
  if (typeof size !== 'number') throw new Error(`there is no constant ${constant}`)
  return size
}
