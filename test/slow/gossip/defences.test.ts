import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DEFENCES, type Defence } from '../../helpers/gossip/defences.ts'

/**
 * Each defence is taken out of a copy of the sources, one line at a time, and the test that stands for it is run: it has to
 * fail. With the line in place it has to pass, or its failure would say nothing. PEERMERGE_DEFENCE=part runs those whose name
 * has that part.
 */
const wanted = process.env.PEERMERGE_DEFENCE ?? ''
const chosen = DEFENCES.filter(({ name }) => name.includes(wanted))
/** Without a defence a test may never come to its end. */
const MOST_MS = 150_000
let copy = ''

before(async () => {
  copy = await mkdtemp(join(tmpdir(), 'peermerge-defences-'))
  for (const part of ['src', 'assets', 'wasm', 'package.json', 'tsconfig.json'])
    await cp(part, join(copy, part), { recursive: true })
  for (const part of ['helpers', 'fixtures', 'unit/gossip', 'integration/gossip', 'integration/node']) {
    await cp(join('test', part), join(copy, 'test', part), { recursive: true })
  }
  await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
})

after(() => rm(copy, { recursive: true, force: true }))

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly said: string
}

async function run({ test: file, named }: Defence): Promise<Outcome> {
  const args = [
    '--import',
    'tsx',
    '--test',
    '--test-reporter',
    'tap',
    '--test-name-pattern',
    named,
    join('test', file),
  ]
  const env = { ...process.env }
  delete env.NODE_TEST_CONTEXT // else it would report to this runner
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()))
  const killed = setTimeout(() => child.kill('SIGKILL'), MOST_MS) // it waits for what a defence would have ended
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(killed)
  if (child.signalCode !== null) return { passed: 0, failed: 1, said: `${said}\nkilled after ${MOST_MS} ms` }
  const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(said)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), said }
}

const sound = new Map<string, Promise<Outcome>>()

for (const defence of chosen) {
  const { name, file, find, replace } = defence
  test(
    `without its defence (${name}) a test fails: ${defence.named}`,
    { timeout: 2 * MOST_MS + 60_000 },
    async () => {
      const key = `${defence.test} ${defence.named}`
      const whole = await (sound.get(key) ?? sound.set(key, run(defence)).get(key)!)
      assert.ok(whole.passed > 0 && whole.failed === 0, `it fails as it is:\n${whole.said}`)
      const path = join(copy, 'src', file)
      const source = await readFile(path, 'utf8')
      assert.ok(source.includes(find), `${file} no longer has the line: ${find}`)
      try {
        await writeFile(
          path,
          source.replaceAll(find, () => replace),
        )
        const { failed, said } = await run(defence)
        assert.ok(failed > 0, `nothing notices that it is gone:\n${said}`)
      } finally {
        await writeFile(path, source)
      }
    },
  )
}
