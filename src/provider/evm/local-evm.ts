/**
 * `eth_call` and `eth_estimateGas` on the local state, by EthereumJS. Both leave the state as it
 * is: each run has a branch of its own, with the overrides of the request.
 *
 * A call that names no gas price pays none and needs no balance for gas, as with geth. `latest` and
 * `pending` are both the environment of the pinned block.
 */

import type { Common } from '@ethereumjs/common'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex } from '../../encoding/hex.ts'
import { InvalidInputError } from '../../errors.ts'
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

/** How calls are run. */
export interface EvmOptions {
  /**
   * The fork of the protocol whose rules hold, as EthereumJS names it: `cancun`, `prague`. Default:
   * by the schedule of Mainnet, Sepolia, Holesky or Hoodi; of another chain the newest that the
   * header allows, up to `osaka`.
   */
  readonly hardfork?: string
  /**
   * Who may say what a call will touch, to read it ahead: see `StateManager.prefetchCall`. Default
   * `['learned']`, which asks nobody.
   */
  readonly prefetch?: readonly PrefetchSource[]
}

/** Most gas of one transaction from Osaka on (EIP-7825), so an estimate is not above it. */
const MAX_TRANSACTION_GAS = 16_777_216n
/** Most gas that a call runs with, whatever it asks for, as nodes have such a cap. */
export const MAX_CALL_GAS = 100_000_000n
/** Runs of one estimate; halving any gas limit takes fewer. */
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
   * What a call returns.
   *
   * @param params Of `eth_call`: call, block, state overrides, block overrides.
   * @throws ProviderRpcError if it fails; code 3 and what was returned if it was reverted.
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
   * The least gas limit with which a call succeeds.
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

  /** The header of the pinned block, by its hash where forks are verified; undefined in memory. */
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

/** A failure is left to the reads of the call itself: what is read ahead is only guessed. */
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
  if (header === null) throw unknownBlock('the chain does not have the pinned block any more')
  if (header.fields !== undefined) return header.fields
  throw new ProviderRpcError(
    RPC_CODES.notSupported,
    'the RPC client of the fork does not tell the fields of the header, which calls need',
  )
}

/** EthereumJS's name for it. */
const OUT_OF_GAS = 'out of gas'

/** What a call may use if it does not say: `limit`, or what the sender can pay. */
async function mostGasFor(call: LocalCall, { state }: CallContext, limit: bigint): Promise<bigint> {
  if (call.feeCap === 0n) return limit
  const left = (await state.getBalance(call.from)) - call.value
  const affordable = left < 0n ? 0n : left / call.feeCap
  return affordable < limit ? affordable : limit
}

/**
 * The least gas limit that is enough: what the first run used, or more where a call must hold gas
 * back, found by halving.
 *
 * @param used Less than this is never enough.
 * @param cap Is enough.
 */
async function leastGas(
  used: bigint,
  cap: bigint,
  isEnough: (gasLimit: bigint) => Promise<boolean>,
): Promise<bigint> {
  if (used >= cap || (await isEnough(used))) return used
  let [tooLow, enough] = [used, cap]
  // A call gives away at most 63 of 64 parts of its gas (EIP-150), so this often is enough.
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

/** The environment as EthereumJS wants it. */
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
