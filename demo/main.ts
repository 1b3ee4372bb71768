/**
 * `npm start`: runs the main job and prints its report.
 *
 * By default it starts its own anvil. With `RPC_URL` it forks that chain instead, at `BLOCK` (a
 * number, a tag or a hash; `latest` if absent). The exit code is 0 only if every value matched,
 * including those of the swap. On a node other than anvil the swap is skipped, and the report says
 * so.
 */

import type { ForkBlockName, ForkBlockTag } from '../src/index.ts'
import { type MainJobOptions, runMainJob } from './main-job.ts'
import { printReport } from './print.ts'

const BLOCK_NAMES: readonly ForkBlockName[] = ['latest', 'safe', 'finalized', 'earliest']

/** @throws Error if a setting is invalid. */
function readOptions(env: NodeJS.ProcessEnv): MainJobOptions {
  const { RPC_URL: rpcUrl = '', BLOCK: block = '' } = env
  if (rpcUrl === '') {
    if (block !== '') throw new Error('BLOCK needs RPC_URL: which chain?')
    return {}
  }
  if (!URL.canParse(rpcUrl)) throw new Error('RPC_URL must be an http or https URL')
  return block === '' ? { rpcUrl } : { rpcUrl, block: readBlock(block) }
}

function readBlock(text: string): ForkBlockTag {
  const name = BLOCK_NAMES.find((known) => known === text)
  if (name !== undefined) return name
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text as `0x${string}`
  if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return BigInt(text)
  throw new Error(`BLOCK must be a number, a hash or ${BLOCK_NAMES.join(', ')}, not "${text}"`)
}

try {
  const report = await runMainJob(readOptions(process.env))
  console.log(printReport(report, { colour: process.stdout.isTTY }))
  process.exitCode = report.ok ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
