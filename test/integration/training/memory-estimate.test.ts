import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeSafetensors } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { openSource } from '../../../src/training/data/open-source.ts'
import { estimateTraining, type TrainingMemory } from '../../../src/training/memory/estimate-training.ts'
import { textExtents } from '../../../src/training/memory/text-extents.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import type { ModelSpec, SiteData } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite } from '../../fixtures/synthetic-site.ts'

const TINY_BERT = fileURLToPath(new URL('../../fixtures/tiny-bert', import.meta.url))

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

function compare(t: TestContext, parts: TrainingMemory, measured: number): void {
  const estimate = Object.values({ ...parts }).reduce((sum, part) => sum + part, 0)
  t.diagnostic(`estimated ${(estimate / 1e6).toFixed(0)} MB, measured ${(measured / 1e6).toFixed(0)} MB`)
  assert.ok(estimate < FACTOR * measured && measured < FACTOR * estimate, JSON.stringify({ parts, measured }))
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
async function measuredPeak(model: ModelSpec, data: SiteData, batchSize: number): Promise<number> {
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
      const site = await syntheticSite({ across: 8, down: 8, plain: 8 })
      try {
        await writeVit(dir, one)
        const modules = resolveTargetModules(await openBackbone(dir), one.targets)
        const adapter = { kind: 'lora', rank: 4, alpha: 4, trains: 'B', seed: 'memory' } as const
        const model = { backbone: dir, extent: one.extent, adapter, modules, classes: CLASSES.length }
        const parts = await estimateTraining({
          model,
          extents: [one.extent],
          batchSize: 16,
          samples: 24,
          isAugmented: false,
        })
        assert.equal(parts.kept > 0, one.keeps)
        compare(t, parts, await measuredPeak(model, site.data, 16))
      } finally {
        await site.remove()
        await rm(dir, { recursive: true })
      }
    },
  )
}

/** Texts of 4 to 16 words that the tokenizer knows. */
async function writeTexts(file: string, vocabulary: string): Promise<void> {
  const words = (await readFile(vocabulary, 'utf8')).split('\n').filter((word) => /^[a-z]{3,8}$/.test(word))
  const text = (row: number): string => Array.from({ length: 4 + (row % 13) }, (_, i) => words[(7 * row + i) % words.length]!).join(' ') // prettier-ignore
  const rows = Array.from({ length: 160 }, (_, row) => `${text(row)},${CLASSES[row % CLASSES.length]!}`)
  await writeFile(file, ['text,label', ...rows].join('\n'))
}

test(
  `texts of several lengths have a graph for each: the estimate is within a factor of ${FACTOR}`,
  { timeout: 240_000 },
  async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-memory-'))
    try {
      await cp(TINY_BERT, dir, { recursive: true })
      const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as object
      const larger = {
        hidden_size: 256,
        intermediate_size: 1024,
        num_hidden_layers: 6,
        num_attention_heads: 4,
      }
      await writeFile(join(dir, 'config.json'), JSON.stringify({ ...config, ...larger }))
      await writeTexts(join(dir, 'texts.csv'), join(dir, 'vocab.txt'))
      const modules = resolveTargetModules(await openBackbone(dir), ['query', 'value'])
      const adapter = { kind: 'lora', rank: 4, alpha: 4, trains: 'B', seed: 'memory' } as const
      const model = { backbone: dir, extent: 48, adapter, modules, classes: CLASSES.length }
      const data = { path: join(dir, 'texts.csv'), classes: CLASSES, trainFraction: 0.7, splitSeed: 'memory' }
      const source = await openSource(data)
      const extents = await textExtents(source, model.extent)
      assert.equal(extents.length, 4)
      const parts = await estimateTraining({ model, extents, batchSize: 32, samples: source.total!, isAugmented: false }) // prettier-ignore
      compare(t, parts, await measuredPeak(model, data, 32))
    } finally {
      await rm(dir, { recursive: true })
    }
  },
)
