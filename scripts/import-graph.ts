/**
 * Checks the imports between the files of a source tree against its floors.
 *
 * A *layer* is a set of files. It may import from itself and from the layers that it names. Inside
 * a layer, each folder is a *room* with a floor. Files of a layer that are in no room have no floor
 * and may be above or below the rooms. Three things are errors, for imports of values and of types:
 * - an import of a layer that is not below;
 * - a circle of files;
 * - a chain of imports inside a layer that leads from a room to one that is not below it, or back
 *   to a room that it left.
 *
 * Reads no files: the caller passes the imports.
 */

/** One import of another file of the tree. */
export interface Import {
  /** Path in the tree, with forward slashes. */
  readonly target: string
  readonly line: number
}

/** The imports of each file, by its path in the tree. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>

export interface Layer {
  readonly name: string
  /** Matches paths in the tree. A file belongs to the first layer that matches. */
  readonly files: RegExp
  /** Names of the other layers that it may import. Each must be earlier in the list. */
  readonly below: readonly string[]
  /** Its rooms: folders in the tree from the lowest floor up. Folders of a list share a floor. */
  readonly rooms?: readonly (string | readonly string[])[]
}

/** One line of text that names every file involved. */
export type Problem = string

/** Finds all problems with the imports of a tree. */
export function importProblems(graph: ImportGraph, layers: readonly Layer[]): readonly Problem[] {
  return [
    ...layerProblems(layers),
    ...[...graph.keys()].flatMap((file) => fileProblems(file, graph, layers)),
    ...circles(graph),
    ...layers.flatMap((layer) => climbs(layer, graph, layers)),
  ]
}

function layerProblems(layers: readonly Layer[]): readonly Problem[] {
  const names = layers.map(({ name }) => name)
  return layers.flatMap(({ name, below }, index) =>
    below
      .filter((other) => !names.slice(0, index).includes(other))
      .map((other) => `the layer ${name} names ${other}, which is no layer before it`),
  )
}

function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  return layers.find((layer) => layer.files.test(file))
}

function fileProblems(
  file: string,
  graph: ImportGraph,
  layers: readonly Layer[],
): readonly Problem[] {
  const from = layerOf(file, layers)
  if (from === undefined) return [`${file}: is in no layer`]
  const room = folderOf(file)
  // Folders at the top of the tree are layers, and deeper folders are rooms.
  const isNamed = !room.includes('/') || floorsOf(from).has(room)
  return [
    ...(isNamed ? [] : [`${file}: the folder ${room} has no floor in the layer ${from.name}`]),
    ...(graph.get(file) ?? []).flatMap(({ target, line }) => {
      const to = layerOf(target, layers)
      if (to === undefined || to === from || from.below.includes(to.name)) return []
      return [
        `${file}:${line}: upward: ${chainText([file, target])}: ${to.name} is not below ${from.name}`,
      ]
    }),
  ]
}

// Circles of files.

/** The shortest circle of each file that is in one. Each circle is reported once. */
function circles(graph: ImportGraph): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const file of graph.keys()) {
    const chain = shortestChain(file, graph, (other) => other === file)
    if (chain === undefined) continue
    found.set([...chain.slice(1)].sort().join(), `circle: ${chainText(chain)}`)
  }
  return [...found.values()]
}

/** The shortest chain of at least one import from `start` to a file that is wanted. */
function shortestChain(
  start: string,
  graph: ImportGraph,
  isWanted: (file: string) => boolean,
): readonly string[] | undefined {
  const seen = new Set<string>()
  const queue: (readonly string[])[] = [[start]]
  for (const chain of queue) {
    for (const { target } of graph.get(chain.at(-1) ?? start) ?? []) {
      if (isWanted(target)) return [...chain, target]
      if (seen.has(target)) continue
      seen.add(target)
      queue.push([...chain, target])
    }
  }
  return undefined
}

// Rooms of a layer.

function floorsOf({ rooms = [] }: Layer): ReadonlyMap<string, number> {
  return new Map(
    rooms.flatMap((floor, index) =>
      [floor].flat().map((folder): [string, number] => [folder, index]),
    ),
  )
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
}

function climbs(layer: Layer, graph: ImportGraph, layers: readonly Layer[]): readonly Problem[] {
  const floors = floorsOf(layer)
  const inside = (file: string): boolean => layerOf(file, layers) === layer
  const within = new Map(
    [...graph]
      .filter(([file]) => inside(file))
      .map(([file, imports]) => [file, imports.filter(({ target }) => inside(target))]),
  )
  // Only the shortest of all chains that end with the same import is reported.
  const shortest = new Map<string, readonly string[]>()
  for (const file of within.keys()) {
    const room = folderOf(file)
    if (!floors.has(room)) continue
    for (const chain of chainsOut(file, within)) {
      if (climbProblem(chain, room, floors) === undefined) continue
      const arrival = chain.slice(-2).join()
      const other = shortest.get(arrival)
      if (other === undefined || chain.length < other.length) shortest.set(arrival, chain)
    }
  }
  return [...shortest.values()].flatMap((chain) => {
    return climbProblem(chain, folderOf(chain[0] ?? ''), floors) ?? []
  })
}

function climbProblem(
  chain: readonly string[],
  room: string,
  floors: ReadonlyMap<string, number>,
): Problem | undefined {
  const end = folderOf(chain.at(-1) ?? '')
  const floor = floors.get(end)
  if (floor === undefined) return undefined
  if (end === room) return `comes back to ${room}: ${chainText(chain)}`
  if (floor < (floors.get(room) ?? 0)) return undefined
  return `upward: ${chainText(chain)}: ${end} is not below ${room}`
}

/** The shortest chain from `start` to each file that is reachable outside its room. */
function* chainsOut(start: string, graph: ImportGraph): Iterable<readonly string[]> {
  const room = folderOf(start)
  const seen = new Set<string>()
  const queue: (readonly string[])[] = [[start]]
  for (const chain of queue) {
    for (const { target } of graph.get(chain.at(-1) ?? start) ?? []) {
      // The first step must leave the room. Chains inside it are found from its other files.
      if (chain.length === 1 && folderOf(target) === room) continue
      if (seen.has(target)) continue
      seen.add(target)
      yield [...chain, target]
      queue.push([...chain, target])
    }
  }
}

function chainText(chain: readonly string[]): string {
  return chain.join(' -> ')
}
