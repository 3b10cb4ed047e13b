import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AdamW } from '../../../src/training/optimizer.ts'

interface Fixture {
  readonly learningRate: number
  readonly weightDecay: number
  readonly start: number[]
  readonly gradients: number[][]
  readonly expected: number[][]
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/adamw.json', import.meta.url), 'utf8'),
) as Fixture

test('AdamW takes the steps of torch.optim.AdamW', () => {
  const values = Float32Array.from(fixture.start)
  const optimizer = new AdamW(new Map([['w', values]]), fixture)
  for (const [step, gradient] of fixture.gradients.entries()) {
    optimizer.step(new Map([['w', Float32Array.from(gradient)]]))
    for (const [i, expected] of fixture.expected[step]!.entries())
      assert.ok(
        Math.abs(values[i]! - expected) < 1e-6,
        `step ${step}, entry ${i}: ${values[i]}, torch ${expected}`,
      )
  }
})

test('a gradient of another length is refused', () => {
  const optimizer = new AdamW(new Map([['w', new Float32Array(3)]]), { learningRate: 0.1, weightDecay: 0 })
  assert.throws(
    () => optimizer.step(new Map([['w', new Float32Array(4)]])),
    /gradient of w: expected 3 entries, got 4/,
  )
  assert.throws(() => optimizer.step(new Map()), /got none/)
})
