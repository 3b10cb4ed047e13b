import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeSafetensors } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { estimateTraining } from '../../../src/training/memory/estimate-training.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import type { ModelSpec } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite } from '../../fixtures/synthetic-site.ts'

/** Between the estimate and the measured peak, either way. */
const FACTOR = 1.6

interface Case {
  readonly layers: number
  readonly width: number
  readonly extent: number
  readonly targets: readonly string[]
  /** Whether activations of lower layers are kept. */
  readonly keeps: boolean
}

/** Of mostly the runtime, of activations that are kept, of activations of all layers. */
const CASES: readonly Case[] = [
  { layers: 2, width: 64, extent: 32, targets: ['query'], keeps: true },
  { layers: 8, width: 192, extent: 96, targets: ['layer.7.**'], keeps: true },
  { layers: 8, width: 192, extent: 112, targets: ['query', 'value'], keeps: false },
]

/** A backbone without weights, which are drawn. */
async function writeVit(dir: string, { layers, width, extent }: Case): Promise<void> {
  const config = { model_type: 'vit', hidden_size: width, intermediate_size: 4 * width, num_hidden_layers: layers, num_attention_heads: width / 32, image_size: extent, patch_size: 8 } // prettier-ignore
  const preprocessor = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], do_rescale: true, rescale_factor: 1 / 255, do_normalize: true } // prettier-ignore
  await writeFile(join(dir, 'config.json'), JSON.stringify(config))
  await writeFile(join(dir, 'preprocessor_config.json'), JSON.stringify(preprocessor))
  const nothing = new Map([['unused', { shape: [1], data: new Float32Array(1) }]])
  await writeFile(join(dir, 'model.safetensors'), writeSafetensors(nothing))
}

/** Trains, measures and scores in a process of its own; the most memory that it had. */
async function measuredPeak(model: ModelSpec, data: Awaited<ReturnType<typeof syntheticSite>>['data'], batchSize: number): Promise<number> {
  await using client = spawnTrainer()
  const trainer = await client.open({ model, data: [data], rule: 'ravan', threads: 1, randomWeights: 'memory' }) // prettier-ignore
  const training = trainer.train(null, { epochs: 1, batchSize, learningRate: 1e-3, weightDecay: 0, seed: 'memory' }) // prettier-ignore
  let step = await training.next()
  while (step.done !== true) step = await training.next()
  await trainer.measure(step.value.state.adapter)
  await trainer.evaluate([step.value.state], 'heldOut')
  return await client.peakMemory()
} // prettier-ignore

for (const one of CASES) {
  test(
    `${one.layers} layers of ${one.width}, images of ${one.extent}², adapters on ${one.targets.join(' and ')}: the estimate is within a factor of ${FACTOR}`,
    { timeout: 240_000 },
    async (t) => {
      const dir = await mkdtemp(join(tmpdir(), 'peermerge-memory-'))
      const site = await syntheticSite({ across: 16, down: 16, plain: 16 })
      try {
        await writeVit(dir, one)
        const modules = resolveTargetModules(await openBackbone(dir), one.targets)
        const adapter = { kind: 'lora', rank: 4, alpha: 4, trains: 'B', seed: 'memory' } as const
        const model = { backbone: dir, extent: one.extent, adapter, modules, classes: CLASSES.length }
        const parts = await estimateTraining({ model, batchSize: 16, samples: 48, isAugmented: false })
        const estimate = Object.values(parts).reduce((sum, part) => sum + part, 0)
        const measured = await measuredPeak(model, site.data, 16)
        t.diagnostic(
          `estimated ${(estimate / 1e6).toFixed(0)} MB, measured ${(measured / 1e6).toFixed(0)} MB`,
        )
        assert.equal(parts.kept > 0, one.keeps)
        assert.ok(estimate < FACTOR * measured && measured < FACTOR * estimate, JSON.stringify({ parts, measured })) // prettier-ignore
      } finally {
        await site.remove()
        await rm(dir, { recursive: true })
      }
    },
  )
}
