/** A metric is described once, where it is declared; what is generated of that is up to date. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricFieldsModule } from '../../scripts/metric-fields.ts'
import { withMetricsTable } from '../../scripts/metrics-table.ts'
import { inProject } from '../../scripts/project.ts'
import { SERIES } from '../../src/state/metrics/metric-families.ts'
import { METRIC_GROUPS } from '../../src/state/metrics/metric-groups.ts'
import { StateManager } from '../../src/state/state-manager.ts'

const fields = METRIC_GROUPS.flatMap((group) => group.fields)

test('the tables are those of the docstrings: else run `npm run docs:tables`', () => {
  const tables = readFileSync(inProject('src/state/metrics/metric-fields.gen.ts'), 'utf8')
  expect(tables).toBe(metricFieldsModule())
  const readme = readFileSync(inProject('README.md'), 'utf8')
  expect(readme).toBe(withMetricsTable(readme))
})

test('what metrics() returns is described, each name once, and nothing else', () => {
  using state = new StateManager()
  const names = fields.map(({ name }) => name)
  expect([...names].sort()).toEqual(Object.keys(state.metrics()).sort())
})

test('a metric in a family of several is of the kind and unit of the family', () => {
  for (const [name, { family }] of SERIES) {
    const field = fields.find((one) => one.name === name)
    expect({ name, type: field?.kind, unit: field?.unit }).toEqual({
      name,
      type: family.type,
      unit: family.unit,
    })
  }
})
