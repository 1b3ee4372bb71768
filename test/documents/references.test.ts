/** What the documents point at is there: linked files, paths, npm scripts, and each other. */

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { readDocument } from './readme-blocks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = readdirSync(root).filter((name) => name.endsWith('.md'))
const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> }

/** Folders that are built or installed, and so may be absent. */
const built = /^(zig-out|prebuilds|dist|node_modules|\.zig)\//
/** A path in code font: with a folder, ending in a file type or a slash; no pattern. */
const pathInCode = /`((?:[\w.@-]+\/)+(?:[\w.-]+\.(?:ts|zig|c|h|mjs|cjs|json|md|txt|sol))?)`/g

/** Headings as GitHub makes them anchors. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(documents)('%s', (name) => {
  const text = readDocument(name)

  test('links to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const missing = links
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#')
        if (file !== '' && !existsSync(path.join(root, file))) return true
        if (anchor === undefined) return false
        return !anchorsOf(file === '' ? text : readDocument(file)).includes(anchor)
      })
    expect(missing).toEqual([])
  })

  test('names paths that are there', () => {
    const named = [...text.matchAll(pathInCode)].map(([, file = '']) => file)
    const missing = named.filter((file) => {
      if (built.test(file)) return false
      return !['', 'core/src', 'src'].some((folder) => existsSync(path.join(root, folder, file)))
    })
    expect(missing).toEqual([])
  })

  test('names npm scripts that are there', () => {
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
  })
})

test('the README leads to every other document', () => {
  const readme = readDocument('README.md')
  const others = documents.filter((name) => name !== 'README.md')
  expect(others.filter((name) => !readme.includes(`](${name})`))).toEqual([])
})
