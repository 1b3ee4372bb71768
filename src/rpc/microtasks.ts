/** Waits for a number of microtasks, so that callers of one turn can be collected. */
export async function waitMicrotasks(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await Promise.resolve()
}
