/**
 * The public declarations, as the entry points export them: every `{@link}` in their docstrings
 * leads to something exported, and their types name only what is exported too.
 */

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readDocument } from './readme-blocks.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const { exports } = JSON.parse(readDocument('package.json')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}
const entries = Object.values(exports).flatMap((entry) =>
  typeof entry === 'string'
    ? []
    : [path.join(ROOT, entry.types.replace('./dist/', 'src/').replace('.d.ts', '.ts'))],
)
const program = ts.createProgram(entries, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
})
const checker = program.getTypeChecker()
const exported = findExported()

/** What the entry points export, by every name that it has. */
function findExported(): ReadonlyMap<string, ts.Symbol> {
  const found = new Map<string, ts.Symbol>()
  for (const entry of entries) {
    const file = program.getSourceFile(entry)
    const module = file && checker.getSymbolAtLocation(file)
    if (module === undefined) throw new Error(`${entry} is not a module`)
    for (const symbol of checker.getExportsOfModule(module)) {
      found.set(symbol.name, resolve(symbol))
    }
  }
  return found
}

function resolve(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function isOwn(declaration: ts.Declaration): boolean {
  const file = path.relative(ROOT, declaration.getSourceFile().fileName)
  return file.startsWith(`src${path.sep}`)
}

/** The parts of a declaration that users see: no private members, bodies or initial values. */
function* visibleNodes(node: ts.Node): Generator<ts.Node> {
  if (ts.isBlock(node) || (ts.isExpression(node) && !isTypeLike(node))) return
  if (isImplementation(node)) return
  if (ts.isClassElement(node)) {
    const { name } = node
    if (name !== undefined && ts.isPrivateIdentifier(name)) return
    if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return
  }
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => {
    children.push(child)
  })
  for (const child of children) yield* visibleNodes(child)
}

/** Whether this is the implementation of overloads. Users see only the overloads. */
function isImplementation(node: ts.Node): boolean {
  if (!ts.isConstructorDeclaration(node) || node.body === undefined) return false
  return node.parent.members.filter(ts.isConstructorDeclaration).length > 1
}

function isTypeLike(node: ts.Node): boolean {
  return ts.isExpressionWithTypeArguments(node) || ts.isIdentifier(node) || ts.isTypeNode(node)
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile()
  const { line } = file.getLineAndCharacterOfPosition(node.getStart())
  return `${path.relative(ROOT, file.fileName)}:${line + 1}`
}

function linksIn(node: ts.Node): readonly string[] {
  const { jsDoc = [] } = node as { readonly jsDoc?: readonly ts.JSDoc[] }
  return jsDoc.flatMap((doc) =>
    [
      ...doc
        .getText()
        .replace(/\n\s*\*/g, '')
        .matchAll(/\{@link(?:code|plain)?\s+([^}\s|]+)/g),
    ].map(([, to = '']) => to),
  )
}

function leadsSomewhere(link: string): boolean {
  if (/^https?:/.test(link)) return true
  const [name = '', member, ...rest] = link.split('.')
  const symbol = exported.get(name)
  if (symbol === undefined || rest.length > 0) return false
  if (member === undefined) return true
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0
  const types = [
    checker.getDeclaredTypeOfSymbol(symbol),
    ...(isValue ? [checker.getTypeOfSymbol(symbol)] : []),
  ]
  return types.some((type) => type.getProperty(member) !== undefined)
}

/** The type that a node names, if it is this package's and no entry point exports it. */
function hiddenType(node: ts.Node): string | undefined {
  const name = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isExpressionWithTypeArguments(node)
      ? node.expression
      : undefined
  const symbol = name && checker.getSymbolAtLocation(name)
  if (name === undefined || symbol === undefined) return undefined
  const target = resolve(symbol)
  if (target.flags & ts.SymbolFlags.TypeParameter || [...exported.values()].includes(target)) {
    return undefined
  }
  return target.declarations?.some(isOwn) ? name.getText() : undefined
}

function problemsOf(find: (node: ts.Node) => readonly string[]): readonly string[] {
  const declarations = [...new Set(exported.values())].flatMap((symbol) =>
    (symbol.declarations ?? []).filter(isOwn),
  )
  return declarations.flatMap((declaration) => {
    // The docstring of a constant belongs to its statement.
    const top = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
    return [...visibleNodes(declaration), ...(top === declaration ? [] : [top])].flatMap((node) =>
      find(node).map((problem) => `${placeOf(node)}: ${problem}`),
    )
  })
}

test('links in public docstrings lead to what is exported', () => {
  const broken = problemsOf((node) => linksIn(node).filter((link) => !leadsSomewhere(link)))
  expect(broken).toEqual([])
})

test('types of public declarations are exported', () => {
  expect(problemsOf((node) => [hiddenType(node) ?? []].flat())).toEqual([])
})
