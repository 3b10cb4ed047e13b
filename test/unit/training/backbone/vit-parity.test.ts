import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Backbone } from '../../../../src/training/backbone/backbone.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { constant, input, linear } from '../../../../src/training/graph/index.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import { withWeightFile } from '../../../../src/training/backbone/weight-file.ts'

interface Case {
  readonly batch: number
  readonly side: number
  readonly logits: number[]
  readonly features: number[]
}

const fixtures = join(import.meta.dirname, '../../../fixtures')
const data = process.env['PEERMERGE_DATA']

describe('ViT against transformers', () => {
  it('gives the features and logits of a random model at its own and at other image sizes', async () => {
    await compare(join(fixtures, 'tiny-vit'), 'tiny-vit.json', [5, 24], 1e-4)
  })

  it('gives those of a DeiT, whose patches follow two tokens', async () => {
    await compare(join(fixtures, 'tiny-deit'), 'tiny-deit.json', [5, 18], 1e-4)
  })

  it(
    'gives the features and logits of a pretrained model',
    { skip: data === undefined && 'PEERMERGE_DATA is not set' },
    async () => {
      await compare(join(data ?? '', 'models/vit-tiny-patch16-224'), 'vit-tiny.json', [1000, 192], 1e-4)
    },
  )
})

async function compare(dir: string, file: string, head: [number, number], tolerance: number): Promise<void> {
  const { cases } = JSON.parse(await readFile(join(fixtures, file), 'utf8')) as { cases: Case[] }
  const backbone = await openBackbone(dir)
  for (const expected of cases) {
    for (const prune of [false, true]) {
      const features = await run(backbone, expected, prune)
      const what = `${file} at ${expected.side} px, prune ${prune}`
      assertClose(features, expected.features, tolerance, `features of ${what}`)
      const logits = classify(dir, features, head)
      if (expected.logits.length > 0) assertClose(logits, expected.logits, tolerance, `logits of ${what}`)
    }
  }
}

async function run(backbone: Backbone, { batch, side }: Case, prune: boolean): Promise<Float32Array> {
  const weights = backbone.load(side)
  const hooks = {
    weight: (name: string) => constant(weights.get(name)!.data, weights.get(name)!.shape, name),
    linear: (_: string, ...args: Parameters<typeof linear>) => linear(...args),
  }
  const features = backbone.graph(new Map([['pixels', input('pixels', [batch, 3, side, side])]]), hooks, {
    prune,
  })
  const executable = await onnxRuntime().compile({ features })
  try {
    return (await executable.run({ pixels: formulaPixels(batch, side) }))['features']!.data
  } finally {
    await executable.dispose()
  }
}

/** The formula of make_vit_fixtures.py. */
function formulaPixels(batch: number, side: number): Float32Array {
  return Float32Array.from(
    { length: batch * 3 * side * side },
    (_, i) => Math.sin(0.37 * i) + 0.5 * Math.cos(0.011 * i),
  )
}

function classify(dir: string, features: Float32Array, [classes, width]: [number, number]): number[] {
  const [weight, bias] = withWeightFile(dir, (file) => [
    file.read('classifier.weight', [classes, width]).data,
    file.read('classifier.bias', [classes]).data,
  ])
  return Array.from({ length: (features.length / width) * classes }, (_, i) => {
    const row = Math.floor(i / classes) * width
    let logit = bias[i % classes]!
    for (let k = 0; k < width; k++) logit += weight[(i % classes) * width + k]! * features[row + k]!
    return logit
  })
}

function assertClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `length of ${what}`)
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  assert.ok(worst <= tolerance, `${what}: off by ${worst}, at most ${tolerance}`)
}
