/**
 * Lints the workflows in `.github/` with actionlint. Only a public host runs them.
 *
 * An actionlint on PATH is used only if it is exactly {@link version}; otherwise that version is
 * built from the Go module proxy, checked against Go's checksum database, into `.tools/`. Nothing
 * outside the project folder is written. Without Go, or without the proxy, the check is counted as
 * skipped.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { inProject, runScript } from './project.ts'
import { type Counts, writeCounts } from './reports.ts'

const version = 'v1.7.12'
const module = 'github.com/rhysd/actionlint/cmd/actionlint'
const workflows = '.github/workflows'

const tools = inProject('.tools')
const installed = path.join(
  tools,
  `actionlint-${version}`,
  process.platform === 'win32' ? 'actionlint.exe' : 'actionlint',
)

/** The program, or why it is absent. */
type Found = { readonly program: string } | { readonly absence: string }

function findActionlint(): Found {
  if (versionOf('actionlint') === version) return { program: 'actionlint' }
  if (versionOf(installed) === version) return { program: installed }
  if (spawnSync('go', ['version']).status !== 0) return { absence: 'no actionlint and no Go' }
  return install()
}

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['-version'], { encoding: 'utf8' })
  if (status !== 0) return undefined
  return `v${stdout.split('\n')[0]?.trim().replace(/^v/, '')}`
}

function install(): Found {
  console.log(`actionlint ${version}: building from the Go module proxy into ${tools}`)
  const sources = path.join(tools, 'go')
  const cache = path.join(tools, 'go-cache')
  const { status, stderr } = spawnSync('go', ['install', `${module}@${version}`], {
    encoding: 'utf8',
    env: {
      ...process.env,
      GOBIN: path.dirname(installed),
      GOPATH: sources,
      GOCACHE: cache,
      GOFLAGS: '-modcacherw',
      GOTOOLCHAIN: 'local',
    },
  })
  for (const folder of [sources, cache]) rmSync(folder, { recursive: true, force: true })
  if (status === 0 && existsSync(installed)) return { program: installed }
  return { absence: `Go cannot build it: ${stderr.trim().split('\n').at(-1)}` }
}

function check(): Counts {
  const found = findActionlint()
  if ('absence' in found) {
    console.log(`skipped: ${found.absence}`)
    return { passed: 0, failed: 0, skipped: 1 }
  }
  const files = readdirSync(inProject(workflows)).map((name) => `${workflows}/${name}`)
  // The result must not depend on whether shellcheck and pyflakes are installed.
  const options = ['-shellcheck=', '-pyflakes=', '-no-color']
  const { status } = spawnSync(found.program, [...options, ...files], {
    cwd: inProject(),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) return { passed: 0, failed: 1, skipped: 0 }
  console.log(`actionlint ${version} finds nothing in ${files.length} workflows`)
  return { passed: 1, failed: 0, skipped: 0 }
}

await runScript(() => {
  const counts = check()
  writeCounts('workflows', counts)
  if (counts.failed > 0) process.exitCode = 1
})
