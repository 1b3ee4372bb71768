import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RpcClientOptions } from '../options.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'

interface Call {
  readonly id: number
  readonly method: string
}

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const quick: RpcClientOptions = { backoffMs: 1, maxBackoffMs: 5 }
const answerOf = ({ id, method }: Call) => ({ jsonrpc: '2.0', id, result: `got ${method}` })
const answerTo = (text: string): string => {
  const body: Call | Call[] = JSON.parse(text)
  return JSON.stringify(Array.isArray(body) ? body.map(answerOf) : answerOf(body))
}
const many = (client: RpcClientAdapter, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => client.request(`m${index}`)))
const expected = (count: number) => Array.from({ length: count }, (_, index) => `got m${index}`)

/** A WebSocket server; `serve` gets each message, an echo of what is asked by default. */
async function startWebSocket(serve?: (socket: WebSocket, text: string, nth: number) => void) {
  const seen: { readonly headers: unknown; readonly texts: string[] }[] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  let messages = 0
  server.on('connection', (socket, request) => {
    const texts: string[] = []
    seen.push({ headers: request.headers, texts })
    socket.on('message', (data) => {
      texts.push(String(data))
      messages++
      if (serve) serve(socket, String(data), messages)
      else socket.send(answerTo(String(data)))
    })
  })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  stops.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  return { url: `ws://127.0.0.1:${port}/v3/0123456789abcdef0123`, port, seen, server }
}

function clientOf(url: string, options: RpcClientOptions = {}): RpcClientAdapter {
  const client = new RpcClientAdapter(url, { ...quick, ...options })
  stops.push(() => client.close())
  return client
}

describe('over a WebSocket', () => {
  it('sends batches over one connection', async () => {
    const { url, seen } = await startWebSocket()
    const client = clientOf(url)
    expect(await many(client, 20)).toEqual(expected(20))
    expect(await many(client, 1)).toEqual(expected(1))
    expect(seen).toHaveLength(1)
    expect(seen[0]?.texts).toHaveLength(2)
    const metrics = client.metrics()
    expect(metrics).toMatchObject({ httpRequests: 0, rpcCalls: 21, retries: 0 })
    expect(metrics.bytesSent).toBe(seen[0]?.texts.join('').length)
  })

  it('sends calls again that were under way when the connection dropped', async () => {
    const { url, seen } = await startWebSocket((socket, text, nth) => {
      if (nth === 1) socket.terminate()
      else socket.send(answerTo(text))
    })
    const client = clientOf(url)
    expect(await many(client, 5)).toEqual(expected(5))
    expect(seen).toHaveLength(2)
    expect(client.metrics().retriesByCause.network).toBe(5)
  })

  it('connects again after the server was gone, with its reason in the error meanwhile', async () => {
    const { url, port, server } = await startWebSocket()
    const client = clientOf(url, { retries: 1 })
    await many(client, 1)
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
    const error = await client.request('m').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'RPC_FAILED', endpoint: `ws://127.0.0.1:${port}` })
    expect((error as Error).message).toContain('ECONNREFUSED')
    expect((error as Error).message).not.toContain('0123456789')
    const again = new WebSocketServer({ port, host: '127.0.0.1' })
    again.on('connection', (socket) =>
      socket.on('message', (data) => socket.send(answerTo(String(data)))),
    )
    stops.push(() => again.close())
    await new Promise<void>((resolve) => again.once('listening', resolve))
    expect(await many(client, 3)).toEqual(expected(3))
  })

  it('sends user info and headers when it opens', async () => {
    const { url, seen } = await startWebSocket()
    const client = clientOf(url.replace('ws://', 'ws://me:secret@'), { headers: { 'X-Key': 'k' } })
    await many(client, 1)
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Basic ${btoa('me:secret')}`,
      'x-key': 'k',
    })
    expect(client.endpoint).not.toContain('secret')
  })

  it('reads answers in binary frames, and in halves those that are too long', async () => {
    const { url } = await startWebSocket((socket, text) => socket.send(Buffer.from(answerTo(text))))
    const client = clientOf(url, { maxResponseBytes: 150 })
    expect(await many(client, 8)).toEqual(expected(8))
  })

  it('uses the WebSocket that was passed in', async () => {
    const failing = class {
      constructor() {
        throw new Error('not this one')
      }
    }
    const client = clientOf('ws://127.0.0.1:1', { WebSocket: failing as never, retries: 0 })
    await expect(client.request('m')).rejects.toThrow('not this one')
  })
})

describe('over an IPC socket', () => {
  async function startIpc(serve?: (socket: Socket, text: string) => void) {
    const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-ipc-'))
    const file =
      process.platform === 'win32'
        ? `\\\\.\\pipe\\${path.basename(folder)}`
        : path.join(folder, 'node.ipc')
    const connections: Socket[] = []
    const server = createServer((socket) => {
      connections.push(socket)
      socket.on('data', (data) => {
        for (const line of String(data).trim().split('\n')) {
          if (serve) serve(socket, line)
          else socket.write(`${answerTo(line)}\n`)
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(file, resolve))
    stops.push(() => {
      for (const socket of connections) socket.destroy()
      server.close()
      if (existsSync(folder)) rmSync(folder, { recursive: true })
    })
    return { file, connections }
  }

  it.each(['', 'ipc:', 'ipc://'])('takes the path with prefix %j', async (prefix) => {
    const { file, connections } = await startIpc()
    const client = clientOf(prefix + file)
    expect(await many(client, 20)).toEqual(expected(20))
    expect(await many(client, 2)).toEqual(expected(2))
    expect(connections).toHaveLength(1)
    expect(client.endpoint).toBe(`ipc:${file}`)
  })

  it('reads messages that come in pieces, with characters cut in two', async () => {
    const { file } = await startIpc((socket, text) => {
      const { id } = JSON.parse(text)
      const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: 'grüße "}' }))
      const cut = bytes.indexOf('ü') + 1
      socket.write(bytes.subarray(0, cut))
      setTimeout(() => socket.write(bytes.subarray(cut)), 5)
    })
    expect(await clientOf(file).request('m')).toBe('grüße "}')
  })

  it('sends calls again that were under way when the socket closed', async () => {
    let messages = 0
    const { file, connections } = await startIpc((socket, text) => {
      messages++
      if (messages === 1) socket.destroy()
      else socket.write(answerTo(text))
    })
    expect(await many(clientOf(file), 3)).toEqual(expected(3))
    expect(connections).toHaveLength(2)
  })

  it('ends an answer that grows too long', async () => {
    const { file } = await startIpc((socket, text) => {
      const { id } = JSON.parse(text)
      socket.write(`{"id":${id},"result":"${'x'.repeat(500)}`)
    })
    const client = clientOf(file, { maxResponseBytes: 200 })
    await expect(client.request('m')).rejects.toMatchObject({ kind: 'batch-too-large' })
  })

  it('reports that there is no such socket', async () => {
    const client = clientOf('/no/such/socket', { retries: 0 })
    const error = { code: 'RPC_FAILED', details: expect.stringContaining('ENOENT') }
    await expect(client.request('m')).rejects.toMatchObject(error)
    expect(() => clientOf('ipc:')).toThrow('path')
  })
})
