/** IndexedDB's events as promises. Awaiting nothing else, a transaction stays open meanwhile. */

/** The result of a request. */
export function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves when the transaction is committed; rejects if it was not. */
export function whenCommitted(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('it was aborted'))
    transaction.onerror = () => {}
  })
}

/** What to do when a database is opened. */
export interface OpenOptions {
  readonly name: string
  readonly version: number
  /** Makes the tables. */
  readonly upgrade: (database: IDBDatabase) => void
  /** The database was closed from outside, or another page wants to change it. */
  readonly onLost: () => void
}

/** Opens a database of this origin. */
export function openDatabase(terms: OpenOptions): Promise<IDBDatabase> {
  const { name, version, upgrade, onLost } = terms
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => upgrade(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('another page has an older version of it open'))
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
