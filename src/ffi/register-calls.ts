/**
 * The functions of the core over the single entry of the native addon.
 *
 * A call writes the index of the function and its arguments to *registers*, memory that the addon
 * reads, and the addon writes the result to the first register. This is far cheaper than arguments
 * that a native function must convert one by one. A missing or extra argument, or one that is not a
 * number, is invalid input. Registers belong to one thread, and calls are not reentrant.
 */

import type { CoreFunctions } from './abi.gen.ts'
import { FUNCTION_PARAMETERS, STATE_MANAGER_ERROR_INVALID_INPUT } from './abi.gen.ts'

const INVALID = STATE_MANAGER_ERROR_INVALID_INPUT

type CoreFunction = (...args: number[]) => number
/** Makes a function of the core with a certain number of parameters from its index. */
type Maker = (index: number) => CoreFunction

/** The number of registers: one for the index, and one for each argument. */
export const REGISTERS: number = 1 + Math.max(...Object.values(FUNCTION_PARAMETERS))

/** Makes the functions of the core. `call` runs the function that the registers describe. */
export function registerCalls(call: () => void, registers: Uint32Array): CoreFunctions {
  const makers = makersByParameters(call, registers)
  const functions = Object.entries(FUNCTION_PARAMETERS).map(([name, parameters], index) => {
    const make = makers[parameters] ?? anyNumberOf(parameters, call, registers)
    return [name, make(index)] as const
  })
  return Object.fromEntries(functions) as unknown as CoreFunctions
}

/** For functions that are rarely called: the loop doubles the time of a call. */
function anyNumberOf(parameters: number, call: () => void, registers: Uint32Array): Maker {
  return (index) =>
    (...args) => {
      if (args.length !== parameters) return INVALID
      for (let at = 0; at < parameters; at++) {
        const arg = args[at]
        if (typeof arg !== 'number') return INVALID
        registers[1 + at] = arg
      }
      return run(index, call, registers)
    }
}

function run(index: number, call: () => void, registers: Uint32Array): number {
  registers[0] = index
  call()
  return registers[0]
}

/** Makers written out for the usual numbers of parameters, without a loop. */
function makersByParameters(
  call: () => void,
  registers: Uint32Array,
): Readonly<Partial<Record<number, Maker>>> {
  return {
    1:
      (index) =>
      (a, ...more) => {
        if (typeof a !== 'number' || more.length > 0) return INVALID
        registers[1] = a
        return run(index, call, registers)
      },
    2:
      (index) =>
      (a, b, ...more) => {
        if (typeof a !== 'number' || typeof b !== 'number' || more.length > 0) return INVALID
        registers[1] = a
        registers[2] = b
        return run(index, call, registers)
      },
    3:
      (index) =>
      (a, b, c, ...more) => {
        if (typeof a !== 'number' || typeof b !== 'number') return INVALID
        if (typeof c !== 'number' || more.length > 0) return INVALID
        registers[1] = a
        registers[2] = b
        registers[3] = c
        return run(index, call, registers)
      },
    4:
      (index) =>
      (a, b, c, d, ...more) => {
        if (typeof a !== 'number' || typeof b !== 'number') return INVALID
        if (typeof c !== 'number' || typeof d !== 'number' || more.length > 0) return INVALID
        registers[1] = a
        registers[2] = b
        registers[3] = c
        registers[4] = d
        return run(index, call, registers)
      },
    5:
      (index) =>
      (a, b, c, d, e, ...more) => {
        if (typeof a !== 'number' || typeof b !== 'number') return INVALID
        if (typeof c !== 'number' || typeof d !== 'number') return INVALID
        if (typeof e !== 'number' || more.length > 0) return INVALID
        registers[1] = a
        registers[2] = b
        registers[3] = c
        registers[4] = d
        registers[5] = e
        return run(index, call, registers)
      },
  }
}
