/** Limits the memory of the WebAssembly core, so that tests can exhaust it. */

const HEADER_BYTES = 8
const MEMORY_SECTION = 5

/**
 * The binary with a memory of at most `pages` (64 KiB each) above its initial size.
 *
 * @throws Error if the binary has no memory section.
 */
export function withMemoryLimit(
  base64: string,
  { pages }: { readonly pages: number },
): Uint8Array<ArrayBuffer> {
  const binary = Uint8Array.from(Buffer.from(base64, 'base64'))
  let at = HEADER_BYTES
  while (at < binary.length) {
    const section = binary[at]
    const size = readUnsigned(binary, at + 1)
    const end = size.end + size.value
    if (section === MEMORY_SECTION) {
      const flags = readUnsigned(binary, size.end + 1)
      const initial = readUnsigned(binary, flags.end)
      const body = [1, 1, ...writeUnsigned(initial.value), ...writeUnsigned(initial.value + pages)]
      const replacement = [MEMORY_SECTION, ...writeUnsigned(body.length), ...body]
      return Uint8Array.from([...binary.subarray(0, at), ...replacement, ...binary.subarray(end)])
    }
    at = end
  }
  throw new Error('the binary has no memory section')
}

/** LEB128. */
function readUnsigned(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, end: at + 1 }
  }
}

function writeUnsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...writeUnsigned(value >>> 7)]
}
