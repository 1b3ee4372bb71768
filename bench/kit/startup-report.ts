/** What is started in a process of its own, and what it says of that. */

export type Starter = 'wasm' | 'native' | 'adapter' | 'simple' | 'merkle' | 'rpc' | 'tevm'

/** Nanoseconds. */
export interface StartupReport {
  /** The import of the modules. */
  readonly loading: number
  /** The first manager. */
  readonly making: number
  /** Processor time of that, all threads. */
  readonly makingProcessor: number
  /** A first write and the read of it. */
  readonly using: number
}
