// Runs the test files of the named folders under test/ with Node's own runner:  node scripts/run-tests.mjs unit integration [name-part…]
// Sources run through tsx, so a test needs no build; tests of whole processes run dist/, which `npm test` builds first. Integration tests take
// what was built for the sources where it is no older than they are: their nodes start threads and processes that would each read the sources anew.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folders = ['unit', 'integration', 'slow', 'docker', 'browser']
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

/** Unit tests in one process: reading the sources anew for each file takes longer than most tests. */
const PER_PROCESS = 12

/** A hook around each test of a file would be around each test of its process. */
const needsProcess = (file) => /^(before|after)Each\(/m.test(readFileSync(file, 'utf8'))

/** What a program prints is compared without colours, which a CI's environment asks for even into a pipe; tests that load ONNX Runtime themselves report to nobody. */
const forTests = ({ FORCE_COLOR: _, ...env }) => ({ ...env, NO_COLOR: '1', ORT_DISABLE_TELEMETRY: '1' })

/** Files that import so many unit tests each, one after the other. */
function grouped(units, folder) {
  return Array.from({ length: Math.ceil(units.length / PER_PROCESS) }, (_, i) => {
    const group = join(folder, `unit-${String(i).padStart(2, '0')}.test.mjs`)
    const imports = units.slice(i * PER_PROCESS, (i + 1) * PER_PROCESS)
    writeFileSync(group, imports.map((file) => `await import('${pathToFileURL(resolve(file))}')\n`).join(''))
    return group
  })
}

/** When a file was written, or 0 where there is none. */
const writtenAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

function isBuilt() {
  const built = writtenAt(join('dist', '.tsbuildinfo'))
  return readdirSync('src', { recursive: true }).every((file) => writtenAt(join('src', file)) <= built)
}

const temporary = mkdtempSync(join(tmpdir(), 'peermerge-tests-'))
try {
  const units = files.filter((file) => file.startsWith(join('test', 'unit')) && !needsProcess(file))
  const others = files.filter((file) => !units.includes(file))
  // One more than cores, as tests of the network wait a good part of their time; the slow ones measure, one at a time; swarms of containers fill a machine each.
  const alone = chosen.length === 0 || chosen.includes('slow') || chosen.includes('docker')
  const concurrency = alone ? 1 : availableParallelism() + 1
  const options = [
    '--import',
    isBuilt() ? pathToFileURL(resolve('scripts', 'tests', 'loader.mjs')).href : 'tsx',
    '--test',
    '--test-reporter',
    'spec',
    `--test-concurrency=${concurrency}`,
  ]
  const node = spawnSync(process.execPath, [...options, ...grouped(units, temporary), ...others], {
    stdio: 'inherit',
    env: forTests(process.env),
  })
  process.exitCode = node.status ?? 1
} finally {
  rmSync(temporary, { recursive: true })
}
