import { toHex } from '../../src/encoding/hex.ts'
import type { Contender } from './group.ts'
import { type Fields, type State, stateOf } from './state.ts'

export const ACCOUNT_MAP: Contender<State> = {
  name: 'Map',
  note: 'finds the object it was given by a text whose hash is known',
  async open() {
    const raw = new Map<string, Fields>()
    return stateOf<string>({
      raw,
      place: toHex,
      putAccount: (place, { nonce, balance }) => void raw.set(place, { nonce, balance }),
      balanceAt: (place) => raw.get(place)?.balance,
      putCode() {},
    })
  },
}

export function balanceOf(account: number): bigint {
  return 10n ** 18n + BigInt(account) * 1_000_003n
}
