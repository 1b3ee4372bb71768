/** A real Redis or Valkey server for tests, on a free loopback port; also three as a cluster. */

import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findProgram } from '../support/find-program.ts'
import { pause } from './checks.ts'
import { startProgram, type WatchedProcess } from './programs.ts'

/** The server program, if it is installed. */
export const redisProgram: string | undefined = findProgram('redis-server', 'valkey-server')

const START_ATTEMPTS = 5
const CLUSTER_SLOTS = 16_384

/** A server that can be killed and started again with what it had. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Kills it, as a power failure would. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  restart(): Promise<void>
  /** Kills it and removes its files. */
  stop(): Promise<void>
  /** Sends one command as text and resolves with the answer as it came. */
  command(text: string): Promise<string>
}

/** @throws Error if the program is not installed or does not start. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'forkstate-redis-'))
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      const first = await launch(port, folder, args)
      return handleOf(port, folder, args, first)
    } catch (error) {
      // Another program may have taken the port meanwhile.
      if (attempt === START_ATTEMPTS) throw error
    }
  }
}

function handleOf(
  port: number,
  folder: string,
  args: readonly string[],
  first: WatchedProcess,
): RedisServer {
  let server = first
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.kill(),
    async restart() {
      server = await launch(port, folder, args)
    },
    async stop() {
      await server.kill()
      await rm(folder, { recursive: true, force: true })
    },
    command: (text) => ask(port, text),
  }
}

/** Keeps what it has in a log, so that it has it again after it was killed. */
async function launch(
  port: number,
  folder: string,
  args: readonly string[],
): Promise<WatchedProcess> {
  if (redisProgram === undefined) throw new Error('redis-server is not installed')
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  const keeping = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no']
  const server = startProgram(redisProgram, [...where, ...keeping, ...args])
  let isOver = false
  void server.ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const answer = await ask(port, 'PING').catch(() => '')
    if (answer.startsWith('+PONG') && !isOver) return server
    await pause(10)
  }
  throw new Error(`${redisProgram} ended with ${await server.ended}`)
}

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
    socket.once('close', () => reject(new Error('closed')))
    socket.write(`${text}\r\n`)
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A cluster without copies. */
export interface RedisCluster {
  readonly urls: readonly string[]
  stop(): Promise<void>
}

/** Three servers that share the keys. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const servers: RedisServer[] = []
  const busPorts: number[] = []
  for (let node = 0; node < 3; node++) {
    const busPort = await freePort()
    busPorts.push(busPort)
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
    servers.push(await startRedis(args))
  }
  const share = Math.ceil(CLUSTER_SLOTS / servers.length)
  for (const [at, server] of servers.entries()) {
    const last = Math.min(CLUSTER_SLOTS, (at + 1) * share) - 1
    await server.command(`CLUSTER ADDSLOTSRANGE ${at * share} ${last}`)
    await server.command(`CLUSTER SET-CONFIG-EPOCH ${at + 1}`)
  }
  for (const server of servers.slice(1)) {
    await server.command(`CLUSTER MEET 127.0.0.1 ${servers[0]?.port ?? 0} ${busPorts[0] ?? 0}`)
  }
  for (const server of servers) {
    for (;;) {
      const info = await server.command('CLUSTER INFO')
      if (info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')) break
      await pause(50)
    }
  }
  return {
    urls: servers.map(({ url }) => url),
    async stop() {
      for (const server of servers) await server.stop()
    },
  }
}
