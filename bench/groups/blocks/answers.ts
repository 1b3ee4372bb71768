/** What a state manager answers, recorded and given again, as by one that takes no time. */

import type { StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address } from '@ethereumjs/util'

const READS = ['getAccount', 'getCode', 'getCodeSize', 'getStorage', 'getStateRoot'] as const

export interface Answer {
  readonly asked: (typeof READS)[number] | 'originalStorage'
  readonly address: Address
  readonly slot: Uint8Array
  readonly given: unknown
}

type Read = (address: Address, slot: Uint8Array) => Promise<unknown>

/** A manager that does as another does, and a list that its answers are added to. */
export function recorded(manager: StateManagerInterface): {
  readonly manager: StateManagerInterface
  readonly answers: readonly Answer[]
} {
  const answers: Answer[] = []
  const recording =
    (asked: Answer['asked'], read: Read): Read =>
    async (address, key) => {
      const slot = key?.slice()
      const given = await read(address, key)
      answers.push({ asked, address, slot, given: copyOf(given) })
      return given
    }
  const original = manager.originalStorageCache
  const reads = new Map<string, unknown>(
    READS.map((name) => [name, recording(name, (manager[name] as Read).bind(manager))]),
  )
  reads.set('originalStorageCache', {
    get: recording('originalStorage', (address, slot) => original.get(address, slot)),
    clear: () => original.clear(),
  })
  const recorder = new Proxy(manager, {
    get(target, name: keyof StateManagerInterface) {
      const member = reads.get(name) ?? target[name]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { manager: recorder, answers }
}

/** A manager that gives answers in their order but for roots, and takes writes without a look. */
export function answering(answers: readonly Answer[]): StateManagerInterface {
  const left = answers
    .filter(({ asked }) => asked !== 'getStateRoot')
    .map((answer) => ({ ...answer, given: copyOf(answer.given) }))
  let at = 0
  const next = (asked: Answer['asked']) => async (): Promise<never> => {
    const answer = left[at++]
    if (answer?.asked !== asked) throw new Error(`asked for ${asked}, recorded ${answer?.asked}`)
    return answer.given as never
  }
  const nothing = async () => {}
  return {
    getAccount: next('getAccount'),
    getCode: next('getCode'),
    getCodeSize: next('getCodeSize'),
    getStorage: next('getStorage'),
    originalStorageCache: { get: next('originalStorage'), clear() {} },
    getStateRoot: next('getStateRoot'),
    hasStateRoot: async () => false,
    setStateRoot: nothing,
    ...{ putAccount: nothing, deleteAccount: nothing, modifyAccountFields: nothing },
    ...{ putCode: nothing, putStorage: nothing, clearStorage: nothing },
    ...{ checkpoint: nothing, commit: nothing, revert: nothing },
    clearCaches() {},
    shallowCopy: () => answering(answers),
  }
}

/** The EVM changes the accounts that it is given. */
function copyOf(given: unknown): unknown {
  if (given instanceof Uint8Array) return given.slice()
  if (!(given instanceof Account)) return given
  const { nonce, balance, storageRoot, codeHash } = given
  return new Account(nonce, balance, storageRoot.slice(), codeHash.slice())
}
