/**
 * The TypeScript in README.md: taken out, checked as a user's compiler would, and prepared to run.
 * A line that ends in `// => text` says what it prints.
 */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The sources behind the entry points of the package. */
const ENTRIES: Readonly<Record<string, string>> = {
  forkstate: 'src/index.ts',
  'forkstate/eip1193': 'src/eip1193.ts',
  'forkstate/ethereumjs': 'src/ethereumjs.ts',
  'forkstate/metrics': 'src/metrics.ts',
  'forkstate/native': 'src/native.ts',
  'forkstate/store': 'src/store/index.ts',
  'forkstate/store/lmdb': 'src/store/lmdb.ts',
  'forkstate/viem': 'src/viem.ts',
  'forkstate/wasm': 'src/wasm.ts',
}

/** One block of TypeScript. */
export interface Block {
  /** Its first line of code, for messages. */
  readonly title: string
  readonly code: string
  /** What it says that it prints, a line each. */
  readonly prints: readonly string[]
}

/** A file of the project. */
export function readDocument(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8')
}

/** All blocks of TypeScript in a text. */
export function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => ({
    title: code.split('\n').find((line) => line !== '' && !line.startsWith('import')) ?? '',
    code,
    prints: [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text = '']) => text),
  }))
}

/** A block as an ES module in JavaScript that uses the sources of this project and this node. */
export function runnable({ code }: Block, nodeUrl: string): string {
  const bound = Object.entries(ENTRIES).reduce((text, [name, file]) => {
    return text.replaceAll(`from '${name}'`, `from '${pathToFileURL(path.join(ROOT, file)).href}'`)
  }, code)
  const { outputText } = ts.transpileModule(bound.replaceAll('http://127.0.0.1:8545', nodeUrl), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  })
  return outputText
}

/** Blocks together with the public types of the project, as the compiler sees them. */
export class CheckedBlocks {
  readonly #program: ts.Program
  readonly #files: ReadonlyMap<string, string>

  constructor(blocks: readonly Block[]) {
    this.#files = new Map(
      blocks.map(({ code }, index) => [path.join(ROOT, `README.block-${index}.ts`), code]),
    )
    const options = projectOptions()
    const host = ts.createCompilerHost(options)
    const { getSourceFile, fileExists, readFile } = host
    host.fileExists = (file) => this.#files.has(file) || fileExists(file)
    host.readFile = (file) => this.#files.get(file) ?? readFile(file)
    host.getSourceFile = (file, languageVersion, ...rest) => {
      const text = this.#files.get(file)
      if (text === undefined) return getSourceFile.call(host, file, languageVersion, ...rest)
      return ts.createSourceFile(file, text, languageVersion)
    }
    const entries = Object.values(ENTRIES).map((file) => path.join(ROOT, file))
    this.#program = ts.createProgram([...this.#files.keys(), ...entries], options, host)
  }

  /** What the compiler says about the blocks, a text each. */
  problems(): readonly string[] {
    return [...this.#files.keys()].flatMap((file) => {
      const source = this.#program.getSourceFile(file)
      return ts.getPreEmitDiagnostics(this.#program, source).map(({ messageText, start = 0 }) => {
        const line = source?.text.slice(0, start).split('\n').at(-1) ?? ''
        return `${path.basename(file)}: ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
      })
    })
  }

  /** Names of the values that an entry point exports. */
  exportedValues(entry: string): readonly string[] {
    return this.#exportsOf(entry)
      .filter((symbol) => (this.#target(symbol).flags & ts.SymbolFlags.Value) !== 0)
      .map(({ name }) => name)
  }

  /** Names of the public members of a class or interface that an entry point exports. */
  membersOf(entry: string, type: string): readonly string[] {
    const symbol = this.#exportsOf(entry).find(({ name }) => name === type)
    if (symbol === undefined) throw new Error(`${entry} exports no ${type}`)
    const checker = this.#program.getTypeChecker()
    return checker
      .getDeclaredTypeOfSymbol(this.#target(symbol))
      .getProperties()
      .map(({ name }) => name)
      .filter((name) => /^[a-z]\w*$/i.test(name))
  }

  #exportsOf(entry: string): readonly ts.Symbol[] {
    const checker = this.#program.getTypeChecker()
    const source = this.#program.getSourceFile(path.join(ROOT, ENTRIES[entry] ?? ''))
    const symbol = source && checker.getSymbolAtLocation(source)
    return symbol === undefined ? [] : checker.getExportsOfModule(symbol)
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
    return isAlias ? this.#program.getTypeChecker().getAliasedSymbol(symbol) : symbol
  }
}

function projectOptions(): ts.CompilerOptions {
  const file = path.join(ROOT, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  const paths = Object.fromEntries(
    Object.entries(ENTRIES).map(([name, target]) => [name, [path.join(ROOT, target)]]),
  )
  return { ...options, noEmit: true, paths }
}
