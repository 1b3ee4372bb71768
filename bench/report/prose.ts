/**
 * The prose of the groups, Markdown beside their code: how a group is measured and what to know;
 * then, after a line, its floor: what the parts take, measured apart, and what was tried. Figures
 * are of the machine that RESULTS.md names, each in one run.
 */

import { existsSync, readFileSync } from 'node:fs'

export function proseOf(group: string): { readonly about: string; readonly floor: string } {
  const places = [`${group}.md`, `${group}/${group}.md`]
  const files = places.map((place) => new URL(`../groups/${place}`, import.meta.url))
  const file = files.find((each) => existsSync(each))
  if (file === undefined) throw new Error(`nothing is told of ${group}`)
  // Paragraphs are lines in the report.
  const text = readFileSync(file, 'utf8')
    .trim()
    .replaceAll(/(?<!\n)\n(?!\n)/g, ' ')
  const [about = '', floor = ''] = text.split('\n\n---\n\n')
  return { about, floor }
}
