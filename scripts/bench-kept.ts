// Times training with adapters on the upper layers only, with the activations below them kept and computed anew in every epoch:
//   npm run bench:kept -- [--backbone DIR --data PATH --extent N] [--targets PATTERN]… [--rounds N] [--threads N] [--json]
// Without a backbone: the built-in one and generated images. Both trainers take turns; the first round, which also keeps, warms up.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { classesIn } from '../src/node/class-folders.ts'
import {
  BUILT_IN_BACKBONE,
  openBackbone,
  resolveTargetModules,
  writeSurfaceSite,
} from '../src/training/index.ts'
import { createSiteTrainer } from '../src/training/trainer.ts'
import type { SiteTrainer, SiteTrainerInit } from '../src/training/types.ts'

const { values: options } = parseArgs({
  options: {
    backbone: { type: 'string', default: BUILT_IN_BACKBONE },
    data: { type: 'string' },
    extent: { type: 'string' },
    targets: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
})
const EPOCHS = 2

async function main(workDir: string): Promise<void> {
  const init = await setup(workDir)
  const kept = await createSiteTrainer(init)
  const anew = await createSiteTrainer({ ...init, activationBytes: 0 })
  const ratios: number[] = []
  for (let round = 0; round <= Number(options.rounds); round++) {
    const [withKept, without] = [await seconds(kept), await seconds(anew)]
    if (round > 0) ratios.push(withKept / without)
  }
  await Promise.all([kept.close(), anew.close()])
  const ratio = ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!
  const result = { modules: init.model.modules.length, samples: kept.sites[0]!.train.count, ratio, ratios }
  console.log(
    options.json
      ? JSON.stringify(result)
      : `kept / anew: ${ratio.toFixed(2)} of the time (${ratios.map((one) => one.toFixed(2)).join(' ')})`,
  )
}

async function setup(workDir: string): Promise<SiteTrainerInit> {
  const opened = await openBackbone(options.backbone)
  const data = options.data ?? (await writeSurfaceSite(workDir, 0, { seed: 'kept', count: 300, size: 64 }))
  const classes = await classesIn(data)
  const layers = new Set(opened.linears.map(({ name }) => /\.(\d+)\./.exec(name)?.[1])).size
  const targets = options.targets ?? [`layer.{${layers - 2}..${layers - 1}}.*`]
  const modules = resolveTargetModules(opened, targets)
  const extent = Number(options.extent ?? opened.extent)
  const adapter = { kind: 'lora', rank: 8, alpha: 16, trains: 'B', seed: 'kept' } as const
  return {
    model: { backbone: options.backbone, extent, adapter, modules, classes: classes.length },
    data: [{ path: data, classes, trainFraction: 0.9, splitSeed: 'kept' }],
    rule: 'mean',
    threads: Number(options.threads),
  }
}

async function seconds(trainer: SiteTrainer): Promise<number> {
  const start = performance.now()
  const work = trainer.train(null, {
    epochs: EPOCHS,
    batchSize: 32,
    learningRate: 1e-3,
    weightDecay: 0,
    seed: 'kept',
  })
  for (let step = await work.next(); !step.done; step = await work.next());
  return (performance.now() - start) / 1000
}

const workDir = await mkdtemp(join(tmpdir(), 'peermerge-bench-'))
try {
  await main(workDir)
} finally {
  await rm(workDir, { recursive: true, force: true })
}
