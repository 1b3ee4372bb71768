import type { BlockchainInterface } from '@ethereumjs/blockchain'
import type { StateManagerInterface } from '@ethereumjs/common'
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { expectTypeOf, test } from 'vitest'

import type { ForkBlockchain, ForkStateManager } from '../ethereumjs.ts'

test('the adapter has every method that a state manager may have, but those of binary trees', () => {
  type Wanted = Exclude<
    keyof StateManagerInterface,
    'initBinaryTreeExecutionWitness' | 'verifyBinaryTreePostState' | 'checkChunkWitnessPresent'
  >
  expectTypeOf<ForkStateManager>().toExtend<Required<Pick<StateManagerInterface, Wanted>>>()
  expectTypeOf<ForkStateManager>().toExtend<StateManagerInterface>()
})

test('the chain is what an EVM asks for, and no whole blockchain', () => {
  expectTypeOf<ForkBlockchain>().toExtend<EVMMockBlockchainInterface>()
  expectTypeOf<ForkBlockchain>().not.toExtend<BlockchainInterface>()
})
