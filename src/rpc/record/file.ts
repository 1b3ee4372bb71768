/** Reads and writes recordings as files, in runtimes that have files. */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { nodejsModule } from '../transports/nodejs-modules.ts'

/** The part of `node:fs` that is used. */
interface FileSystem {
  readFileSync(file: string | URL, encoding: 'utf8'): string
  writeFileSync(file: string | URL, text: string): void
  renameSync(from: string | URL, to: string | URL): void
}

/** @throws InvalidInputError if the runtime has no files. */
export function requireFiles(): FileSystem {
  const files = nodejsModule<FileSystem>('fs')
  if (files !== undefined) return files
  throw new InvalidInputError('this runtime has no files', {
    hint: 'pass a function to record(), and { text } to replay()',
  })
}

/** Replaces the whole file at once: it is never half written. */
export function writeFile(file: string | URL, text: string): void {
  const files = requireFiles()
  const partial = file instanceof URL ? new URL(`${file.href}.partial`) : `${file}.partial`
  files.writeFileSync(partial, text)
  files.renameSync(partial, file)
}

/** @throws InvalidInputError if the file cannot be read. */
export function readFile(file: string | URL): string {
  const files = requireFiles()
  try {
    return files.readFileSync(file, 'utf8')
  } catch (cause) {
    throw new InvalidInputError('the recording cannot be read', { cause, details: String(cause) })
  }
}
