import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RpcError } from '../errors.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'

interface Call {
  readonly id: number
  readonly method: string
}

/** What the server does with a request; `body` is an array for a batch. */
type Reply = (exchange: {
  readonly body: Call | Call[]
  readonly request: IncomingMessage
  readonly response: ServerResponse
}) => void

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const answerOf = ({ id, method }: Call) => ({ jsonrpc: '2.0', id, result: `got ${method}` })
const json = (value: unknown, status = 200, headers = {}): Reply => {
  return ({ response }) => response.writeHead(status, headers).end(JSON.stringify(value))
}
const echo: Reply = (exchange) => {
  const { body } = exchange
  json(Array.isArray(body) ? body.map(answerOf) : answerOf(body))(exchange)
}

/** A node that replies by script, then as asked, and a client of it that waits no time. */
async function setUp(steps: Reply[] = [], options: object = {}, credentials = '') {
  const seen: { body: Call | Call[]; request: IncomingMessage }[] = []
  let connections = 0
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      const body = JSON.parse(text)
      seen.push({ body, request })
      const reply = steps.shift() ?? echo
      reply({ body, request, response })
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const waits: number[] = []
  const sleep = async (ms: number) => {
    waits.push(ms)
  }
  const url = `http://${credentials}127.0.0.1:${port}/v3/0123456789abcdef0123`
  const client = new RpcClientAdapter(url, { random: () => 0.5, sleep, ...options })
  stops.push(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  const many = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => client.request(`m${index}`)))
  return { client, many, seen, waits, connections: () => connections, port }
}

const expected = (count: number) => Array.from({ length: count }, (_, index) => `got m${index}`)

describe('HTTP faults that pass', () => {
  const drop: Reply = ({ request }) => request.socket.destroy()
  const truncate: Reply = ({ response }) => response.end('[{"jsonrpc":"2.0","id":')
  const cutOff: Reply = ({ response, request }) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('[{"id"')
    setTimeout(() => request.socket.destroy(), 5)
  }
  const wrongIds: Reply = ({ body, response }) => {
    const items = (body as Call[]).map((call) => answerOf({ ...call, id: call.id + 1_000 }))
    response.end(JSON.stringify(items))
  }
  const noAnswer: Reply = ({ response }) => response.end()

  it.each<[string, Reply]>([
    ['a rate limit by HTTP status', json({}, 429)],
    ['a rate limit for the whole batch', json({ id: null, error: { code: 429, message: '' } })],
    ['a failing gateway', json('bad gateway', 502)],
    ['an error under HTTP 500', json({ error: { code: -32603, message: 'internal' } }, 500)],
    ['a dropped connection', drop],
    ['JSON that ends early', truncate],
    ['a body that ends early', cutOff],
    ['an empty body', noAnswer],
    ['foreign ids', wrongIds],
    ['no items', json([])],
  ])('%s: the batch is sent again', async (_name, fault) => {
    const { many, seen, client } = await setUp([fault])
    expect(await many(3)).toEqual(expected(3))
    expect(seen).toHaveLength(2)
    expect(client.metrics()).toMatchObject({ httpRequests: 2, rpcCalls: 6, retries: 3, errors: 0 })
  })

  it('a rate limit inside a batch: only those items are sent again', async () => {
    const limited: Reply = ({ body, response }) => {
      const error = { code: -32005, message: 'limit exceeded' }
      const items = (body as Call[]).map((call, index) =>
        index < 2 ? answerOf(call) : { id: call.id, error },
      )
      response.end(JSON.stringify(items))
    }
    const { many, seen } = await setUp([limited])
    expect(await many(5)).toEqual(expected(5))
    expect(seen.map(({ body }) => (body as Call[]).map(({ method }) => method))).toEqual([
      ['m0', 'm1', 'm2', 'm3', 'm4'],
      ['m2', 'm3', 'm4'],
    ])
  })

  it('reordered and repeated items are no fault', async () => {
    const shuffle: Reply = ({ body, response }) => {
      const items = (body as Call[]).map(answerOf)
      response.end(JSON.stringify([...items.reverse(), items[1]]))
    }
    const { many, seen } = await setUp([shuffle])
    expect(await many(4)).toEqual(expected(4))
    expect(seen).toHaveLength(1)
  })

  it('honours Retry-After, and the wait a JSON-RPC error asks for', async () => {
    const data = { rate: { backoff_seconds: 11 } }
    const { many, waits } = await setUp([
      json({}, 429, { 'retry-after': '7' }),
      json({
        id: null,
        error: { code: -32005, message: 'project ID request rate exceeded', data },
      }),
    ])
    await many(1)
    expect(waits).toEqual([7_000, 11_000])
  })

  it('a timeout ends the request and is tried again', async () => {
    let closed = 0
    const hang: Reply = ({ response }) => response.on('close', () => closed++)
    const { many, seen } = await setUp([hang], { timeoutMs: 250 })
    expect(await many(2)).toEqual(expected(2))
    expect(seen).toHaveLength(2)
    expect(closed).toBe(1)
  })
})

