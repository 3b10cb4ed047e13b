import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { METHOD_NAMES, methodNamed } from '../../../../src/node/experiment/methods/method-table.ts'
import { planRuns } from '../../../../src/node/experiment/plan.ts'
import { presetSpec } from '../../../../src/node/experiment/presets.ts'
import { appendRecord, readRecords } from '../../../../src/node/experiment/records.ts'
import { loadPreset } from '../../../../src/node/experiment/load-spec.ts'
import { packRight } from '../../../../src/node/experiment/right-samples.ts'
import { recordOf } from './fixtures.ts'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-records-'))
})
after(() => rm(dir, { recursive: true, force: true }))

const spec = presetSpec('demo', undefined, undefined)

test('all methods and splits of a seed come before the next seed', () => {
  const plan = planRuns({ ...spec, methods: ['ffa', 'lorm'], splits: [0.5, 'domain'], seeds: 2 })
  const said = plan.map(({ method, split, seed }) => `${seed} ${split} ${method}`)
  assert.deepEqual(said.slice(0, 5), [
    '1 0.5 ffa',
    '1 0.5 lorm',
    '1 domain ffa',
    '1 domain lorm',
    '2 0.5 ffa',
  ])
  assert.equal(new Set(plan.map(({ id }) => id)).size, plan.length)
})

test('pooled training and the frozen backbone, which no split changes, are one run for all splits', () => {
  const plan = planRuns({ ...spec, methods: ['pooled', 'frozen', 'ffa'], splits: [0.5, 0.1], seeds: 1 })
  assert.deepEqual([plan[0]!.id, plan[1]!.id], [plan[3]!.id, plan[4]!.id])
  assert.deepEqual(plan.map(({ split }) => split), ['0.5', '0.5', '0.5', '0.1', '0.1', '0.1']) // prettier-ignore
  assert.equal(new Set(plan.map(({ id }) => id)).size, 4)
})

test('a run keeps its id when the table grows, and has another one when its numbers would change', () => {
  const [run] = planRuns({ ...spec, methods: ['ffa'] })
  const id = (changes: Partial<typeof spec>): string =>
    planRuns({ ...spec, methods: ['ffa'], ...changes })[0]!.id
  assert.equal(id({ seeds: 9, methods: ['ffa', 'ravan'], reference: 'ffa', name: 'other' }), run!.id)
  assert.notEqual(id({ epochs: 7 }), run!.id)
  assert.notEqual(id({ data: { kind: 'surface', count: 200, testPerClass: 6 } }), run!.id)
  assert.notEqual(id({ methods: ['ffa+shift'] }), run!.id)
})

test('every method can be named, with what is said after it; others cannot', () => {
  for (const name of METHOD_NAMES) assert.equal(methodNamed(name)?.name, name)
  const shifted = methodNamed('fedavg+shift+tasks')
  assert.ok(shifted?.strategy === 'federated' && shifted.priorShift === true && shifted.across === 'tasks')
  const first = methodNamed('lorm+first+started')
  assert.ok(first?.strategy === 'staged' && first.firstTask === true && first.started === true)
  const longer = methodNamed('ffa+rounds3')
  assert.ok(longer?.strategy === 'federated' && longer.rounds === 3)
  const none = ['nothing', 'frozen+shift', 'lorm+tasks', 'ffa+', 'ffa+odd', 'ffa+rounds0', 'ffa+rounds1.5']
  assert.deepEqual(none.map(methodNamed), new Array(none.length).fill(undefined))
})

test('a method that is not there is named', () => {
  const make = (): unknown => loadPreset('demo', {}, { methods: ['ffa', 'fedprox'] })
  assert.throws(make, { code: 'ERR_INVALID_FILE', message: /no method "fedprox"/ })
  assert.throws(() => loadPreset('pacs', {}, {}), { code: 'ERR_PRESET', message: /needs --data DIR/ })
})

test('records come back as they were written, the newest of each run', async () => {
  const file = join(dir, 'some.jsonl')
  assert.deepEqual(await readRecords(file), [])
  const [one, two] = [recordOf('a', 1, [0.5]), recordOf('b', 1, [0.25])]
  await appendRecord(file, one)
  await appendRecord(file, two)
  const own = { ...one.heads.own!, right: packRight([1, 0, 1]) }
  const newer = { ...one, heads: { own }, bytes: { ...one.bytes, total: 7 } }
  await appendRecord(file, newer)
  assert.deepEqual(await readRecords(file), [newer, two])
})

test('a last line that a crash cut off is dropped, so that the next one stands on a line of its own', async () => {
  const file = join(dir, 'torn.jsonl')
  const [one, two] = [recordOf('a', 1, [0.5]), recordOf('b', 1, [0.25])]
  await appendRecord(file, one)
  await appendFile(file, JSON.stringify(two).slice(0, 40))
  assert.deepEqual(await readRecords(file), [one])
  await appendRecord(file, two)
  assert.deepEqual(await readRecords(file), [one, two])
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 3)
})

test('a line that is no record is an error that names it', async () => {
  const file = join(dir, 'bad.jsonl')
  await appendFile(file, `${JSON.stringify(recordOf('a', 1, [0.5]))}\n{"v":1}\n`)
  await assert.rejects(readRecords(file), { code: 'ERR_INVALID_FILE', message: /bad\.jsonl, line 2: id/ })
})
