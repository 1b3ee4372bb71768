/**
 * A plain JSON-RPC client over fetch, to compare forkstate with. It deliberately shares no code
 * with `src/`, never retries and hides nothing.
 */

/** An error answer of a node. */
export class JsonRpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super(`${method}: ${error.message} (${error.code})`)
    this.name = 'JsonRpcError'
    this.code = error.code
    this.data = error.data
  }
}

/** One call of a batch. */
export interface JsonRpcCall {
  readonly method: string
  readonly params?: readonly unknown[]
}

/** A JSON-RPC endpoint. `Result` is trusted, not checked. */
export interface JsonRpcEndpoint {
  /** @throws JsonRpcError if the node answers with an error. */
  rpc<Result = unknown>(method: string, params?: readonly unknown[]): Promise<Result>
  /** Sends all calls in one request; answers are in the order of the calls. */
  batch<Result = unknown>(calls: readonly JsonRpcCall[]): Promise<Result[]>
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { code: number; message: string; data?: unknown }
}

/** An endpoint at `url`; a user and password in it become a header and stay out of messages. */
export function jsonRpcEndpoint(url: string): JsonRpcEndpoint {
  const post = poster(url)

  async function rpc<Result>(method: string, params: readonly unknown[] = []): Promise<Result> {
    const answer = (await post(toRequest({ method, params }, 1))) as Answer
    return resultOf(answer, method) as Result
  }

  async function batch<Result>(calls: readonly JsonRpcCall[]): Promise<Result[]> {
    if (calls.length === 0) return []
    const answers = (await post(calls.map(toRequest))) as Answer[]
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    return calls.map(({ method }, id) => resultOf(byId.get(id), method) as Result)
  }

  return { rpc, batch }
}

function toRequest({ method, params = [] }: JsonRpcCall, id: number): object {
  return { jsonrpc: '2.0', id, method, params }
}

function resultOf(answer: Answer | undefined, method: string): unknown {
  if (answer === undefined) throw new Error(`${method}: no answer in the batch`)
  if (answer.error !== undefined) throw new JsonRpcError(method, answer.error)
  return answer.result
}

function poster(text: string): (body: unknown) => Promise<unknown> {
  const url = new URL(text)
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (url.username !== '') {
    const credentials = decodeURIComponent(`${url.username}:${url.password}`)
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  return async (body) => {
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(url, request).catch((cause: unknown) => {
      throw new Error(`no answer from ${url.origin}`, { cause })
    })
    return readJson(response)
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    const start = text.slice(0, 200)
    throw new Error(`HTTP ${response.status} with a body that is no JSON: ${start}`, { cause })
  }
}
