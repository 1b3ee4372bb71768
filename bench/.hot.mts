const tree = process.argv[2]
const { buildWorker, runJob } = await import(`${tree}/bench/run-job.ts`)
await buildWorker()
const jobs: [string, string][] = [
  ['checkpoints', 'forkstate, WebAssembly, EthereumJS adapter, 1000 dirty'],
  ['nesting', 'forkstate, WebAssembly, 128 levels'],
  ['nesting', 'Map + undo log, 128 levels'],
  ['branches', 'forkstate, WebAssembly, 1000 slots'],
  ['branches', 'Map, 1000 slots'],
  ['branches', '@ethereumjs/statemanager Simple, 1000 slots'],
]
for (const [g, j] of jobs) {
  const { rows } = await runJob('Node', g, j, { isQuick: false })
  for (const r of rows)
    console.log(JSON.stringify([g, r.subject, r.workload, r.size, r.keys, r.median, r.least]))
}
