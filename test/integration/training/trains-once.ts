import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import { CLASSES, syntheticSite, TINY_VIT } from '../../fixtures/synthetic-site.ts'

// Trains in this process and in one of its own.
const site = await syntheticSite({ across: 4, down: 4, plain: 4 })
const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['dense'])
const adapter = { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'charter' } as const
const model = { backbone: TINY_VIT, extent: 32, adapter, modules, classes: CLASSES.length }
const init = { model, data: [site.data], rule: 'mean', threads: 1 } as const
const options = { epochs: 1, batchSize: 4, learningRate: 0.01, weightDecay: 0, seed: 'train' }
await using client = spawnTrainer()
for (const trainer of [await createSiteTrainer(init), await client.open(init)]) {
  const work = trainer.train(null, options)
  for (let step = await work.next(); !step.done; step = await work.next());
  await trainer.close()
}
await site.remove()
