/**
 * One scenario: reads at many moments during a storm of network faults and reorgs, and then a calm
 * in which everything must work again.
 *
 * What must hold: every read returns the true value or a typed error; nothing hangs; no wrong value
 * is kept; after the faults have ended and all waits are over, reads return the true value; after
 * everything was closed, no timer is left.
 */

import { AbortedError, ForkStateError } from '../../src/diagnostics/errors.ts'
import type { RpcCallOptions } from '../../src/rpc/rpc-client.ts'
import { drawClientRead } from './client-reads.ts'
import type { ManagedFork } from './manager-reads.ts'
import { drawManager, drawManagerRead, managerReads, pinnedBlock } from './manager-reads.ts'
import { Random } from './random.ts'
import type { Level, Setting } from './setting.ts'
import { drawSetting } from './setting.ts'
import { turnOfEvents } from './virtual-clock.ts'
import { addresses, MAX_REORGS, slots } from './world.ts'

const MAX_READS = 24
const STORM_MS = 3_000
/** Longer than every wait, and than endpoints are avoided after failures. */
const CALM_MS = 1_200_000

/** A read and the check of its result. */
export interface Read {
  readonly name: string
  run(options: RpcCallOptions): Promise<unknown>
  /** What is wrong with a value; undefined if it is correct. May be called after the storm. */
  problem(value: unknown): string | undefined
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

interface Done {
  readonly read: Read
  readonly outcome: Outcome
}

/** Counts of results, added up over many scenarios. */
export interface Tally {
  values: number
  errors: number
}

/** Runs one scenario. @throws Error that describes what went wrong, and in which setting. */
export async function runScenario(seed: number, level: Level, tally: Tally): Promise<void> {
  const setting = drawSetting(new Random(seed), level)
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  try {
    if (level === 'client') await runClient(setting, tally)
    else await runManager(setting, tally)
    await turnOfEvents()
    if (rejections.length > 0) throw new Error(`unhandled rejection: ${String(rejections[0])}`)
  } catch (cause) {
    const { message } = cause as Error
    throw new Error(`${message}\n  in ${setting.description}`, { cause })
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

async function runClient(setting: Setting, tally: Tally): Promise<void> {
  const { client, world } = setting
  await runStorm(setting, tally, () => drawClientRead(setting))
  await becomeCalm(setting)
  const address = addresses[0] as (typeof addresses)[number]
  const header = await perform(setting, {
    name: 'getBlock of the head, in the calm',
    run: () => client.getBlock(world.head.hash),
    problem: (value) => (value === null ? 'it is not there' : undefined),
  })
  const code = await perform(setting, {
    name: 'getCode at the head, in the calm',
    run: () => {
      const { number: blockNumber, hash: expectedHash } = world.head
      return client.getCode(address, { blockNumber, expectedHash })
    },
    problem: (value) =>
      value === world.account(address, world.head).code ? undefined : 'it is wrong',
  })
  for (const done of [header, code]) verify(done, tally, 'value')
  await end(setting)
}

async function runManager(setting: Setting, tally: Tally): Promise<void> {
  const { clock } = setting
  const fork = drawManager(setting)
  const storm = await runStorm(setting, undefined, () => drawManagerRead(setting, fork))
  await becomeCalm(setting)
  await clock.run(findPin(fork))
  for (const done of storm) verify(done, tally)
  const pinned = pinnedBlock(setting, fork)
  const isThere = pinned?.world.isCanonical(pinned.block.hash)
  const reads = addresses.flatMap((address) =>
    slots.flatMap((slot) => managerReads(setting, fork, address, slot)),
  )
  const again = await clock.run(Promise.all(reads.map((read) => settle(read, {}))))
  for (const done of again) verify(done, tally, isThere ? 'value' : undefined)
  fork.state.destroy()
  await end(setting)
}

/** Notes the pinned block. A block that was replaced meanwhile can no longer be pinned. */
async function findPin(fork: ManagedFork): Promise<void> {
  try {
    fork.pinned = await fork.state.pinned()
  } catch (error) {
    if (!(error instanceof ForkStateError)) throw error
  }
}

/** Makes reads and events within a few seconds. Verifies the results if a tally is passed. */
async function runStorm(
  setting: Setting,
  tally: Tally | undefined,
  draw: () => Read,
): Promise<readonly Done[]> {
  const { clock, random, world } = setting
  const count = random.integer(1, MAX_READS)
  const moments = Array.from({ length: count }, async () => {
    const startMs = random.chance(0.5) ? random.integer(0, 4) * 500 : random.integer(0, STORM_MS)
    await clock.sleep(startMs)
    return settle(draw(), drawCallOptions(setting))
  })
  for (let event = random.integer(0, MAX_REORGS); event > 0; event--) {
    const isReorg = random.chance(0.3)
    clock.after(random.integer(0, STORM_MS), () => (isReorg ? world.reorg() : world.mine()))
  }
  const done = await clock.run(Promise.all(moments))
  if (tally !== undefined) for (const one of done) verify(one, tally)
  return done
}

function drawCallOptions({ random, clock }: Setting): RpcCallOptions {
  const priority = random.pick(['urgent', 'prefetch', undefined] as const)
  if (!random.chance(0.1)) return { priority }
  const controller = new AbortController()
  clock.after(random.integer(0, 500), () => controller.abort())
  return { priority, signal: controller.signal }
}

async function becomeCalm({ nodes, clock }: Setting): Promise<void> {
  for (const node of nodes) node.calm()
  await clock.pass(CALM_MS)
}

async function end({ client, clock }: Setting): Promise<void> {
  client.close()
  await clock.pass(10_000)
  if (clock.timers > 0) throw new Error(`${clock.timers} timers are left`)
}

function perform({ clock }: Setting, read: Read): Promise<Done> {
  return clock.run(settle(read, {}))
}

async function settle(read: Read, options: RpcCallOptions): Promise<Done> {
  try {
    return { read, outcome: { value: await read.run(options) } }
  } catch (error) {
    return { read, outcome: { error } }
  }
}

function verify({ read, outcome }: Done, tally: Tally, must?: 'value'): void {
  if ('value' in outcome) {
    tally.values++
    const problem = read.problem(outcome.value)
    if (problem === undefined) return
    throw new Error(`${read.name} returned ${show(outcome.value)}: ${problem}`)
  }
  tally.errors++
  const { error } = outcome
  const isTyped = error instanceof ForkStateError
  if (isTyped && (must === undefined || error instanceof AbortedError)) return
  const why = isTyped ? 'although the faults had ended' : 'with an error that is not typed'
  throw new Error(`${read.name} failed ${why}: ${String(error)}`, { cause: error })
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
}
