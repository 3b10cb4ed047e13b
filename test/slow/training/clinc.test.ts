import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { solveClassifier, unpackSymmetric } from '../../../src/merge/index.ts'
import type { Classifier } from '../../../src/merge/index.ts'
import { openBackbone, resolveTargetModules, spawnTrainer } from '../../../src/training/index.ts'
import type { MeasureResult } from '../../../src/training/index.ts'
import { minilmDir } from '../../helpers/real-models.ts'

const data = process.env['PEERMERGE_DATA']
const minilm = minilmDir()
const why =
  data === undefined
    ? 'PEERMERGE_DATA is not set'
    : minilm === undefined && 'no all-MiniLM-L6-v2: set PEERMERGE_MINILM'

const EVERYWHERE = ['query', 'key', 'value', 'attention.output.dense', 'intermediate.dense', 'output.dense']

/** Two epochs; the last models of an epoch of 15,000 sentences are good enough, and it takes minutes. */
const OPTIONS = {
  epochs: 2,
  batchSize: 32,
  learningRate: 2e-3,
  weightDecay: 0.01,
  seed: '1',
  schedule: 'cosine',
  warmup: 0.06,
  clipNorm: 1,
} as const

it(
  'a LoRA on MiniLM knows the 150 intents of CLINC150 better than frozen features do',
  { skip: why },
  async (test) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-clinc-'))
    test.after(() => rm(dir, { recursive: true, force: true }))
    const splits = JSON.parse(await readFile(join(data!, 'clinc150/data_full.json'), 'utf8')) as Record<
      string,
      [string, string][]
    >
    const path = await writeTable(join(dir, 'train.jsonl'), splits['train']!)
    const heldOutPath = await writeTable(join(dir, 'test.jsonl'), splits['test']!)
    const classes = [...new Set(splits['train']!.map(([, label]) => label))].sort()

    const backbone = await openBackbone(minilm!)
    const modules = resolveTargetModules(backbone, EVERYWHERE)
    const adapter = { kind: 'lora', rank: 16, alpha: 32, trains: 'AB', seed: 'clinc' } as const
    const model = { backbone: minilm!, extent: 48, adapter, modules, classes: classes.length }
    await using client = spawnTrainer()
    const trainer = await client.open({
      model,
      rule: 'mean',
      data: [{ path, heldOutPath, classes, trainFraction: 0.9, splitSeed: '1' }],
    })
    assert.equal(trainer.sites[0]!.heldOut.count, 4500)

    const frozen = {
      adapter: null,
      classifier: ridge(await trainer.measure(null), backbone.features, classes.length),
    }
    const training = trainer.train(null, OPTIONS)
    let step = await training.next()
    for (; !step.done; step = await training.next()) {
      const { epoch, samplesPerSecond } = step.value
      if (epoch !== undefined)
        test.diagnostic(`epoch ${epoch.epoch}: loss ${epoch.loss}, ${samplesPerSecond} samples/s`)
    }
    const results = await trainer.evaluate([frozen, step.value.state], 'heldOut')
    const [before, after] = results.map(({ correct, count }) => (100 * correct) / count)
    test.diagnostic(
      `frozen features and ridge classifier ${before} %, LoRA ${after} % of 4500 test sentences`,
    )
    assert.ok(after! >= 95, `LoRA: ${after} %`)
    assert.ok(after! >= before! + 2, `LoRA ${after} %, frozen ${before} %`)
  },
)

async function writeTable(file: string, rows: readonly (readonly [string, string])[]): Promise<string> {
  await writeFile(file, rows.map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join(''))
  return file
}

function ridge({ gram, cross }: MeasureResult, features: number, classes: number): Classifier {
  const statistics = {
    gram: unpackSymmetric(gram.data, features + 1),
    cross: { rows: features + 1, cols: classes, data: Float64Array.from(cross.data) },
  }
  return solveClassifier(statistics, 1e-2)
}
