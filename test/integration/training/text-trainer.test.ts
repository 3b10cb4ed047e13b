import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRandom } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteTrainerInit, TrainOptions, TrainResult } from '../../../src/training/types.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const CLASSES = ['animal', 'money']
const WORDS = [
  ['dog', 'cat', 'fox', 'hound'],
  ['card', 'bank', 'change', 'charge'],
]
const OPTIONS: TrainOptions = { epochs: 6, batchSize: 8, learningRate: 0.02, weightDecay: 0, seed: 'text' }

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-text-'))
  const random = createRandom('texts')
  const lines = Array.from({ length: 90 }, (_, i) => {
    const words = Array.from({ length: 1 + random.below(14) }, () => WORDS[i % 2]![random.below(4)]!)
    return `"${words.join(' ')}, ${i}",${CLASSES[i % 2]!}`
  })
  await writeFile(join(dir, 'site.csv'), ['text,label', ...lines, 'no label,', 'too,many,cells'].join('\n'))
})
after(() => rm(dir, { recursive: true, force: true }))

async function init(
  name: string,
  extent: number,
  change: Partial<SiteTrainerInit> = {},
): Promise<SiteTrainerInit> {
  const backbone = join(FIXTURES, name)
  const opened = await openBackbone(backbone)
  const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'charter' } as const
  const modules = resolveTargetModules(opened, [...opened.defaultTargets])
  const data = [{ path: join(dir, 'site.csv'), classes: CLASSES, trainFraction: 0.7, splitSeed: 's' }]
  return {
    model: { backbone, extent, adapter, modules, classes: 2 },
    data,
    rule: 'mean',
    threads: 1,
    ...change,
  }
}

async function train(start: SiteTrainerInit): Promise<{ result: TrainResult; accuracy: number }> {
  const trainer = await createSiteTrainer(start)
  try {
    const work = trainer.train(null, OPTIONS)
    let step = await work.next()
    while (!step.done) step = await work.next()
    const [score] = await trainer.evaluate([step.value.state], 'heldOut')
    const [first, second] = score!.margins as [number[], number[]]
    assert.deepEqual([first.length, second.length], score!.perClass.map(({ count }) => count)) // prettier-ignore
    const right = [first.filter((value) => value <= 0).length, second.filter((value) => value > 0).length]
    assert.deepEqual(right, score!.perClass.map(({ correct }) => correct)) // prettier-ignore
    return { result: step.value, accuracy: score!.correct / score!.count }
  } finally {
    await trainer.close()
  }
}

describe('a site trainer over a table of texts', () => {
  for (const name of ['tiny-bert', 'tiny-llama']) {
    it(`learns with ${name}, in as many steps as its batches, and tells of bad rows and cut texts`, async () => {
      const { result, accuracy } = await train(await init(name, 16))
      assert.equal(result.count, 62) // 31 of 45 of each class
      assert.equal(result.losses.length, OPTIONS.epochs * 8)
      assert.ok(result.losses.every(Number.isFinite))
      assert.ok(accuracy > 0.85, `accuracy ${accuracy}`)
      const trainer = await createSiteTrainer(await init(name, 16))
      const [site] = trainer.sites
      assert.deepEqual(
        site!.skipped.map(({ where, reason }) => [where.slice(dir.length + 1), reason]),
        [
          ['site.csv:92', 'no label'],
          ['site.csv:93', 'expected 2 cells as in the head row, found 3'],
        ],
      )
      assert.match(
        site!.warnings.join(),
        /^\d+ of 90 texts \([\d.]+ %\) are longer than the extent of the charter/,
      )
      await trainer.close()
    })
  }

  it('tells which samples were right in their order, though texts are batched by length', async () => {
    const trainer = await createSiteTrainer(await init('tiny-bert', 24))
    try {
      const { features, labels } = await trainer.features(null, 'heldOut')
      const [count, width] = features.shape as [number, number]
      const random = createRandom('classifier')
      const weight = Float32Array.from({ length: 2 * width }, () => random.normal())
      const margin = (i: number): number => {
        const x = features.data.subarray(i * width, (i + 1) * width)
        return x.reduce((sum, value, j) => sum + value * (weight[width + j]! - weight[j]!), 0)
      }
      const middle = Array.from({ length: count }, (_, i) => margin(i)).sort((a, b) => a - b)[count >> 1]!
      const bias = Float32Array.of(0, -middle - 1e-3)
      const classifier = { weight: { shape: [2, width], data: weight }, bias: { shape: [2], data: bias } }
      const [result] = await trainer.evaluate([{ adapter: null, classifier }], 'heldOut')
      const expected = Array.from(labels, (label, i) => Number((margin(i) + bias[1]! > 0 ? 1 : 0) === label))
      assert.deepEqual([...result!.right], expected)
      assert.ok(new Set(expected).size === 2, 'all right or all wrong tells no order')
    } finally {
      await trainer.close()
    }
  })

  it('gives the same numbers whether the samples are in memory or in a file', async () => {
    const inMemory = await train(await init('tiny-bert', 24))
    const inFile = await train(await init('tiny-bert', 24, { sampleMemoryBytes: 0 }))
    assert.deepEqual(inFile, inMemory)
  })
})
