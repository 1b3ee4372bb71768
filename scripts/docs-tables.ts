/**
 * Writes what is generated from the descriptions of metrics: the tables that `forkstate/metrics`
 * uses, and the table in README.md.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { metricFieldsModule } from './metric-fields.ts'
import { inProject, runScript } from './project.ts'

await runScript(async () => {
  const tables = inProject('src', 'state', 'metrics', 'metric-fields.gen.ts')
  writeFileSync(tables, metricFieldsModule())
  // This import must come after the tables were written: it reads them.
  const { withMetricsTable } = await import('./metrics-table.ts')
  const readme = inProject('README.md')
  writeFileSync(readme, withMetricsTable(readFileSync(readme, 'utf8')))
})
