/** What a run over a store does, in a process or a page. */

import type { Engine } from '../../../src/index.ts'
import { keepEveryBlock, type Store } from '../../../src/store/index.ts'
import { type SampleSize, sampleContracts } from '../../../test/integration/many-contracts.ts'
import type { ForkReader } from '../../kit/fork-reads.ts'
import { openForkstate, readAtOnce, requireAsMade, targetsOf } from '../../kit/fork-reads.ts'
import type { MaybeLater } from '../../kit/measure.ts'

/** Nanoseconds from the beginning to the last value. */
export type RunReport = { readonly wall: number }

export async function timedRun(
  size: SampleSize,
  open: () => MaybeLater<ForkReader>,
): Promise<RunReport> {
  const contracts = sampleContracts(size)
  const targets = targetsOf(contracts)
  const start = performance.now()
  const fork = await open()
  const read = await readAtOnce(fork, targets)
  const wall = (performance.now() - start) * 1e6
  fork.close()
  requireAsMade(read, contracts)
  return { wall }
}

/** A fork that keeps what it reads, whatever block it is of. */
export function openOverStore(url: string, store: Store, ffi?: Engine): ForkReader {
  const storeOptions = { policy: keepEveryBlock }
  return openForkstate(url, { ...(ffi && { ffi }), store, storeOptions })
}

/** Opening the store is in the time, as loading a core is; closing it, which writes, is not. */
export async function runOverStore(
  size: SampleSize,
  url: string,
  openStore: () => Store & { close(): Promise<void> },
  loadCore?: () => Promise<Engine>,
): Promise<RunReport> {
  let store: ReturnType<typeof openStore> | undefined
  const report = await timedRun(size, async () => {
    store = openStore()
    return openOverStore(url, store, await loadCore?.())
  })
  await store?.close()
  return report
}
