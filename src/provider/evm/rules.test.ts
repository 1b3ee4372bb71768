import { describe, expect, it } from 'vitest'
import { ZERO_WORD } from '../../encoding/constants.ts'
import { environmentOf } from './environment.ts'
import { loadEthereumJs } from './packages.ts'
import { rulesOf } from './rules.ts'

const ethereumJs = await loadEthereumJs()

/** A header with the fields that forks added since London. */
const HEADER = {
  number: '0x1',
  timestamp: '0x2',
  miner: `0x${'00'.repeat(20)}`,
  gasLimit: '0x1c9c380',
  difficulty: '0x0',
  mixHash: ZERO_WORD,
}
const LATER = {
  baseFeePerGas: '0x7',
  withdrawalsRoot: '0x00',
  excessBlobGas: '0x0',
  requestsHash: '0x00',
}

function hardforkOf(
  fields: Readonly<Record<string, string>> | undefined,
  chainId = 31_337n,
  hardfork?: string,
): string {
  const query = { chainId, environment: environmentOf(fields), fields, hardfork }
  return rulesOf(query, ethereumJs).hardfork()
}

describe('rulesOf', () => {
  it('follows the fields of the header where the chain is not known', () => {
    const { requestsHash, ...cancun } = { ...HEADER, ...LATER }
    const { excessBlobGas, ...shanghai } = cancun
    const { withdrawalsRoot, ...paris } = shanghai
    const { baseFeePerGas, ...berlin } = paris
    expect([requestsHash, excessBlobGas, withdrawalsRoot, baseFeePerGas]).not.toContain(undefined)
    expect(hardforkOf({ ...HEADER, ...LATER })).toBe('osaka')
    expect(hardforkOf(cancun)).toBe('cancun')
    expect(hardforkOf(shanghai)).toBe('shanghai')
    expect(hardforkOf(paris)).toBe('paris')
    expect(hardforkOf({ ...paris, difficulty: '0x20000' })).toBe('london')
    expect(hardforkOf(berlin)).toBe('berlin')
    expect(hardforkOf(undefined)).toBe('osaka')
  })

  it('follows the schedule of chains that are known', () => {
    const at = (number: bigint, timestamp: bigint) => ({
      ...HEADER,
      number: `0x${number.toString(16)}`,
      timestamp: `0x${timestamp.toString(16)}`,
    })
    expect(hardforkOf(at(1n, 1_438_269_988n), 1n)).toBe('chainstart')
    expect(hardforkOf(at(12_965_000n, 1_628_166_822n), 1n)).toBe('london')
    expect(hardforkOf(at(19_426_587n, 1_710_338_135n), 1n)).toBe('cancun')
    expect(hardforkOf(at(22_431_084n, 1_746_612_311n), 1n)).toBe('prague')
  })

  it('takes the fork that is named before both, and refuses one that is none', () => {
    expect(hardforkOf({ ...HEADER, ...LATER }, 1n, 'shanghai')).toBe('shanghai')
    expect(hardforkOf(undefined, 5n, 'berlin')).toBe('berlin')
    expect(() => hardforkOf(undefined, 5n, 'atlantis')).toThrow(/atlantis/)
  })

  it('has the id of the chain', () => {
    const environment = environmentOf(undefined)
    const query = { chainId: 2n ** 60n, environment, fields: undefined, hardfork: undefined }
    expect(rulesOf(query, ethereumJs).chainId()).toBe(2n ** 60n)
  })
})
