import {
  openBackbone,
  resolveTargetModules,
  sharedInputs,
  withSharedInputs,
} from '../../src/training/index.ts'
import { createSiteTrainer } from '../../src/training/trainer.ts'
import type { ModelState, SiteTrainer, TrainOptions, TrainResult } from '../../src/training/types.ts'
import type { LoraSpec, TargetModule } from '../../src/merge/index.ts'
import type { Task } from './tasks.ts'

const RANK = 8

export const adapterOf = (trains: 'A' | 'B'): LoraSpec => {
  return { kind: 'lora', rank: RANK, alpha: RANK, scaling: 'standard', trains, seed: 'statistics' }
}

const OPTIONS: TrainOptions = {
  epochs: 3,
  batchSize: 16,
  learningRate: 2e-3,
  weightDecay: 0.01,
  seed: 'bench',
}

export interface TrainedSites {
  readonly modules: readonly TargetModule[]
  readonly features: number
  /** Of every site, with its full Grams under what it trained. */
  readonly results: readonly TrainResult[]
  /** Over the held-out samples of the task. */
  readonly judge: SiteTrainer
}

/** What every site of the task trains by itself, from a state or from the charter's start. */
export async function trainSites(
  task: Task,
  trains: 'A' | 'B',
  from: ModelState | null,
  tell: (text: string) => void,
  epochs = OPTIONS.epochs,
): Promise<TrainedSites> {
  const backbone = await openBackbone(task.backbone)
  const modules = withSharedInputs(resolveTargetModules(backbone, task.targets), sharedInputs(backbone))
  const model = { backbone: task.backbone, extent: task.extent, adapter: adapterOf(trains), modules, classes: task.classes.length } // prettier-ignore
  const results: TrainResult[] = []
  let judge: SiteTrainer | undefined
  for (const [site, path] of task.sites.entries()) {
    const data = [{ path, heldOutPath: task.heldOut, classes: task.classes, trainFraction: 0.9, splitSeed: 'bench' }] // prettier-ignore
    const trainer = await createSiteTrainer({ model, data, rule: 'lorm', grams: { form: 'full' } })
    results.push(await train(trainer, from, { ...OPTIONS, epochs }))
    const { count, losses } = results.at(-1)!
    tell(`${trains} at site ${site}: ${count} samples, loss ${losses[0]!.toFixed(2)} → ${losses.at(-1)!.toFixed(2)}`) // prettier-ignore
    if (judge === undefined) judge = trainer
    else await trainer.close()
  }
  return { modules, features: backbone.features, results, judge: judge! }
}

async function train(
  trainer: SiteTrainer,
  from: ModelState | null,
  options: TrainOptions,
): Promise<TrainResult> {
  const work = trainer.train(from, options)
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value
  }
}
