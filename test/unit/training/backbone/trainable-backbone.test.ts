import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { AdamW } from '../../../../src/training/loop/optimizer.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { randomWeights } from '../../../../src/training/backbone/random-weights.ts'
import { crossEntropy, gradients, input, linear } from '../../../../src/training/graph/index.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import type { Executable } from '../../../../src/training/runtime/runtime.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'

const BATCH = 4
const CLASSES = 3
const SIDE = 24
const HEAD = 'head.weight'

let values: Map<string, Float32Array>
let step: Executable
const random = createRandom('pixels')
const feeds = {
  pixels: Float32Array.from({ length: BATCH * 3 * SIDE * SIDE }, () => random.normal()),
  labels: Int32Array.from([2, 0, 1, 2]),
}

before(async () => {
  const backbone = await openBackbone(TINY_VIT)
  const weights = randomWeights(backbone, SIDE, 'pretrain')
  const head = { shape: [CLASSES, backbone.features], data: new Float32Array(CLASSES * backbone.features) }
  head.data.forEach((_, i) => (head.data[i] = 0.1 * random.normal()))
  const all = new Map([...weights, [HEAD, head]])
  values = new Map([...all].map(([name, { data }]) => [name, data]))

  const inputs = new Map([...all].map(([name, { shape }]) => [name, input(name, shape)]))
  const weight = (name: string) => inputs.get(name)!
  const features = backbone.graph(
    new Map([['pixels', input('pixels', [BATCH, 3, SIDE, SIDE])]]),
    { weight, linear: (_, x, w, b) => linear(x, w, b) },
    { prune: true },
  )
  const loss = crossEntropy(linear(features, weight(HEAD)), input('labels', [BATCH], 'i32'))
  const slopes = gradients(loss, [...inputs.values()])
  const outputs = [...inputs.keys()].map((name, i) => [`slope/${name}`, slopes[i]!] as const)
  step = await onnxRuntime().compile({ loss, ...Object.fromEntries(outputs) })
})
after(() => step.dispose())

const run = () => step.run({ ...feeds, ...Object.fromEntries(values) })

describe('a backbone whose weights are inputs', () => {
  it('has the slopes that differences of the loss say, for every parameter', async () => {
    const outputs = await run()
    for (const [name, data] of values) {
      const slopes = outputs[`slope/${name}`]!.data
      const direction = slopes.map((slope) => Math.sign(slope))
      const expected = slopes.reduce((sum, slope) => sum + Math.abs(slope), 0)
      if (expected < 1e-4) {
        assert.match(name, /key.bias/, `${name} has no slope`) // softmax does not see a shift of all its scores
        continue
      }
      const before = data.slice()
      const h = 0.01 / Math.max(expected, 1)
      const losses: number[] = []
      for (const side of [h, -h]) {
        before.forEach((value, i) => (data[i] = value + side * direction[i]!))
        losses.push((await run())['loss']!.data[0]!)
      }
      data.set(before)
      const measured = (losses[0]! - losses[1]!) / (2 * h)
      assert.ok(Math.abs(measured - expected) < 0.03 * expected, `${name}: ${measured} is not ${expected}`)
    }
  })

  it('learns from nothing', async () => {
    const optimizer = new AdamW({ learningRate: 0.003, weightDecay: 0 })
    const losses: number[] = []
    for (let i = 0; i < 12; i++) {
      const outputs = await run()
      losses.push(outputs['loss']!.data[0]!)
      optimizer.step(
        values,
        new Map([...values.keys()].map((name) => [name, outputs[`slope/${name}`]!.data])),
      )
    }
    assert.ok(losses.at(-1)! < 0.3 * losses[0]!, `losses ${losses.join(' ')}`)
  })
})
