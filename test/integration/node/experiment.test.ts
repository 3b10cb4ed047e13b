import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { frozenFactors, mergeContributions, type TensorMap } from '../../../src/merge/index.ts'
import { prepareData } from '../../../src/node/experiment/data/prepare-data.ts'
import { presetSpec } from '../../../src/node/experiment/presets.ts'
import { runExperiment, type ExperimentOptions } from '../../../src/node/experiment/run-experiment.ts'
import { readRecords } from '../../../src/node/experiment/records.ts'
import { finalAccuracy } from '../../../src/node/experiment/report/summary.ts'
import { Bench } from '../../../src/node/experiment/run/bench.ts'
import { mergeSpec } from '../../../src/node/experiment/run/merge-spec.ts'
import { openGround } from '../../../src/node/experiment/run/open-ground.ts'
import { benchAdapter } from '../../../src/node/experiment/run/run-context.ts'
import { runTasks } from '../../../src/node/experiment/tasks.ts'
import { BUILT_IN_BACKBONE, spawnTrainer, type TrainResult } from '../../../src/training/index.ts'

const spec = {
  ...presetSpec('demo', undefined, undefined),
  data: { kind: 'surface', count: 40, testPerClass: 3 } as const,
  seeds: 1,
  rounds: 1,
  lift: 16,
  methods: ['ffa', 'lorm-paper', 'pooled', 'frozen'],
}

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-experiment-'))
})
after(() => rm(dir, { recursive: true, force: true }))

const optionsOf = (changes: Partial<ExperimentOptions> = {}): ExperimentOptions => ({
  spec,
  out: join(dir, 'out'),
  parallel: 1,
  plots: true,
  reportOnly: false,
  made: { command: 'peermerge experiment', machine: 'a machine', versions: 'some' },
  signal: new AbortController().signal,
  progress: process.stderr,
  ...changes,
})

