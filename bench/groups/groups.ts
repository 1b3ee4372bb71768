/** All groups, in the order of the report. */

import type { Group } from '../kit/group.ts'
import { blocks } from './blocks.ts'
import { branches } from './branches.ts'
import { checkpoints } from './checkpoints.ts'
import { coldFork } from './cold-fork.ts'
import { dumps } from './dumps.ts'
import { hashing } from './hashing.ts'
import { memory } from './memory.ts'
import { misses } from './misses.ts'
import { nativePeers } from './native-peers.ts'
import { nesting } from './nesting.ts'
import { proofs } from './proofs.ts'
import { restart } from './restart.ts'
import { roots } from './roots.ts'
import { snapshots } from './snapshots.ts'
import { startup } from './startup.ts'
import { stateTests } from './state-tests.ts'
import { warmAccounts } from './warm-accounts.ts'
import { warmHot } from './warm-hot.ts'
import { warmReads } from './warm-reads.ts'
import { warmWrites } from './warm-writes.ts'

export const groups: readonly Group[] = [
  warmHot,
  warmReads,
  warmWrites,
  warmAccounts,
  memory,
  misses,
  checkpoints,
  nesting,
  snapshots,
  branches,
  dumps,
  hashing,
  proofs,
  roots,
  blocks,
  stateTests,
  coldFork,
  restart,
  startup,
  nativePeers,
]
