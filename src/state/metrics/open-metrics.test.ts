import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { endForkWorlds, makeForkWorld } from '../../../test/support/fork-world.ts'
import { readOpenMetrics } from '../../../test/support/open-metrics.ts'
import { word } from '../../../test/support/sample-keys.ts'
import { InvalidInputError } from '../../diagnostics/errors.ts'
import { LatencyCounter, NO_RETRIES } from '../../rpc/metrics.ts'
import { StateManager } from '../state-manager.ts'
import type { Metrics } from './metrics.ts'
import { OPEN_METRICS_TYPE, openMetrics } from './open-metrics.ts'

afterEach(endForkWorlds)

/** Metrics in which every number is another one, and nothing is absent. */
function fullMetrics(): Metrics {
  using state = new StateManager()
  const latency = new LatencyCounter()
  for (const ms of [0.4, 3, 3, 70, 99_999]) latency.add(ms)
  const { latency: _, retriesByCause: __, endpoints: ___, ...numbers } = state.metrics()
  const names = Object.keys(numbers)
  const own = Object.fromEntries(names.map((name, at) => [name, at + 1])) as typeof numbers
  const endpoint = { health: 0.75, latencyMs: 5, requests: 9, failures: 2, disagreements: 1 }
  return {
    ...own,
    latency: latency.snapshot(),
    retriesByCause: { ...NO_RETRIES, timeout: 4, 'rate-limit-item': 2 },
    endpoints: [
      { ...endpoint, endpoint: 'https://a.example', condition: 'ready' },
      { ...endpoint, endpoint: 'https://a.example', condition: 'wrong-chain' },
    ],
  }
}

const odd = 'a "quoted" \\ label\nof two lines, {with="braces"} # EOF'

describe('openMetrics', () => {
  it('has every metric of a manager, each number in one place', () => {
    const metrics = fullMetrics()
    const families = readOpenMetrics(openMetrics(metrics))
    const values = families.flatMap(({ points }) => points.map(({ value }) => value))
    const { latency: _, retriesByCause: __, endpoints: ___, ...all } = metrics
    const { baseEntries, baseBytes, ...numbers } = all
    expect(values).not.toContain(baseEntries)
    expect(values).not.toContain(baseBytes)
    for (const [name, value] of Object.entries(numbers)) expect(values, name).toContain(value)
  })

  it('names families by their unit, and counts durations in seconds', () => {
    const families = readOpenMetrics(openMetrics(fullMetrics()))
    const find = (name: string) => families.find((family) => family.name === `forkstate_${name}`)
    expect(find('memory_bytes')).toMatchObject({ type: 'gauge', unit: 'bytes' })
    expect(find('rpc_sent_bytes')?.points[0]?.name).toBe('forkstate_rpc_sent_bytes_total')
    const latency = find('rpc_latency_seconds')
    const bucket = (le: string) => latency?.points.find(({ labels }) => labels['le'] === le)?.value
    expect([bucket('0.001'), bucket('0.005'), bucket('0.1'), bucket('10.0')]).toEqual([1, 3, 4, 4])
    expect(bucket('+Inf')).toBe(5)
    const sum = latency?.points.find(({ name }) => name.endsWith('_sum'))?.value
    expect(sum).toBeCloseTo(100.0754)
    const timeouts = find('rpc_retries_by_cause')?.points.find(
      ({ labels }) => labels['cause'] === 'timeout',
    )
    expect(timeouts?.value).toBe(4)
    const conditions = find('endpoint_condition')?.points.filter(({ value }) => value === 1)
    expect(conditions?.map(({ labels }) => labels)).toEqual([
      {
        endpoint: 'https://a.example',
        index: '0',
        forkstate_endpoint_condition: 'ready',
      },
      {
        endpoint: 'https://a.example',
        index: '1',
        forkstate_endpoint_condition: 'wrong-chain',
      },
    ])
  })

  it('is right for a live fork and for one in memory', async () => {
    const { fork, address } = await makeForkWorld()
    await Promise.all([fork.getStorage(address, word(1)), fork.getCode(address)])
    fork.setBalance(address, 1n)
    fork.peekBalance(address)
    const points = readOpenMetrics(openMetrics(fork.metrics())).flatMap((one) => one.points)
    const hits = points.filter(({ name }) => name === 'forkstate_hits_total')
    const byLayer = Object.fromEntries(hits.map(({ labels, value }) => [labels['layer'], value]))
    expect(byLayer).toMatchObject({ overlay: 1, store: 0, network: 3 })
    using memory = new StateManager()
    expect(readOpenMetrics(openMetrics(memory.metrics())).length).toBeGreaterThan(30)
    expect(OPEN_METRICS_TYPE).toContain('version=1.0.0')
  })

  it('adds labels, whatever is in them, and distinguishes several managers', () => {
    const metrics = fullMetrics()
    const families = readOpenMetrics(
      openMetrics([
        { metrics, labels: { chain: '1', odd } },
        { metrics, labels: { chain: '10', odd: '' } },
      ]),
    )
    for (const { points } of families) {
      expect(new Set(points.map(({ labels }) => labels['chain']))).toEqual(new Set(['1', '10']))
      expect(new Set(points.map(({ labels }) => labels['odd']))).toEqual(new Set([odd, '']))
    }
  })

  it.each(['', '1a', 'a-b', '__name__', 'le', 'table', 'endpoint', 'forkstate_endpoint_condition'])(
    'refuses a label named %j',
    (name) => {
      expect(() => openMetrics(fullMetrics(), { [name]: 'x' })).toThrow(InvalidInputError)
    },
  )

  it('refuses two managers with the same labels', () => {
    const one = { metrics: fullMetrics(), labels: { b: '1', a: '2' } }
    const other = { metrics: fullMetrics(), labels: { a: '2', b: '1' } }
    expect(() => openMetrics([one, other])).toThrow(InvalidInputError)
  })
})