describe('peermerge experiment', () => {
  it('makes every run of the plan and writes the report', async () => {
    const { runs, files } = await runExperiment(optionsOf())
    assert.deepEqual(runs, { planned: 4, made: 4, missing: 0 })
    for (const file of files) assert.ok((await stat(file)).size > 100, file)
    const report = await readFile(join(dir, 'out', 'report.md'), 'utf8')
    for (const method of spec.methods) assert.match(report, new RegExp(`\\| \`${method}\` `))
  })

  it('repeats nothing when it is started again, and writes the same report', async () => {
    const read = (): Promise<string[]> =>
      Promise.all(
        ['report.md', 'runs.csv', 'rounds-domain.svg', 'bytes-domain.svg', 'records.jsonl'].map((name) =>
          readFile(join(dir, 'out', name), 'utf8'),
        ),
      )
    const first = await read()
    const { runs } = await runExperiment(optionsOf())
    assert.deepEqual(runs, { planned: 4, made: 0, missing: 0 })
    assert.deepEqual(await read(), first)
  })

  it('makes what is missing alone, and leaves other records where they are', async () => {
    const more = { ...spec, methods: ['frozen', 'local'] }
    const { runs } = await runExperiment(optionsOf({ spec: more, plots: false }))
    assert.deepEqual(runs, { planned: 2, made: 1, missing: 0 })
    assert.equal((await readRecords(join(dir, 'out', 'records.jsonl'))).length, 5)
  })

  it('stops when it is told to, and keeps what is finished', async () => {
    const stopped = new AbortController()
    const out = join(dir, 'stopped')
    const run = runExperiment(
      optionsOf({ out, signal: stopped.signal, spec: { ...spec, methods: ['frozen', 'local'] } }),
    )
    const failed = assert.rejects(run, { name: 'AbortError' })
    const file = join(out, 'records.jsonl')
    while ((await readRecords(file).catch(() => [])).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
    stopped.abort()
    await failed
    const again = await runExperiment(
      optionsOf({ out, reportOnly: true, plots: false, spec: { ...spec, methods: ['frozen', 'local'] } }),
    )
    assert.deepEqual(again.runs, { planned: 2, made: 0, missing: 1 })
  })

  it('trains the first task alone where asked, with the same analytic head', async () => {
    const out = join(dir, 'first')
    const tasks = { ...spec, tasks: 2, methods: ['lorm', 'lorm+first'], reference: 'lorm:analytic' }
    await runExperiment(optionsOf({ out, plots: false, spec: tasks }))
    const [whole, first] = await readRecords(join(out, 'records.jsonl'))
    assert.deepEqual(first!.heads.analytic, whole!.heads.analytic)
    assert.equal(whole!.heads.own!.tasks.length, 2)
    assert.equal(first!.heads.own, undefined)
    assert.ok(first!.bytes.adapter <= whole!.bytes.adapter)
  })

  it('scores what sites that train by themselves and a plain mean of their factors give', async () => {
    const [record] = (await readRecords(join(dir, 'out', 'records.jsonl'))).filter(
      ({ method }) => method === 'ffa',
    )
    assert.equal(finalAccuracy(record!.heads.own!), await ffaByHand())
  })
})

/** One round of FFA-LoRA without any of the experiment's strategies: trainer calls, and a mean written out. */
async function ffaByHand(): Promise<number> {
  await using client = spawnTrainer()
  const data = await prepareData(spec.data, join(dir, 'by-hand'))
  const ground = await openGround(spec, data, BUILT_IN_BACKBONE)
  const bench = new Bench({ client, data, backbone: BUILT_IN_BACKBONE, extent: spec.extent, modules: ground.modules, signal: new AbortController().signal }) // prettier-ignore
  const [task] = runTasks(spec, data, 'domain', 1)
  const trainer = benchAdapter(spec, 'lora-b')
  const seeded = { ...trainer, trains: 'B', seed: 'experiment/1' } as const
  const start = mergeContributions(mergeSpec(ground, { adapter: seeded, rule: 'mean', head: { rule: 'counts' } }), { charter: 'none' }, []) // prettier-ignore
  const a = [...frozenFactors(seeded, ground.modules)].map(([name, tensor]) => [name.replace('frozen', 'adapter'), tensor] as const) // prettier-ignore
  const from = { ...start, adapter: new Map([...a, ...start.adapter]) }
  const trained: TrainResult[] = []
  for (const [site, samples] of task!.sites.entries()) {
    const options = { epochs: spec.epochs, batchSize: spec.batchSize, learningRate: spec.learningRate.lora, weightDecay: 0, seed: `1/0/1/${site}`, classes: task!.classes, samples, factors: 'B', grams: 'none' } as const // prettier-ignore
    trained.push((await bench.train(trainer, from, options)).result)
  }
  const mean = (name: string, states: readonly TensorMap[], weights: readonly number[]): Float32Array => {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const first = states[0]!.get(name)!.data
    return first.map((_, i) =>
      states.reduce((sum, state, k) => sum + (weights[k]! * state.get(name)!.data[i]!) / total, 0),
    )
  }
  const counts = trained.map(({ count }) => count)
  const adapter = new Map(
    [...from.adapter].map(([name, { shape }]) => [name, { shape, data: mean(name, trained.map(({ state }) => state.adapter), counts) }]), // prettier-ignore
  )
  const width = ground.features
  const rows = trained.map(({ state: { classifier } }) => new Map([['weight', classifier.weight], ['bias', classifier.bias]])) // prettier-ignore
  const weight = new Float32Array(start.classifier.weight.data.length)
  const bias = new Float32Array(start.classifier.bias.data.length)
  for (const c of data.classes.keys()) {
    const held = trained.map(({ classCounts }) => classCounts[c]!)
    weight.set(mean('weight', rows, held).subarray(c * width, (c + 1) * width), c * width)
    bias[c] = mean('bias', rows, held)[c]!
  }
  const classifier = { weight: { shape: start.classifier.weight.shape, data: weight }, bias: { shape: [bias.length], data: bias } } // prettier-ignore
  const samples = Array.from({ length: data.testCounts.reduce((sum, count) => sum + count, 0) }, (_, i) => i)
  const [result] = await bench.evaluate(trainer, [{ adapter, classifier }], samples, task!.classes)
  return result!.correct / result!.count
}
