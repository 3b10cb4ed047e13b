// Times answers on files against the trainer's evaluation of the same files, each from opening the backbone to the last answer:
//   npm run bench:predict -- [--backbone DIR --data PATH --extent N] [--count N] [--rounds N] [--threads N] [--json]
// Without a backbone: the built-in one and generated images. Both take turns, each in a process of its own; the first round warms up.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { classesIn } from '../src/node/class-folders.ts'
import type { NamedInput } from '../src/node/predict/named-input.ts'
import { predictAll } from '../src/node/predict/predict-all.ts'
import {
  BUILT_IN_BACKBONE,
  openBackbone,
  openSource,
  resolveTargetModules,
  spawnTrainer,
  writeSurfaceSite,
} from '../src/training/index.ts'
import type { ModelState, Predictor, SiteTrainerInit, TrainerClient } from '../src/training/types.ts'

const { values: options } = parseArgs({
  options: {
    backbone: { type: 'string', default: BUILT_IN_BACKBONE },
    data: { type: 'string' },
    extent: { type: 'string' },
    count: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
})

async function main(workDir: string): Promise<void> {
  const init = await setup(workDir)
  const inputs = await inputsOf(init)
  await using client = spawnTrainer()
  await using other = spawnTrainer()
  const state = await start(client, init)
  const ratios: number[] = []
  for (let round = 0; round <= Number(options.rounds); round++) {
    const evaluated = await seconds(() => evaluate(client, init, state))
    const predicted = await seconds(() => predict(other, init, state, inputs))
    if (round > 0) ratios.push(evaluated / predicted)
  }
  const ratio = ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!
  const text = `throughput of predict / evaluate: ${ratio.toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(' ')}), ${inputs.length} files`
  console.log(options.json ? JSON.stringify({ files: inputs.length, ratio, ratios }) : text)
}

async function setup(workDir: string): Promise<SiteTrainerInit> {
  const opened = await openBackbone(options.backbone)
  const site = { seed: 'predict', count: Number(options.count), size: 64 }
  const data = options.data ?? (await writeSurfaceSite(workDir, 0, site))
  const classes = await classesIn(data)
  const modules = resolveTargetModules(opened, [...opened.defaultTargets])
  const extent = Number(options.extent ?? opened.extent)
  const adapter = { kind: 'lora', rank: 8, alpha: 16, trains: 'AB', seed: 'predict' } as const
  return {
    model: { backbone: options.backbone, extent, adapter, modules, classes: classes.length },
    data: [{ path: data, classes, trainFraction: 0.5, splitSeed: 'predict' }],
    rule: 'mean',
    threads: Number(options.threads),
  }
}

async function inputsOf({ data }: SiteTrainerInit): Promise<NamedInput[]> {
  const found: NamedInput[] = []
  for await (const { source } of (await openSource(data[0]!)).samples())
    found.push({ name: source, input: { file: source } })
  return found
}

/** A model, trained as little as can be. */
async function start(client: TrainerClient, init: SiteTrainerInit): Promise<ModelState> {
  const trainer = await client.open(init)
  const work = trainer.train(null, {
    epochs: 1,
    batchSize: 32,
    learningRate: 1e-3,
    weightDecay: 0,
    seed: 's',
  })
  let step = await work.next()
  while (!step.done) step = await work.next()
  await trainer.close()
  return step.value.state
}

async function evaluate(client: TrainerClient, init: SiteTrainerInit, state: ModelState): Promise<void> {
  const trainer = await client.open(init)
  for (const split of ['train', 'heldOut'] as const) await trainer.evaluate([state], split)
  await trainer.close()
}

async function predict(
  client: TrainerClient,
  init: SiteTrainerInit,
  state: ModelState,
  inputs: readonly NamedInput[],
): Promise<void> {
  const predictor = await client.openPredictor(init)
  const number = await predictor.take(state)
  const engine = {
    predict: async (some: Parameters<Predictor['predict']>[1]) => {
      return { by: undefined!, predictions: await predictor.predict(number, some) }
    },
  }
  const all = async function* (): AsyncGenerator<NamedInput> {
    await Promise.resolve()
    yield* inputs
  }
  for await (const answers of predictAll(engine, 'image', { total: inputs.length, all })) {
    const failed = answers.find(({ prediction }) => 'code' in prediction)
    if (failed !== undefined) throw new Error(`${failed.input.name}: ${JSON.stringify(failed.prediction)}`)
  }
  await predictor.close()
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

const workDir = await mkdtemp(join(tmpdir(), 'peermerge-bench-predict-'))
try {
  await main(workDir)
} finally {
  await rm(workDir, { recursive: true, force: true })
}