describe('batches', () => {
  it('go over kept connections', async () => {
    const { many, connections } = await setUp()
    for (let turn = 0; turn < 10; turn++) await many(10)
    // A second one is opened if the first is still busy with the end of its answer.
    expect(connections()).toBeLessThanOrEqual(2)
  })

  it('are split after HTTP 413', async () => {
    const { many, seen } = await setUp([json('too large', 413)])
    expect(await many(8)).toEqual(expected(8))
    expect(seen.map(({ body }) => (body as Call[]).length)).toEqual([8, 4, 4])
  })

  it('are given up visibly if the node does not know them', async () => {
    const single: Reply = (exchange) =>
      Array.isArray(exchange.body)
        ? json({ id: null, error: { code: -32600, message: 'Invalid request' } })(exchange)
        : echo(exchange)
    const { many, seen, client } = await setUp(Array(20).fill(single))
    expect(await many(3)).toEqual(expected(3))
    expect(await many(3)).toEqual(expected(3))
    expect(seen.map(({ body }) => Array.isArray(body))).toEqual([true, ...Array(6).fill(false)])
    expect(client.metrics()).toMatchObject({ batchRefusals: 1, httpRequests: 7 })
  })

  it('whose answer is too long are asked for in halves; a single one fails', async () => {
    const settings = { maxResponseBytes: 150 }
    const { many, seen, client } = await setUp([], settings)
    expect(await many(4)).toEqual(expected(4))
    expect(seen.map(({ body }) => (body as Call[]).length)).toEqual([4, 2, 2])
    const long = client.request('x'.repeat(200))
    await expect(long).rejects.toMatchObject({ code: 'RPC_RESPONSE', kind: 'batch-too-large' })
  })

  it('wait for their place among the requests under way', async () => {
    let open = 0
    let peak = 0
    const slow: Reply = (exchange) => {
      peak = Math.max(peak, ++open)
      setTimeout(() => {
        open--
        echo(exchange)
      }, 10)
    }
    const settings = { maxBatchSize: 1, maxConcurrentRequests: 3 }
    const { many } = await setUp(Array(12).fill(slow), settings)
    expect(await many(12)).toEqual(expected(12))
    expect(peak).toBe(3)
  })
})

describe('refusals', () => {
  it('are reported with their code, and never become a value', async () => {
    const error = { code: 3, message: 'execution reverted' }
    const { client, seen } = await setUp([json({ id: null, error })])
    await expect(client.request('m')).rejects.toMatchObject({ code: 'RPC_FAILED', rpcCode: 3 })
    expect(seen).toHaveLength(1)
    expect(client.metrics().errors).toBe(1)
  })

  it('show no credentials, whatever the node says', async () => {
    const credentials = 'someone:hunter2hunter2@'
    const say = 'key 0123456789abcdef0123 of hunter2hunter2 for Bearer abcdef-header is blocked'
    const headers = { 'X-Api-Key': 'abcdef-header' }
    const { client, seen, port } = await setUp([json(say, 403)], { headers }, credentials)
    const error = (await client.request('m').catch((reason) => reason)) as RpcError
    const { authorization, 'x-api-key': key } = seen[0]?.request.headers ?? {}
    expect(authorization).toBe(`Basic ${btoa('someone:hunter2hunter2')}`)
    expect(key).toBe('abcdef-header')
    expect(error).toMatchObject({ httpStatus: 403, endpoint: `http://127.0.0.1:${port}` })
    const shown = JSON.stringify([error.message, error.details, String(error.cause)])
    for (const secret of ['hunter2', '0123456789abcdef', 'abcdef-header', 'someone']) {
      expect(shown).not.toContain(secret)
    }
  })

  it('by a closed port show the origin and the reason', async () => {
    const { client: gone, port } = await setUp([], { retries: 1 })
    stops.splice(0).forEach((stop) => {
      stop()
    })
    await expect(gone.request('m')).rejects.toMatchObject({ code: 'ABORTED' })
    const url = `http://127.0.0.1:${port}/v3/0123456789abcdef0123`
    const client = new RpcClientAdapter(url, { retries: 1, sleep: async () => {} })
    const error = (await client.request('m').catch((reason) => reason)) as RpcError
    expect(error).toMatchObject({ code: 'RPC_FAILED', kind: 'retryable' })
    expect(error.details).toContain('ECONNREFUSED')
    expect(error.message).not.toContain('0123456789')
    expect(error.cause).toBeUndefined()
  })
})

describe('abort', () => {
  it('of all calls of a request closes its socket', async () => {
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let closed = () => {}
    const closing = new Promise<void>((resolve) => {
      closed = resolve
    })
    const hang: Reply = ({ request }) => {
      request.socket.on('close', closed)
      arrived()
    }
    const { client } = await setUp([hang])
    const controller = new AbortController()
    const { signal } = controller
    const calls = [client.getChainId({ signal }), client.request('m', [], { signal })]
    const settled = Promise.allSettled(calls)
    await arrival
    const reason = new Error('stop')
    controller.abort(reason)
    await closing
    expect(await settled).toMatchObject(
      Array(2).fill({ reason: { code: 'ABORTED', cause: reason } }),
    )
    expect(client.metrics()).toMatchObject({ inFlight: 0, errors: 0 })
  })

  it('by one signal for hundreds of calls gives no warning of a leak', async () => {
    const warnings: unknown[] = []
    const onWarning = (warning: unknown) => warnings.push(warning)
    process.on('warning', onWarning)
    const { client } = await setUp()
    const { signal } = new AbortController()
    const calls = Array.from({ length: 200 }, () => client.request('m', [], { signal }))
    await Promise.all(calls)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })
})
