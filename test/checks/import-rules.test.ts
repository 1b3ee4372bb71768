import { describe, expect, it } from 'vitest'
import {
  type Sources,
  typescriptProblems,
  typescriptSources,
  zigProblems,
  zigSources,
} from '../../scripts/import-rules.ts'

/** The sources with one line more at the top of a file. */
function planted(sources: Sources, file: string, line: string): Sources {
  const text = sources.get(file)
  if (text === undefined) throw new Error(`no source ${file}`)
  return new Map([...sources, [file, `${line}\n${text}`]])
}

describe('imports of src/', () => {
  const sources = typescriptSources()
  const problemsWith = (file: string, line: string): readonly string[] =>
    typescriptProblems(planted(sources, file, line))

  it('go down, in what there is', () => {
    expect(typescriptProblems(sources)).toEqual([])
  })

  it('close no circle, not even one of types', () => {
    const circle = "import type { x } from './proof-reader.ts'"
    expect(problemsWith('rpc/methods/validate.ts', circle)).toContain(
      'circle: rpc/methods/validate.ts -> rpc/methods/proof-reader.ts -> rpc/methods/validate.ts',
    )
  })

  it('go to no layer above', () => {
    const upward = "export type { Fork } from '../fork/fork.ts'"
    expect(problemsWith('rpc/errors.ts', upward)).toContain(
      'rpc/errors.ts:1: upward: rpc/errors.ts -> fork/fork.ts: fork is not below rpc',
    )
  })

  it('go to no room above in the same layer', () => {
    const upward = "import type { x } from '../failover/errors.ts'"
    expect(problemsWith('rpc/transports/json-splitter.ts', upward)).toEqual([
      'upward: rpc/transports/json-splitter.ts -> rpc/failover/errors.ts: ' +
        'rpc/failover is not below rpc/transports',
    ])
  })

  it('go to no room above, or back, by way of a file in between', () => {
    const problems = problemsWith('rpc/clock.ts', "import type { x } from './methods/validate.ts'")
    expect(problems).toContainEqual(
      expect.stringMatching(
        /^upward: rpc\/batching\/\S+ -> .*rpc\/clock\.ts -> rpc\/methods\/validate\.ts: /,
      ),
    )
  })

  it('name no package and no file that is not there', () => {
    const stranger = problemsWith('state/attempts.ts', "import { x } from 'node:fs'")
    expect(stranger).toEqual([
      'state/attempts.ts:1: imports node:fs: few modules may use a package',
    ])
    const missing = problemsWith('state/attempts.ts', "import { x } from './not-there.ts'")
    expect(missing).toEqual([
      'state/attempts.ts:1: imports state/not-there.ts, which is no source here',
    ])
  })

  it('come from a folder that has a floor', () => {
    const problems = typescriptProblems(new Map([...sources, ['rpc/attic/old.ts', '']]))
    expect(problems).toEqual([
      'rpc/attic/old.ts: the folder rpc/attic has no floor in the layer rpc',
    ])
    const outside = typescriptProblems(new Map([...sources, ['attic/old.ts', '']]))
    expect(outside).toEqual(['attic/old.ts: is in no layer'])
  })
})

describe('imports of core/src/', () => {
  const sources = zigSources()
  const problemsWith = (file: string, line: string): readonly string[] =>
    zigProblems(planted(sources, file, line))

  it('go down, in what there is', () => {
    expect(zigProblems(sources)).toEqual([])
  })

  it('close no circle', () => {
    const circle = 'const journal = @import("layer.zig");'
    expect(problemsWith('manager/journal.zig', circle)).toEqual([
      expect.stringMatching(/^circle: manager\/\S+ -> manager\/\S+ -> manager\/\S+$/),
    ])
  })

  it('go to no layer above', () => {
    const upward = 'const manager = @import("../manager/manager.zig");'
    expect(problemsWith('trie/rlp.zig', upward)).toContain(
      'trie/rlp.zig:1: upward: trie/rlp.zig -> manager/manager.zig: manager is not below trie',
    )
  })

  it('may go anywhere in tests', () => {
    const text = sources.get('trie/rlp.zig') ?? ''
    const withTest = `${text}\ntest {\n    _ = @import("../manager/manager.zig");\n}\n`
    expect(zigProblems(new Map([...sources, ['trie/rlp.zig', withTest]]))).toEqual([])
  })
})
