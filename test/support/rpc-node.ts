/**
 * Runs an Ethereum node as a child process on a free loopback port, for tests and the demo.
 *
 * Invariants: the node chooses its own port (it is started with port 0), so parallel test files
 * never compete for one. A node is ready once it has answered `eth_chainId`. It ends with the
 * process that started it, however that ends. This module depends on no particular node or test
 * runner.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'

import { notifyGuardian } from './guardian.ts'
import { type JsonRpcEndpoint, jsonRpcEndpoint } from './json-rpc.ts'

const START_TIMEOUT_MS = 30_000
const MAX_LOG_CHARS = 4_000

/** A running node. */
export interface RpcNode extends JsonRpcEndpoint {
  /** Which node this is, for messages: `anvil`, `hardhat` or `ganache`. */
  readonly name: string
  readonly url: string
  readonly pid: number
  /** Ends the node; safe to call twice. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** How to start a node. */
export interface RpcNodeCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** What to try if the program itself is missing. */
  readonly installHint: string
  readonly env?: Readonly<Record<string, string>>
  /** A folder for this node only, removed when it ends. */
  readonly ownFolder?: string
  /** Finds the port in what the node prints; the first group is the port. */
  readonly portPattern: RegExp
}

/**
 * Starts a node and waits until it answers.
 *
 * @throws Error with what the node printed, if it ends or does not answer in time.
 */
export async function startRpcNode(command: RpcNodeCommand): Promise<RpcNode> {
  const { name, ownFolder } = command
  const child = spawn(command.command, command.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...command.env },
  })
  const ended = whenEnded(child)
  const watched = { pid: child.pid, folder: ownFolder }
  notifyGuardian({ watch: true, ...watched })

  const stop = async (): Promise<void> => {
    child.ref()
    child.kill('SIGKILL')
    await ended
    if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true })
    notifyGuardian({ watch: false, ...watched })
  }

  try {
    const port = await readPort(child, command, ended)
    const url = `http://127.0.0.1:${port}`
    const endpoint = jsonRpcEndpoint(url)
    await endpoint.rpc('eth_chainId')
    letParentEnd(child)
    return { ...endpoint, name, url, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop }
  } catch (cause) {
    await stop()
    throw new Error(`${name} did not start: ${(cause as Error).message}`, { cause })
  }
}

/** Resolves with the reason; never rejects. */
function whenEnded(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', (code, signal) => resolve(new Error(`it ended (${signal ?? code})`)))
  })
}

async function readPort(
  child: ChildProcess,
  { portPattern, installHint, command }: RpcNodeCommand,
  ended: Promise<Error>,
): Promise<number> {
  let log = ''
  const port = new Promise<number>((resolve) => {
    const read = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-MAX_LOG_CHARS)
      const found = portPattern.exec(log)?.[1]
      if (found !== undefined) resolve(Number(found))
    }
    // The listeners stay: the node would block once a pipe that is not read is full.
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
  const timer = new AbortController()
  const failure = Promise.race([ended, timeOut(START_TIMEOUT_MS, timer.signal)])
  try {
    return await Promise.race([port, failure.then((reason) => Promise.reject(reason))])
  } catch (reason) {
    const missing = (reason as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? `${command} was not found; ${installHint}` : (reason as Error).message
    throw new Error(log === '' ? why : `${why}; it printed:\n${log.trim()}`, { cause: reason })
  } finally {
    timer.abort()
  }
}

function timeOut(delayMs: number, signal: AbortSignal): Promise<Error> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(new Error(`silent for ${delayMs} ms`)), delayMs)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}

/** A node that is not stopped must not keep its parent alive. */
function letParentEnd(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdout, child.stderr]) {
    ;(stream as { unref?: () => void } | null)?.unref?.()
  }
}
