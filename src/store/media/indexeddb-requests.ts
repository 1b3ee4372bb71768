/**
 * Turns IndexedDB's events into promises. If nothing else is awaited, the transaction stays open
 * between them.
 */

/** The result of a request. */
export function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves when the transaction is committed; rejects if it is not. */
export function whenCommitted(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () =>
      reject(transaction.error ?? new Error('the transaction was aborted'))
    transaction.onerror = () => {}
  })
}

/** Options of opening a database. */
export interface OpenOptions {
  readonly name: string
  readonly version: number
  /** Creates the tables. */
  readonly upgrade: (database: IDBDatabase) => void
  /** Called when the database was closed from outside, or another page wants to change it. */
  readonly onLost: () => void
}

/** Opens a database of this origin. */
export function openDatabase(options: OpenOptions): Promise<IDBDatabase> {
  const { name, version, upgrade, onLost } = options
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => upgrade(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () =>
      reject(new Error('another page has an older version of the database open'))
    request.onsuccess = () => {
      const database = request.result
      database.onversionchange = () => {
        database.close()
        onLost()
      }
      database.onclose = onLost
      resolve(database)
    }
  })
}
