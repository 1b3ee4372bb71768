/**
 * One scenario: reads at many moments while the network and the chain misbehave, and then a calm in
 * which everything must work again.
 *
 * What must hold: every read gives the true value or a typed error; nothing hangs; nothing wrong is
 * kept; after the faults have ended, and the time that may be waited for has passed, reads give the
 * true value; when all is closed no timer is left.
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
/** Long enough for every wait, rest and suspicion to have passed. */
const CALM_MS = 1_200_000

/** A read and the truth about it. */
export interface Read {
  readonly name: string
  run(options: RpcCallOptions): Promise<unknown>
  /** What is wrong with a value; undefined if it is true. Asked when all is over. */
  problem(value: unknown): string | undefined
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

interface Done {
  readonly read: Read
  readonly outcome: Outcome
}

/** What a scenario came to, added up over many. */
export interface Tally {
  values: number
  errors: number
}

/** @throws Error that tells what went wrong. */
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

/** A block that was replaced meanwhile cannot be pinned any more. */
async function findPin(fork: ManagedFork): Promise<void> {
  try {
    fork.pinned = await fork.state.pinned()
  } catch (error) {
    if (!(error instanceof ForkStateError)) throw error
  }
}

/** Reads and events at moments of a few seconds. Verified at once if there is a tally. */
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
    throw new Error(`${read.name} gave ${show(outcome.value)}: ${problem}`)
  }
  tally.errors++
  const { error } = outcome
  const isTyped = error instanceof ForkStateError
  if (isTyped && (must === undefined || error instanceof AbortedError)) return
  const why = isTyped ? 'though nothing was wrong any more' : 'which is no typed error'
  throw new Error(`${read.name} failed, ${why}: ${String(error)}`, { cause: error })
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
}
