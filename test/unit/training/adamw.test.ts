import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AdamW } from '../../../src/training/adamw.ts'
import { assertClose } from '../../helpers/assert-close.ts'

it('takes the steps of torch.optim.AdamW', () => {
  const values = Float32Array.from([0.5, -1.25, 2, 0])
  const optimizer = new AdamW(new Map([['w', values]]), { learningRate: 0.03, weightDecay: 0.2 })
  for (let t = 1; t <= 4; t++) {
    optimizer.step(new Map([['w', Float32Array.from([0.3 * t, -2 / t, 1e-6, t < 3 ? 0 : 5])]]))
  }
  assertClose(values, [0.37265539, -1.1125002, 1.8346833, -0.042477705], 1e-6, 'w') // torch 2.13, float32
})

it('keeps what has no slope but for the decay, and parameters apart', () => {
  const [still, moved] = [Float32Array.from([2, -4]), Float32Array.from([1])]
  const parameters = new Map([
    ['still', still],
    ['moved', moved],
  ])
  const optimizer = new AdamW(parameters, { learningRate: 0.1, weightDecay: 0.5 })
  optimizer.step(
    new Map([
      ['still', new Float32Array(2)],
      ['moved', Float32Array.from([-7])],
    ]),
  )
  assertClose(still, [1.9, -3.8], 1e-7, 'still')
  assert.ok(moved[0]! > 1)
})
