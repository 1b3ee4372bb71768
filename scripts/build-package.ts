/** Compiles `src/` into an empty `dist/`. */

import { rmSync } from 'node:fs'
import { inProject, runNodeTool, runScript } from './project.ts'

await runScript(() => {
  rmSync(inProject('dist'), { recursive: true, force: true })
  runNodeTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json'])
})
