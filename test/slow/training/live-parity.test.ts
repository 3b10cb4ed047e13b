import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { input } from '../../../src/training/graph/index.ts'
import { onnxRuntime } from '../../../src/training/runtime/onnx/runtime.ts'
import { assertWithin } from '../../helpers/assert-within.ts'
import { dataModel, minilmDir } from '../../helpers/real-models.ts'
import { frozenHooks, textFeatures } from '../../helpers/run-text-backbone.ts'
import type { TextBatch } from '../../helpers/run-text-backbone.ts'

const fixtures = join(import.meta.dirname, '../../fixtures')
const python = process.env['PEERMERGE_PYTHON']
const TOLERANCE = 1e-4

type Expected = { readonly features: number[] } & (
  | ({ readonly kind: 'text' } & TextBatch)
  | { readonly kind: 'image'; readonly batch: number; readonly side: number }
)

const models: ReadonlyMap<string, string | undefined> = new Map([
  ...['tiny-vit', 'tiny-deit', 'tiny-bert', 'tiny-llama', 'tiny-llama-tied'].map(
    (name) => [name, join(fixtures, name)] as const,
  ),
  ['vit-tiny-patch16-224', dataModel('vit-tiny-patch16-224')],
  ['all-MiniLM-L6-v2', minilmDir()],
])
const found = [...models.values()].filter((dir) => dir !== undefined)

describe(
  'features, computed by transformers now',
  { skip: python === undefined && 'PEERMERGE_PYTHON is not set (a Python with torch and transformers)' },
  () => {
    let expected: ReadonlyMap<string, Expected>
    before(() => {
      const answers = byTransformers(found)
      expected = new Map(found.map((dir, i) => [dir, answers[i]!]))
    })
    for (const [name, dir] of models) {
      it(`of ${name}`, { skip: dir === undefined && 'the model is not here' }, async () => {
        for (const prune of [false, true]) {
          const wanted = expected.get(dir!)!
          assertWithin(await ours(dir!, wanted, prune), wanted.features, TOLERANCE, `${name}, prune ${prune}`)
        }
      })
    }
  },
)

function byTransformers(dirs: readonly string[]): Expected[] {
  const script = join(fixtures, 'live_parity.py')
  const { status, stdout, stderr } = spawnSync(python!, [script, ...dirs], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    timeout: 300_000,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as Expected[]
}

async function ours(dir: string, expected: Expected, prune: boolean): Promise<Float32Array> {
  const backbone = await openBackbone(dir)
  if (expected.kind === 'text') return textFeatures(backbone, expected, prune)
  const { batch, side } = expected
  const pixels = Float32Array.from(
    { length: batch * 3 * side * side },
    (_, i) => Math.sin(0.37 * i) + 0.5 * Math.cos(0.011 * i),
  )
  const inputs = new Map([['pixels', input('pixels', [batch, 3, side, side])]])
  const features = backbone.graph(inputs, frozenHooks(backbone.load(side)), { prune })
  const executable = await onnxRuntime().compile({ features })
  const outputs = await executable.run({ pixels })
  await executable.dispose()
  return outputs['features']!.data
}
