/**
 * Runs one call in an EthereumJS EVM, as a transaction would run it, on a branch of the state that
 * is destroyed afterwards. The sender needs no signature and may have code, but must be able to pay
 * for gas and value.
 */

import type { Common } from '@ethereumjs/common'
import type { EVM, EVMRunCallOpts } from '@ethereumjs/evm'
import type { StateManager } from '../../state/state-manager.ts'
import type { LocalCall } from './call-request.ts'
import { failed } from './call-request.ts'
import type { EthereumJs } from './packages.ts'

/** The block of a call, in the form of EthereumJS. */
export type EvmBlock = NonNullable<EVMRunCallOpts['block']>

/** The state and the environment that calls run in. */
export interface CallContext {
  /** Not changed. */
  readonly state: StateManager
  readonly rules: Common
  readonly block: EvmBlock
  readonly ethereumJs: EthereumJs
}

/** What a call costs before it runs. */
export interface IntrinsicCost {
  /** Deducted from the gas limit first. */
  readonly gas: bigint
  /** The minimum gas that a transaction with this data pays for (EIP-7623). */
  readonly floor: bigint
}

/** The outcome of a call. */
export interface CallOutcome {
  readonly returned: Uint8Array
  /** The EVM's name of the error; undefined for success. */
  readonly failure: string | undefined
  /** Of the gas limit, before refunds. */
  readonly gasUsed: bigint
}

/** EthereumJS's name for a revert. */
export const REVERTED = 'revert'

/** @throws Error of EthereumJS if the call has an access list and the hardfork has none. */
export function intrinsicCostOf(
  call: LocalCall,
  { rules, ethereumJs }: CallContext,
): IntrinsicCost {
  const { to, data, value, accessList, from } = call
  const { Address } = ethereumJs.util
  const { createTx, getCalldataFloorGas } = ethereumJs.tx
  const fields = {
    data,
    value,
    ...(to === undefined ? {} : { to: new Address(to) }),
    ...(accessList.length === 0 ? { type: 0 } : { type: 1, accessList: [...accessList] }),
  }
  const tx = createTx(fields as Parameters<typeof createTx>[0], { common: rules })
  return { gas: tx.getIntrinsicGas(), floor: getCalldataFloorGas(tx, new Address(from)) }
}

/**
 * Runs a call with a gas limit.
 *
 * @throws ProviderRpcError if the gas or the sender's balance is too low to begin.
 * @throws as reading the state does.
 */
export async function runCall(
  call: LocalCall,
  gasLimit: bigint,
  context: CallContext,
): Promise<CallOutcome> {
  const { ethereumJs, rules, block } = context
  const { gas: intrinsicGas, floor } = intrinsicCostOf(call, context)
  for (const needed of [intrinsicGas, floor]) {
    if (gasLimit < needed) throw failed(`intrinsic gas too low: have ${gasLimit}, want ${needed}`)
  }
  using state = context.state.branch()
  await payFor(call, gasLimit, state)
  const { createEVM } = ethereumJs.evm
  const { Address } = ethereumJs.util
  const { ForkBlockchain, ForkStateManager } = ethereumJs.adapter
  const stateManager = new ForkStateManager({ state })
  const blockchain = new ForkBlockchain({ state })
  const evm = await createEVM({ common: rules.copy(), stateManager, blockchain })
  const caller = new Address(call.from)
  warmUp(evm, call, context)
  const { execResult } = await evm.runCall({
    block,
    caller,
    ...(call.to === undefined ? {} : { to: new Address(call.to) }),
    data: call.data,
    value: call.value,
    gasPrice: call.gasPrice,
    gasLimit: gasLimit - intrinsicGas,
  })
  return {
    returned: execResult.returnValue,
    failure: execResult.exceptionError?.error,
    gasUsed: intrinsicGas + execResult.executionGasUsed,
  }
}

/** Deducts the price of the gas from the sender, as a transaction does before it runs. */
async function payFor(call: LocalCall, gasLimit: bigint, state: StateManager): Promise<void> {
  const { from, value, feeCap, gasPrice } = call
  if (value === 0n && feeCap === 0n) return
  const balance = await state.getBalance(from)
  const needed = value + gasLimit * feeCap
  if (balance < needed) {
    throw failed(
      `insufficient funds for gas * price + value: have ${balance} wei, want ${needed} wei`,
    )
  }
  if (gasPrice > 0n) state.setBalance(from, balance - gasLimit * gasPrice)
}

/** Makes warm what is warm before a transaction runs (EIP-2929, EIP-2930, EIP-3651). */
function warmUp(evm: EVM, call: LocalCall, { rules, block, ethereumJs }: CallContext): void {
  if (!rules.isActivatedEIP(2929)) return
  const { bytesToHex } = ethereumJs.util
  const { journal } = evm
  const warm = [call.from, ...(call.to === undefined ? [] : [call.to])]
  if (rules.isActivatedEIP(3651)) warm.push(block.header.coinbase.bytes)
  for (const address of warm) journal.addAlwaysWarmAddress(bytesToHex(address))
  for (const address of evm.precompiles.keys()) journal.addAlwaysWarmAddress(`0x${address}`)
  for (const { address, storageKeys } of call.accessList) {
    journal.addAlwaysWarmAddress(address.toLowerCase())
    for (const key of storageKeys) {
      journal.addAlwaysWarmSlot(address.toLowerCase(), key.toLowerCase())
    }
  }
}
