/**
 * Why targets are missed where they are: what the parts take, measured apart, and what was tried.
 * Figures are of the machine that RESULTS.md names, each in one run; Markdown.
 */

export const HOT_READ =
  'The bare call with its copies is the floor, and is above 60 ns by itself: `Uint8Array.set` of ' +
  '20 and of 32 bytes takes 16 and 18 ns, the call with the look-up about 40 ns, and `slice` of ' +
  '32 bytes out 37 to 45 ns, half of which is the allocation. What forkstate adds is above all the ' +
  'check that each argument is bytes of the right length (25 ns), asked of internal slots, so that ' +
  'nothing the caller made runs or lies. Tried: a new array filled by a loop (49 to 80 ns in ' +
  'place of `slice`), `subarray` and `set` (65 ns), `instanceof` before the check (9 ns less, but it ' +
  'believes objects that lie).'

export const AWAITED_HEX =
  'Of a read at 100,000 random slots (940 ns), the look-up with bytes in and out takes 550 ns ' +
  '(135 when hot; the rest is waiting for memory, of the core’s tables and of the keys), text ' +
  'in place of bytes 300 ns, and the promise with its `await` 100 ns. With bytes and at once ' +
  '(`peekStorageBytes`) the read takes a quarter of the time of the peers’ reads. Tried for the ' +
  'text, a hot conversion of 32 bytes each way taking 115 ns: `charCodeAt` (186 ns), `hexWrite` ' +
  '(110 ns), joining texts of two bytes (202 ns), `String.fromCharCode` (412 ns); a prototype ' +
  'in WebAssembly with SIMD saves 95 ns of both ways together, which does not reach the target, ' +
  'for instructions that the core needs nowhere else. `Promise.resolve` in place of an `async` ' +
  'method: no gain with hex.'

export const MISS =
  'A miss is a read, a request taken and an answer provided: three calls, the address and the ' +
  'slot as text (about 200 ns), the value from a bigint, and new entries in two tables. The ' +
  'fastest rounds are below the target. Taking requests as bytes would save the text, which ' +
  'whoever sends them needs.'

export const FLAT_SCOPES =
  'Where a scope writes the same slots again, its time does not depend on what was written ' +
  'before: that is the chart of statement 16. A slot never written before has a place of its ' +
  'own in the index, a line of memory that no cache has: ten dependent random lines of as large ' +
  'a table, measured in the same run as `memory alone`, take 0.05 us at 1,000 slots and 1.5 us ' +
  'at 4 million, which is most of the growth. A look-up touches one line of the index; released ' +
  'entries are used again, so value and owner are hot. Nothing is allocated and nothing else ' +
  'grows: `core/src/testing/cost_test.zig` counts it. A smaller index (4 bytes an entry) would have ' +
  'half the lines; not tried.'

export const WRITES_IN_SCOPE =
  'The peer keeps values in a `Map` by hex text and copies nothing until a checkpoint is made, so a ' +
  'write is one insertion there. Of ours, three copies of bytes with their checks take about 100 ns, ' +
  'the call and the undo record about 50, and the rest is memory.'

export const COLD_FORK =
  'The first fork of a process takes 180 to 230 ms of processor time for code that is not compiled ' +
  'yet, later ones about 45 ms: of a profile, `fetch` and streams 17 ms, reads and batching 13, ' +
  'collector 9, proof checks of 200 accounts and 1,000 slots 6, writes into the core 5, hex 5, JSON ' +
  'of 1 MB 3. A plain client that checks nothing takes 11 ms. The node’s own time, 250 to 900 ms in ' +
  'the same run, moves more than that.'

export const FIRST_MANAGER =
  'More than half is Node’s own: the first use of `crypto.getRandomValues`, for the secret seed of ' +
  'the tables, loads Web Crypto in 2.8 ms, and `node:crypto` would take as long. A program that has ' +
  'used it before does not pay. Compiling takes about 1 ms, reading the text of the core 0.2 to 0.3, ' +
  'an instance 0.25. Tried: a mapper a character to read the text (20 ms and more, until it was ' +
  'replaced).'

export const NATIVE =
  'Most reads and the writes are within the target, many of them below revm’s time. What is ' +
  'missed, by little and not the same in each run, are reads among 100,000 slots and more, ' +
  'which wait for memory. A read takes about 320 instructions from C: checking the handle, ' +
  'hashing 20 and 32 bytes with the secret seed, finding the account and then the slot, of ' +
  'which the index, the owner and the value are three lines of memory. revm takes about 100, ' +
  'uses what is a hash already as the hash, and so has several reads in flight where we have ' +
  'one. Tried: the account that a layer saw last is remembered (kept: for the same account ' +
  'again 23 to 16 ns, and 28 instructions more for another), an overwrite that appends its undo ' +
  'record at once (kept: a fifth of the instructions less), vectors for hash and tags (45 ' +
  'instructions less in a prototype, not taken yet), one function for the layers below (40 ' +
  'instructions more for facts of a fork).'
