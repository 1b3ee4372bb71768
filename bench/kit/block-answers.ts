/**
 * What a state manager answers while a block runs, recorded and given again: then the block runs as
 * fast as it could on a state manager that takes no time.
 */

import type { StateManagerInterface } from '@ethereumjs/common'
import type { Address } from '@ethereumjs/util'
import { Account } from '@ethereumjs/util'

/** A read and what came of it. The arrays are copies. */
export type Answer =
  | { readonly asked: 'account'; readonly address: Address; readonly account: Account | undefined }
  | { readonly asked: 'code'; readonly address: Address; readonly code: Uint8Array }
  | { readonly asked: 'codeSize'; readonly address: Address; readonly size: number }
  | ({ readonly asked: 'storage' } & SlotAnswer)
  | ({ readonly asked: 'originalStorage' } & SlotAnswer)
  | { readonly asked: 'root'; readonly root: Uint8Array }

interface SlotAnswer {
  readonly address: Address
  readonly slot: Uint8Array
  readonly value: Uint8Array
}

type Asked = Answer['asked']
type AnswerOf<Name extends Asked> = Extract<Answer, { asked: Name }>

/** A manager that does as another does, and a list that its answers are added to. */
export function recorded(manager: StateManagerInterface): {
  readonly manager: StateManagerInterface
  readonly answers: readonly Answer[]
} {
  const answers: Answer[] = []
  const reads: Partial<StateManagerInterface> = {
    async getAccount(address) {
      const account = await manager.getAccount(address)
      answers.push({ asked: 'account', address, account: account && copyOf(account) })
      return account
    },
    async getCode(address) {
      const code = await manager.getCode(address)
      answers.push({ asked: 'code', address, code: code.slice() })
      return code
    },
    async getCodeSize(address) {
      const size = await manager.getCodeSize(address)
      answers.push({ asked: 'codeSize', address, size })
      return size
    },
    async getStorage(address, key) {
      const slot = key.slice()
      const value = await manager.getStorage(address, key)
      answers.push({ asked: 'storage', address, slot, value: value.slice() })
      return value
    },
    async getStateRoot() {
      const root = await manager.getStateRoot()
      answers.push({ asked: 'root', root: root.slice() })
      return root
    },
    originalStorageCache: {
      async get(address, key) {
        const slot = key.slice()
        const value = await manager.originalStorageCache.get(address, key)
        answers.push({ asked: 'originalStorage', address, slot, value: value.slice() })
        return value
      },
      clear: () => manager.originalStorageCache.clear(),
    },
  }
  const recording = new Proxy(manager, {
    get(target, name) {
      if (name in reads) return reads[name as keyof StateManagerInterface]
      const member = target[name as keyof StateManagerInterface]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { manager: recording, answers }
}

/** Gives recorded answers in their order but for roots, and takes writes without a look. */
export class RecordedAnswers implements StateManagerInterface {
  readonly originalStorageCache = {
    get: async () => this.#next('originalStorage').value,
    clear() {},
  }
  readonly #answers: readonly Answer[]
  #at = 0

  constructor(answers: readonly Answer[]) {
    this.#answers = answers
      .filter(({ asked }) => asked !== 'root')
      .map((answer) =>
        answer.asked === 'account' && answer.account !== undefined
          ? { ...answer, account: copyOf(answer.account) }
          : answer,
      )
  }

  async getAccount(): Promise<Account | undefined> {
    return this.#next('account').account
  }

  async getCode(): Promise<Uint8Array> {
    return this.#next('code').code
  }

  async getCodeSize(): Promise<number> {
    return this.#next('codeSize').size
  }

  async getStorage(): Promise<Uint8Array> {
    return this.#next('storage').value
  }

  async getStateRoot(): Promise<never> {
    throw new Error('roots are not among the answers')
  }

  #next<Name extends Asked>(asked: Name): AnswerOf<Name> {
    const answer = this.#answers[this.#at++]
    if (answer?.asked !== asked) throw new Error(`asked for ${asked}, recorded ${answer?.asked}`)
    return answer as AnswerOf<Name>
  }

  async putAccount(): Promise<void> {}
  async deleteAccount(): Promise<void> {}
  async modifyAccountFields(): Promise<void> {}
  async putCode(): Promise<void> {}
  async putStorage(): Promise<void> {}
  async clearStorage(): Promise<void> {}
  async checkpoint(): Promise<void> {}
  async commit(): Promise<void> {}
  async revert(): Promise<void> {}
  async setStateRoot(): Promise<void> {}
  async hasStateRoot(): Promise<boolean> {
    return false
  }
  clearCaches(): void {}
  shallowCopy(): RecordedAnswers {
    return new RecordedAnswers(this.#answers)
  }
}

/** The EVM changes the accounts that it is given. */
function copyOf({ nonce, balance, storageRoot, codeHash }: Account): Account {
  return new Account(nonce, balance, storageRoot.slice(), codeHash.slice())
}
