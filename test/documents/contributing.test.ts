/** CONTRIBUTING.md names every folder and every environment variable, and nothing that is gone. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

import { readDocument } from './readme-blocks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const contributing = readDocument('CONTRIBUTING.md')

/** Folders whose own folders are named too. */
const opened = ['bench', 'core', 'core/src', 'scripts', 'src', 'test']
/** Where environment variables are read and set. */
const sources = /\.(ts|mjs|cjs|js|sh)$|^\.ci\//

/** The files of the project, committed or about to be. */
function projectFiles(): readonly string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0')
  return listed.filter((file) => file !== '' && existsSync(path.join(root, file)))
}

/** The text below a heading, up to the next one. */
function sectionOf(title: string): string {
  const [, after = ''] = contributing.split(new RegExp(`^#+ ${title}$`, 'm'))
  return after.split(/^#/m)[0] ?? ''
}

/** What the first column of a section's table names. */
function namesIn(title: string): readonly string[] {
  return [...sectionOf(title).matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)
}

function foldersOf(files: readonly string[]): readonly string[] {
  const parents = ['', ...opened.map((folder) => `${folder}/`)]
  const folders = files.flatMap((file) =>
    parents.flatMap((parent) => {
      const [first, rest] = file.startsWith(parent) ? file.slice(parent.length).split('/') : []
      return rest === undefined ? [] : [`${parent}${first}/`]
    }),
  )
  return [...new Set(folders)].sort()
}

function variablesOf(files: readonly string[]): readonly string[] {
  const names = files
    .filter((file) => sources.test(file))
    .flatMap((file) => readDocument(file).match(/\bFORKSTATE_[A-Z][A-Z0-9_]*\b/g) ?? [])
  // Constants of the C ABI begin in the same way.
  const header = readDocument('core/include/forkstate.h')
  return [...new Set(names)].filter((name) => !header.includes(name)).sort()
}

const isInGit = spawnSync('git', ['rev-parse', '--is-inside-work-tree'], { cwd: root }).status === 0

describe.skipIf(!isInGit)(isInGit ? 'the tables' : 'the tables (no git clone)', () => {
  const files = isInGit ? projectFiles() : []

  test('name every folder, and none that is gone', () => {
    const folders = foldersOf(files)
    expect(folders).toContain('src/rpc/')
    expect([...namesIn('Folders')].sort()).toEqual(folders)
  })

  test('name every environment variable, and none that is gone', () => {
    const variables = variablesOf(files)
    expect(variables).toContain('FORKSTATE_SEED')
    expect([...namesIn('Environment variables')].sort()).toEqual(variables)
  })
})

test('each answer to a question leads to a file or folder', () => {
  const rows = sectionOf('Where is…').match(/^\| (?!question)[^-].*$/gm) ?? []
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) {
    const [, question = '', answer = ''] = row.split('|')
    const paths = [...answer.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
    expect(paths, question).not.toEqual([])
    expect(
      paths.filter((file) => !existsSync(path.join(root, file))),
      question,
    ).toEqual([])
  }
})
