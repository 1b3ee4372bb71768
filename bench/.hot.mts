const tree = process.argv[2]
const { buildWorker, runJob } = await import(`${tree}/bench/run-job.ts`)
await buildWorker()
const jobs: [string, string][] = [
  ['warm-hot', 'forkstate, WebAssembly'],
  ['warm-hot', 'Map'],
  ['warm-hot', 'bare call with copying, WebAssembly'],
  [
    'warm-reads',
    'slot read at once, bytes (`peekStorageBytes`), forkstate, WebAssembly, 1000 uniform',
  ],
  ['warm-reads', 'slot read at once, bytes (`peekStorageBytes`), Map, 1000 uniform'],
  ['warm-reads', 'slot read, awaited, hex (`getStorage`), forkstate, WebAssembly, 1000 uniform'],
  [
    'warm-reads',
    'slot read, awaited, EthereumJS interface (`getStorage`), @ethereumjs/statemanager Simple, 1000 uniform',
  ],
  [
    'warm-writes',
    'slot write, bytes (`setStorage`), in a checkpoint, forkstate, WebAssembly, 1000 uniform',
  ],
  ['warm-writes', 'slot write, bytes (`setStorage`), no checkpoint, Map, 1000 uniform'],
  [
    'warm-accounts',
    'balance read at once, hex address (`peekBalance`), forkstate, WebAssembly, 1000',
  ],
  ['warm-accounts', 'balance read at once, hex address (`peekBalance`), Map, 1000'],
  ['checkpoints', 'forkstate, WebAssembly, 1000 dirty'],
  ['checkpoints', 'Map + undo log, 1000 dirty'],
  ['checkpoints', '@ethereumjs/statemanager Simple, 1000 dirty'],
  ['checkpoints', 'forkstate, WebAssembly, EthereumJS adapter, 1000 dirty'],
  ['nesting', 'forkstate, WebAssembly, 128 levels'],
  ['nesting', 'Map + undo log, 128 levels'],
  ['snapshots', 'forkstate, WebAssembly, 1000 slots'],
  ['snapshots', 'Map + undo log, 1000 slots'],
  ['branches', 'forkstate, WebAssembly, 1000 slots'],
  ['branches', 'Map, 1000 slots'],
  ['branches', '@ethereumjs/statemanager Simple, 1000 slots'],
  ['dumps', 'forkstate, WebAssembly, 10000 slots'],
  ['dumps', 'nested Map, 10000 slots'],
  ['hashing', 'forkstate, WebAssembly'],
]
for (const [g, j] of jobs) {
  const { rows } = await runJob('Node', g, j, { isQuick: false })
  for (const r of rows)
    console.log(JSON.stringify([g, r.subject, r.workload, r.size, r.keys, r.median, r.least]))
}
