/** Files out of a `.tar.gz` of the fixtures, without unpacking it to disk. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

import { fixturePath } from './fixtures.ts'

/** One file; its name is the path in the archive. */
export interface ArchivedFile {
  readonly name: string
  readonly text: string
}

/** Bytes of a header; the content is padded to a multiple of it. */
const BLOCK_BYTES = 512

/** Plain files of an archive, sorted by name. */
export function readArchive(name: string): readonly ArchivedFile[] {
  const bytes = gunzipSync(readFileSync(fixturePath(name)))
  const files: ArchivedFile[] = []
  let longName: string | undefined
  for (let at = 0; bytes[at] !== undefined && bytes[at] !== 0; ) {
    const field = (from: number, length: number) =>
      bytes.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(field(124, 12), 8)
    const kind = field(156, 1)
    const text = bytes.toString('utf8', at + BLOCK_BYTES, at + BLOCK_BYTES + size)
    // An extended header describes the file after it; its records are "length key=value".
    if (kind === 'x') longName = /^\d+ path=(.*)$/m.exec(text)?.[1]
    else {
      if (kind === '0' || kind === '') files.push({ name: longName ?? field(0, 100), text })
      longName = undefined
    }
    at += BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }
  return files.toSorted((left, right) => (left.name < right.name ? -1 : 1))
}
