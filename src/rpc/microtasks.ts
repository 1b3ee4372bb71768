/** Waits for so many microtasks: time for callers of one turn to come together. */
export async function waitMicrotasks(count: number): Promise<void> {
  for (let hop = 0; hop < count; hop++) await Promise.resolve()
}
