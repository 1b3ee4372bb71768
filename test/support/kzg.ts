/** KZG commitments to blobs (EIP-4844) for EthereumJS. */

import { loadKZG } from 'kzg-wasm'

/** The type of `customCrypto.kzg` of EthereumJS. */
export type Kzg = Awaited<ReturnType<typeof loadKZG>>

let loading: Promise<Kzg> | undefined

/** Loaded once per process; loading takes seconds. */
export function loadKzg(): Promise<Kzg> {
  loading ??= loadKZG(0)
  return loading
}
