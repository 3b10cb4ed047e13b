// Runs the test files of the named folders under test/ with Node's own runner:  node scripts/run-tests.mjs unit integration [name-part…]
// Sources run through tsx, so a test needs no build; tests of whole processes run dist/, which `npm test` builds first.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const folders = ['unit', 'integration', 'slow', 'docker']
const args = process.argv.slice(2)
const chosen = args.filter((arg) => folders.includes(arg))
const parts = args.filter((arg) => !folders.includes(arg))
const files = (chosen.length > 0 ? chosen : folders.slice(0, 3))
  .flatMap((folder) =>
    readdirSync(join('test', folder), { recursive: true }).map((file) => join('test', folder, String(file))),
  )
  .filter(
    (file) => file.endsWith('.test.ts') && (parts.length === 0 || parts.some((part) => file.includes(part))),
  )
  .sort()

if (files.length === 0) {
  console.error(`no test file under test/ matches ${args.join(' ')}`)
  process.exit(1)
}
// Node's own default leaves one core idle, which on two cores is half the machine; the slow ones measure, one at a time; swarms of containers fill a machine each.
const concurrency =
  chosen.includes('slow') || chosen.includes('docker') || chosen.length === 0
    ? 1
    : Math.max(2, availableParallelism())
const options = ['--import', 'tsx', '--test', '--test-reporter', 'spec', `--test-concurrency=${concurrency}`]
const node = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' })
process.exit(node.status ?? 1)
