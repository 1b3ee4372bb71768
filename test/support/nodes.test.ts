/** The real nodes start, answer, and never outlive the process that started them. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { describe, expect, test } from 'vitest'

import { JsonRpcError, type RpcNode, startAnvil, startGanache, startHardhat } from './nodes.ts'

const STARTERS = { anvil: startAnvil, hardhat: startHardhat, ganache: startGanache }

describe.each(Object.entries(STARTERS))('%s', (name, start: () => Promise<RpcNode>) => {
  test('starts, answers calls and batches, and stops', async () => {
    const node = await start()
    expect(node.name).toBe(name)
    expect(await node.rpc('eth_blockNumber')).toBe('0x0')
    const calls = [{ method: 'eth_chainId' }, { method: 'eth_accounts' }]
    const [chainId, accounts] = await node.batch(calls)
    expect(chainId).toBe(name === 'ganache' ? '0x539' : '0x7a69')
    expect(accounts).toHaveLength(name === 'hardhat' ? 20 : 10)
    await expect(node.rpc('no_such_method')).rejects.toBeInstanceOf(JsonRpcError)

    await node.stop()
    await node.stop()
    expect(isAlive(node.pid)).toBe(false)
    await expect(node.rpc('eth_chainId')).rejects.toThrow()
  })
})

test('two nodes at once have different ports', async () => {
  const nodes = await Promise.all([startAnvil({ chainId: 1 }), startAnvil({ chainId: 2 })])
  expect(await Promise.all(nodes.map((node) => node.rpc('eth_chainId')))).toEqual(['0x1', '0x2'])
  await Promise.all(nodes.map((node) => node.stop()))
})

test('a node that cannot start says why', async () => {
  await expect(startAnvil({ args: ['--no-such-option'] })).rejects.toThrow(
    /anvil did not start: it ended \(2\); it printed:\n.*--no-such-option/,
  )
})

test.each(['exit', 'SIGKILL'])('a node dies with its parent: %s', async (ending) => {
  const launcher = JSON.stringify(new URL('anvil.ts', import.meta.url).href)
  const end = ending === 'exit' ? 'process.exit()' : "process.kill(process.pid, 'SIGKILL')"
  const script = `
    const { startAnvil } = await import(${launcher})
    const node = await startAnvil()
    process.stdout.write(node.url, () => ${end})`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error)
  expect(stdout).toMatch(/^http:/)
  await expect.poll(() => answers(stdout), { timeout: 20_000 }).toBe(false)
})

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
