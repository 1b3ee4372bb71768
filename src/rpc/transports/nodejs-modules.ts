/**
 * Modules of Node.js, and one optional package, loaded at run time and only when needed, so that
 * bundles for browsers do not contain them. Deno and Bun have them too.
 */

interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
}

/**
 * A module of Node.js by name; undefined in a runtime without it. The caller declares its shape.
 */
export function nodejsModule<Module>(name: 'fs' | 'module' | 'net'): Module | undefined {
  const { process: runtime } = globalThis as Runtime
  return runtime?.getBuiltinModule?.(`node:${name}`) as Module | undefined
}

interface ModuleOfModules {
  createRequire(from: string): (name: string) => unknown
}

/** Loads a package if it is installed beside this one; undefined if not. */
export function optionalPackage<Package>(name: string): Package | undefined {
  try {
    const { createRequire } = nodejsModule<ModuleOfModules>('module') as ModuleOfModules
    return createRequire(import.meta.url)(name) as Package
  } catch {
    return undefined
  }
}
