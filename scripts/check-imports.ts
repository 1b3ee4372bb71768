/** Checks the imports of `src/` and `core/src/` against the floors in `import-rules.ts`. */

import { typescriptProblems, typescriptSources, zigProblems, zigSources } from './import-rules.ts'
import { runScript, ScriptError } from './project.ts'

await runScript(() => {
  const typescript = typescriptSources()
  const zig = zigSources()
  const problems = [
    ...typescriptProblems(typescript).map((problem) => `src: ${problem}`),
    ...zigProblems(zig).map((problem) => `core/src: ${problem}`),
  ]
  if (problems.length > 0) throw new ScriptError(problems.join('\n'))
  console.log(`imports point downward, without circles, in ${typescript.size + zig.size} modules`)
})
