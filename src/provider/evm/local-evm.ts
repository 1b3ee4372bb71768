/**
 * `evm/` runs calls for the provider. This module runs `eth_call` and `eth_estimateGas` on the
 * local state with EthereumJS. Neither changes the state: each run has a branch of its own,
 * with the overrides of the request.
 *
 * A call without a gas price pays nothing for gas and needs no balance for it, as with geth.
 * `latest` and `pending` both mean the environment of the pinned block.
 */

import type { Common } from '@ethereumjs/common'
import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex } from '../../encoding/hex.ts'
import { frameOf } from '../../ffi/frame.ts'
import { decodeHeader } from '../../fork/block/header.ts'
import type { PrefetchSource } from '../../fork/prefetch/prefetcher.ts'
import type { HeaderFields } from '../../rpc/rpc-client.ts'
import type { StateOverride } from '../../state/dump/state-override.ts'
import { fromStateOverride } from '../../state/dump/state-override.ts'
import type { ChainBehind } from '../../state/parts.ts'
import { chainOf } from '../../state/parts.ts'
import type { StateManager } from '../../state/state-manager.ts'
import { ProviderRpcError, RPC_CODES } from '../errors.ts'
import type { LocalChain } from '../local-chain.ts'
import { unknownBlock } from '../local-chain.ts'
import type { Params } from '../params.ts'
import { readObject } from '../params.ts'
import type { LocalCall } from './call-request.ts'
import { failed, readCall } from './call-request.ts'
import type { BlockEnvironment } from './environment.ts'
import { environmentOf, withOverrides } from './environment.ts'
import type { EthereumJs } from './packages.ts'
import { loadEthereumJs } from './packages.ts'
import { decodeReason } from './revert-reason.ts'
import { rulesOf } from './rules.ts'
import type { CallContext, CallOutcome, EvmBlock } from './run-call.ts'
import { intrinsicCostOf, REVERTED, runCall } from './run-call.ts'

/** Options for running calls. */
export interface EvmOptions {
  /**
   * The hardfork whose rules apply, as EthereumJS names it, such as `cancun` or `prague`. Default:
   * by the schedule of Mainnet, Sepolia, Holesky or Hoodi; for other chains the newest that the
   * header allows, up to `osaka`.
   */
  readonly hardfork?: string
  /**
   * Sources that predict which keys a call will touch, to read them ahead: see
   * `StateManager.prefetchCall`. Default `['learned']`, which sends no extra request.
   */
  readonly prefetch?: readonly PrefetchSource[]
}

/** Maximum gas of a transaction from Osaka on (EIP-7825); an estimate does not exceed it. */
const MAX_TRANSACTION_GAS = 16_777_216n
/** Maximum gas of a call, whatever it asks for; nodes have such a cap, too. */
export const MAX_CALL_GAS = 100_000_000n
/** Maximum of runs of one estimate; halving any gas limit takes fewer. */
const MAX_ESTIMATE_RUNS = 64

/** Runs calls on the local state. */
export class LocalEvm {
  readonly #state: StateManager
  readonly #chain: LocalChain
  readonly #hardfork: string | undefined
  readonly #prefetch: readonly PrefetchSource[]
  #header: { readonly hash: Hex; readonly fields: HeaderFields } | undefined

  constructor(state: StateManager, chain: LocalChain, { hardfork, prefetch }: EvmOptions) {
    this.#state = state
    this.#chain = chain
    this.#hardfork = hardfork
    this.#prefetch = prefetch ?? ['learned']
  }

