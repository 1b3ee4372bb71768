/** Assertions that also run in a browser's page, where the test runner is not. */

/** Fails unless both print the same; bytes are compared as bytes, whatever their class. */
export function same(actual: unknown, expected: unknown, what = 'value'): void {
  const [shown, wanted] = [print(actual), print(expected)]
  if (shown === wanted) return
  throw new Error(`${what}: got ${cut(shown)}, expected ${cut(wanted)}`)
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`)
}

/** Fails unless the promise rejects with an error of this code. */
export async function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
  let got: unknown = 'no error'
  try {
    await promise
  } catch (error) {
    got = (error as { readonly code?: string }).code ?? error
  }
  same(got, code, 'error code')
}

/** Waits until a condition holds, up to the time limit of the test. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(2)
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** Waits until a clock of milliseconds shows another time. */
export async function nextMillisecond(): Promise<void> {
  const now = Date.now()
  await until(() => Date.now() > now + 1)
}

export async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of source) items.push(item)
  return items
}

export function randomBytes(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

function print(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'bigint') return `${part}n`
      if (part === undefined) return '<undefined>'
      return part instanceof Uint8Array ? `bytes ${hexOf(part)}` : bytesOfJson(part)
    }) ?? String(value)
  )
}

/** Node's bytes have turned into something else before they come by. */
function bytesOfJson(part: unknown): unknown {
  const { type, data } = (part ?? {}) as { readonly type?: unknown; readonly data?: unknown }
  if (type !== 'Buffer' || !Array.isArray(data)) return part
  return `bytes ${hexOf(Uint8Array.from(data as number[]))}`
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function cut(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}... (${text.length} characters)` : text
}
