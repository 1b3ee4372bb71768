import type { Group } from '../kit/group.ts'

/** By their names on the command line, in the order of the report. */
const loaders: Readonly<Record<string, () => Promise<{ readonly group: Group }>>> = {
  'warm-hot': () => import('./warm-hot.ts'),
  'warm-reads': () => import('./warm-reads.ts'),
  'warm-writes': () => import('./warm-writes.ts'),
  'warm-accounts': () => import('./warm-accounts.ts'),
  memory: () => import('./memory.ts'),
  misses: () => import('./misses.ts'),
  checkpoints: () => import('./checkpoints.ts'),
  nesting: () => import('./nesting.ts'),
  snapshots: () => import('./snapshots.ts'),
  branches: () => import('./branches.ts'),
  dumps: () => import('./dumps.ts'),
  hashing: () => import('./hashing.ts'),
  proofs: () => import('./proofs/proofs.ts'),
  roots: () => import('./roots/roots.ts'),
  blocks: () => import('./blocks/blocks.ts'),
  'state-tests': () => import('./state-tests/state-tests.ts'),
  'cold-fork': () => import('./cold-fork.ts'),
  restart: () => import('./restart/restart.ts'),
  startup: () => import('./startup/startup.ts'),
  'native-peers': () => import('./native-peers/native-peers.ts'),
}

export type NamedGroup = Group & { readonly name: string }

export async function loadGroup(name: string): Promise<NamedGroup> {
  const load = loaders[name]
  if (load === undefined) throw new Error(`no group ${name} but ${Object.keys(loaders).join(', ')}`)
  return { name, ...(await load()).group }
}

export async function loadGroups(names = Object.keys(loaders)): Promise<readonly NamedGroup[]> {
  return await Promise.all(names.map(loadGroup))
}
