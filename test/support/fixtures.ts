/**
 * Real data for tests, in a folder beside the project that is not part of it. If it is absent, the
 * tests that need it are shown as skipped.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, test } from 'vitest'

const folder = fileURLToPath(new URL('../../../shared/fixtures/', import.meta.url))

/** Whether the data is present. */
export const hasFixtures = existsSync(folder)

/** The path of a file; `name` is relative to the folder of the fixtures. */
export function fixturePath(name: string): string {
  return `${folder}${name}`
}

/** Names of the files of a folder, sorted; none without the data. */
export function fixtureNames(name: string): readonly string[] {
  return hasFixtures ? readdirSync(fixturePath(name)).toSorted() : []
}

/** A file of JSON; one whose name ends in `.gz` is unpacked. `Content` is trusted, not checked. */
export function readFixture<Content>(name: string): Content {
  const bytes = readFileSync(fixturePath(name))
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Content
}

/** A group of tests that needs the data; without it, a skipped group that says why. */
export function describeFixtures(title: string, body: () => void): void {
  if (hasFixtures) describe(title, body)
  else describe.skip(title, () => test('all of it (no ../shared/fixtures)', () => {}))
}
