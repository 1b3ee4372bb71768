/**
 * Modules of Node, and the one optional package, asked for at run time and only when needed: so
 * bundles for browsers need not know of them. Deno and Bun have them too.
 */

interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
}

/** A module of Node by name; undefined where there is none. Its shape is for the caller to say. */
export function nodejsModule<Module>(name: 'fs' | 'module' | 'net'): Module | undefined {
  const { process: runtime } = globalThis as Runtime
  return runtime?.getBuiltinModule?.(`node:${name}`) as Module | undefined
}

interface ModuleOfModules {
  createRequire(from: string): (name: string) => unknown
}

/** A package, if it is installed beside this one. */
export function optionalPackage<Package>(name: string): Package | undefined {
  try {
    const { createRequire } = nodejsModule<ModuleOfModules>('module') as ModuleOfModules
    return createRequire(import.meta.url)(name) as Package
  } catch {
    return undefined
  }
}