describe('the strict reader of these tests', () => {
  const head = '# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n# HELP a_seconds h\n'
  const points = 'a_seconds_bucket{le="1.0"} 1\na_seconds_bucket{le="+Inf"} 2\na_seconds_count 2\n'
  const right = `${head}${points}a_seconds_sum 3\n# EOF\n`

  it('takes what is right', () => {
    expect(readOpenMetrics(right)).toHaveLength(1)
  })

  it.each([
    ['no end', right.replace('# EOF\n', '')],
    ['something after the end', `${right}\n`],
    ['no type', right.replace('# TYPE a_seconds histogram\n', '')],
    ['a unit that the name lacks', right.replace('UNIT a_seconds seconds', 'UNIT a_seconds bytes')],
    ['buckets that shrink', right.replace('"+Inf"} 2', '"+Inf"} 0')],
    ['no last bucket', right.replace('le="+Inf"', 'le="2.0"')],
    ['a bound that is not canonical', right.replace('le="1.0"', 'le="1"')],
    ['no sum', right.replace('a_seconds_sum 3\n', '')],
    ['a point of another family', right.replace('a_seconds_sum', 'b_seconds_sum')],
    ['a series twice', right.replace('a_seconds_sum 3', 'a_seconds_sum 3\na_seconds_sum 3')],
    ['a family twice', right.replace('# EOF', `${head}# EOF`)],
    ['a label that is not closed', right.replace('le="1.0"', 'le="1.0')],
  ])('refuses %s', (_, text) => {
    expect(() => readOpenMetrics(text)).toThrow()
  })
})

/** Reads the text and prints how many samples each family has. */
const READER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
def shown(family):
    return [family.type, family.unit, [[one.labels, one.value] for one in family.samples]]
print(json.dumps({family.name: shown(family) for family in families}))
`
const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0,
)
const where = python === undefined ? ': prometheus_client is not installed' : ''

describe.skipIf(python === undefined)(`the reader of Prometheus${where}`, () => {
  it('reads the same', () => {
    const text = openMetrics(fullMetrics(), { odd })
    const { status, stdout, stderr } = spawnSync(python as string, ['-c', READER], {
      input: text,
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
    const read = JSON.parse(stdout) as Record<string, [string, string, [object, number][]]>
    const own = readOpenMetrics(text).map(({ name, type, unit = '', points }) => {
      return [name, [type, unit, points.map(({ labels, value }) => [labels, value])]]
    })
    expect(read).toEqual(Object.fromEntries(own))
  })
})
