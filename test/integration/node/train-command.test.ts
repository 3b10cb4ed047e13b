import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { homePaths } from '../../../src/node/home.ts'
import { loadState } from '../../../src/node/merge-files.ts'
import { evaluateModel } from '../../../src/node/predict/evaluate.ts'
import { peermerge, peermergeWith, PROGRAM } from '../../helpers/node/run-program.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const BACKBONE = fileURLToPath(new URL('../../fixtures/tiny-bert', import.meta.url))

interface Answered {
  readonly input: string
  readonly label?: string
  readonly error?: { readonly code: string }
}

let dir = ''
let home = ''

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-train-'))
  home = join(dir, 'home')
  const words = { greeting: ['hello', 'good day', 'welcome'], weather: ['rain', 'sun', 'wind'] }
  const rows = Object.entries(words).flatMap(([label, some]) =>
    Array.from({ length: 30 }, (_, i) => `"${some[i % 3]}, number ${i}",${label}`),
  )
  await writeFile(join(dir, 'texts.csv'), ['text,label', ...rows, 'only one column', ''].join('\n'))
  const created = peermerge(
    'create',
    '--home',
    home,
    '--name',
    'solo',
    '--site',
    'a',
    '--backbone',
    BACKBONE,
    '--data',
    join(dir, 'texts.csv'),
    '--rank',
    '2',
    '--heads',
    '2',
    '--max-tokens',
    '16',
  )
  assert.equal(created.code, 0, created.stderr)
})
after(() => rm(dir, { recursive: true, force: true }))

describe('peermerge train', () => {
  it('trains a home on texts alone, says what it skipped, and writes a model that can be exported', async () => {
    const out = join(dir, 'alone.safetensors')
    const run = peermerge('train', '--home', home, '--out', out, '--epochs', '6', '--patience', '6', '--json')
    assert.equal(run.code, 0, run.stderr)
    const report = JSON.parse(run.stdout) as {
      trainSamples: number
      heldOutSamples: number
      accuracy: Record<string, number>
    }
    assert.deepEqual([report.trainSamples, report.heldOutSamples], [42, 18])
    for (const [name, share] of Object.entries(report.accuracy))
      assert.ok(share >= 0.5 && share <= 1, `${name}: ${share}`)
    assert.match(run.stderr, /skipped .*texts\.csv:\d+/)
    const { adapter, classifier } = await loadState(out)
    assert.ok(adapter.size > 0 && classifier.weight.shape[0] === 2)
    const exported = peermerge(
      'export',
      '--home',
      home,
      '--state',
      out,
      '--format',
      'onnx',
      '--out',
      join(dir, 'model.onnx'),
    )
    assert.equal(exported.code, 0, exported.stderr)
  })

  it('writes a model that answers on lines of standard input and on tables', async () => {
    const out = join(dir, 'alone.safetensors')
    const asked = ['predict', '--home', home, '--model', out, '--json', '--top', '1']
    const { code, stdout, stderr } = peermergeWith('hello, number 3\n\nrain, number 4\n', ...asked, '-', join(dir, 'texts.csv')) // prettier-ignore
    assert.equal(code, 1, stderr)
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Answered) // prettier-ignore
    assert.deepEqual(lines.slice(0, 3).map(({ input, label, error }) => [input, label ?? error?.code]), [['stdin:1', 'greeting'], ['stdin:2', 'ERR_INPUT_EMPTY'], ['stdin:3', 'weather']]) // prettier-ignore
    assert.equal(lines.length, 3 + 60 + 1)
    assert.deepEqual([lines.at(-1)!.input, lines.at(-1)!.error?.code], [`${join(dir, 'texts.csv')}:62`, 'ERR_INPUT_TEXT']) // prettier-ignore
    const { count, accuracy, skipped } = await evaluateModel(homePaths(home), { model: out, data: join(dir, 'texts.csv'), signal: AbortSignal.timeout(60_000) }) // prettier-ignore
    const right = lines.slice(3, -1).filter(({ label }, i) => label === (i < 30 ? 'greeting' : 'weather')).length // prettier-ignore
    assert.deepEqual([count, accuracy, skipped.length], [60, right / 60, 1])
  })

  it('goes on where it was stopped', async () => {
    const out = join(dir, 'stopped.safetensors')
    const args = [PROGRAM, 'train', '--home', home, '--out', out, '--epochs', '400']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const checkpoint = join(home, 'training.checkpoint')
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    await waitFor('its second epoch', 60_000, () => (said.includes('epoch 2:') ? true : undefined))
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.once('exit', resolve))
    assert.equal(code, 130)
    assert.ok(existsSync(checkpoint) && !existsSync(out), 'a checkpoint, and no model yet')
    const again = peermerge('train', '--home', home, '--out', out, '--epochs', '400', '--json')
    assert.equal(again.code, 0, again.stderr)
    assert.equal((JSON.parse(again.stdout) as { epochs: number }).epochs, 400)
    assert.ok(existsSync(out) && !existsSync(checkpoint))
  })
})