  /**
   * Runs a call.
   *
   * @param params Of `eth_call`: call, block, state overrides, block overrides.
   * @returns Its return data.
   * @throws ProviderRpcError if it fails; with code 3 and the return data if it was reverted.
   */
  async call(params: Params): Promise<Hex> {
    return await this.#withContext(params, async (call, context) => {
      const { gasLimit } = context.block.header
      const wanted = call.gas ?? (await mostGasFor(call, context, gasLimit))
      const isTooMuch = wanted > MAX_CALL_GAS
      const outcome = await runCall(call, isTooMuch ? MAX_CALL_GAS : wanted, context)
      requireSuccess(outcome)
      return toHex(outcome.returned)
    })
  }

  /**
   * The lowest gas limit with which a call succeeds.
   *
   * @param params Of `eth_estimateGas`: as of `eth_call`.
   * @throws as {@link LocalEvm.call}
   */
  async estimateGas(params: Params): Promise<bigint> {
    return await this.#withContext(params, async (call, context) => {
      const { gasLimit } = context.block.header
      const isCapped = context.rules.isActivatedEIP(7825) && gasLimit > MAX_TRANSACTION_GAS
      const most = await mostGasFor(call, context, isCapped ? MAX_TRANSACTION_GAS : gasLimit)
      const cap = call.gas !== undefined && call.gas < most ? call.gas : most
      const { gas: intrinsicGas, floor } = intrinsicCostOf(call, context)
      if (cap < intrinsicGas || cap < floor) throw exceedsAllowance(cap)
      const first = await runCall(call, cap, context)
      if (first.failure === OUT_OF_GAS) throw exceedsAllowance(cap)
      requireSuccess(first)
      let least = first.gasUsed
      if (floor > least) least = floor
      return await leastGas(least, cap, async (limit) => {
        return (await runCall(call, limit, context)).failure === undefined
      })
    })
  }

  async #withContext<Result>(
    params: Params,
    use: (call: LocalCall, context: CallContext) => Promise<Result>,
  ): Promise<Result> {
    const [callParameter, , stateOverride, blockOverride] = params
    const ethereumJs = await loadEthereumJs()
    const fields = await this.#headerFields()
    const environment = withOverrides(environmentOf(fields), blockOverride)
    const call = readCall(callParameter, environment.baseFeePerGas ?? 0n)
    const chainId = await this.#chain.chainId()
    const rules = rulesOf({ chainId, environment, fields, hardfork: this.#hardfork }, ethereumJs)
    const block = blockOf(environment, fields, rules, ethereumJs)
    using state = this.#state.branch()
    const override = readObject(stateOverride, 'the state override') as StateOverride
    state.load(fromStateOverride(override))
    if (this.#prefetch.length > 0) await readAhead(call, state, this.#prefetch)
    return await use(call, { state, rules, block, ethereumJs })
  }

  /** The header of the pinned block, fetched by its hash unless it is kept; undefined in memory. */
  async #headerFields(): Promise<HeaderFields | undefined> {
    const chain = chainOf(this.#state)
    if (chain === undefined) return undefined
    const { hash } = await this.#state.pinned()
    if (this.#header?.hash === hash) return this.#header.fields
    const fields = headerKeptBy(chain, this.#state) ?? (await askForHeader(chain, hash))
    this.#header = { hash, fields }
    return fields
  }
}

/** Reads ahead. A failure is ignored: the call itself reads what it really needs. */
async function readAhead(
  { from, to, data, value }: LocalCall,
  state: StateManager,
  sources: readonly PrefetchSource[],
): Promise<void> {
  const receiver = to === undefined ? {} : { to: toHex(to) }
  const request = { from: toHex(from), data: toHex(data), value, ...receiver }
  try {
    await state.prefetchCall(request, { sources })
  } catch (error) {
    if (error instanceof InvalidInputError) throw error
  }
}

function headerKeptBy({ headerRlp }: ChainBehind, { ffi }: StateManager): HeaderFields | undefined {
  if (headerRlp === undefined) return undefined
  const frame = frameOf(ffi)
  return decodeHeader(headerRlp, (data) => frame.keccak256(data)).fields
}

async function askForHeader({ client }: ChainBehind, hash: Hex): Promise<HeaderFields> {
  const header = await client.getBlock(hash)
  if (header === null) throw unknownBlock('the chain no longer has the pinned block')
  if (header.fields !== undefined) return header.fields
  throw new ProviderRpcError(
    RPC_CODES.notSupported,
    'calls need the fields of the header, which the RPC client of the fork does not return',
  )
}

/** EthereumJS's name for running out of gas. */
const OUT_OF_GAS = 'out of gas'

/** The gas of a call that names none: `limit`, or less if the sender can pay only less. */
async function mostGasFor(call: LocalCall, { state }: CallContext, limit: bigint): Promise<bigint> {
  if (call.feeCap === 0n) return limit
  const left = (await state.getBalance(call.from)) - call.value
  const affordable = left < 0n ? 0n : left / call.feeCap
  return affordable < limit ? affordable : limit
}

/**
 * The lowest gas limit that suffices: the gas that the first run used, or more if a call must
 * reserve gas; then it is found by bisection.
 *
 * @param used A lower limit never suffices.
 * @param cap A limit that suffices.
 */
async function leastGas(
  used: bigint,
  cap: bigint,
  isEnough: (gasLimit: bigint) => Promise<boolean>,
): Promise<bigint> {
  if (used >= cap || (await isEnough(used))) return used
  let [tooLow, enough] = [used, cap]
  // A call passes on at most 63/64 of its gas (EIP-150), so this often suffices.
  const likely = (used * 64n) / 63n + 2_300n
  if (likely < enough && (await isEnough(likely))) enough = likely
  for (let run = 0; run < MAX_ESTIMATE_RUNS && enough - tooLow > 1n; run++) {
    const middle = (tooLow + enough) / 2n
    if (await isEnough(middle)) enough = middle
    else tooLow = middle
  }
  return enough
}

function exceedsAllowance(cap: bigint): ProviderRpcError {
  return failed(`gas required exceeds allowance (${cap})`)
}

function requireSuccess({ failure, returned }: CallOutcome): void {
  if (failure === undefined) return
  if (failure !== REVERTED) throw failed(failure)
  const reason = decodeReason(returned)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  throw new ProviderRpcError(RPC_CODES.reverted, message, { data: toHex(returned) })
}

/** The environment in the form of EthereumJS. */
function blockOf(
  environment: BlockEnvironment,
  fields: HeaderFields | undefined,
  rules: Common,
  { block, util }: EthereumJs,
): EvmBlock {
  const { coinbase, prevRandao, baseFeePerGas, blobBaseFee, ...header } = environment
  const { excessBlobGas } = fields ?? {}
  const price = (): bigint | undefined => {
    if (blobBaseFee !== undefined || excessBlobGas === undefined) return blobBaseFee
    const data = { excessBlobGas: excessBlobGas as Hex }
    const options = { common: rules, skipConsensusFormatValidation: true }
    return block.createBlockHeader(data, options).getBlobGasPrice()
  }
  return {
    header: {
      ...header,
      coinbase: new util.Address(toBytes(coinbase, 'coinbase')),
      prevRandao: toBytes(prevRandao, 'prevRandao'),
      ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
      getBlobGasPrice: price,
    },
  }
}
