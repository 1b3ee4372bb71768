/**
 * The prose of the groups, Markdown beside their code: how a group is measured and what to know;
 * then, after a line, its floor: what the parts take, measured apart, and what was tried. Figures
 * are of the machine that RESULTS.md names, each in one run.
 */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Prose {
  readonly about: string
  readonly floor?: string | undefined
}

export function proseOf(group: string): Prose {
  const places = [`${group}.md`, `${group}/${group}.md`]
  const files = places.map((place) => fileURLToPath(new URL(`../groups/${place}`, import.meta.url)))
  const file = files.find((each) => existsSync(each))
  if (file === undefined) throw new Error(`nothing is told of ${group}`)
  const text = readFileSync(file, 'utf8').trim()
  // Paragraphs are lines in the report.
  const [about = '', floor] = text.replaceAll(/(?<!\n)\n(?!\n)/g, ' ').split('\n\n---\n\n')
  return { about, floor }
}
