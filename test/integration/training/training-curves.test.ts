import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { curveCases, curveData } from '../../fixtures/training-curves.ts'
import type { CurveData } from '../../fixtures/training-curves.ts'
import { assertCurve, trainCurve } from '../../helpers/training-curve.ts'

/** Made by PyTorch: LoRA by PEFT itself, Ravan from its definition (make_training_curves.py). */
const { losses: expected } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/training-curves.json'), 'utf8'),
) as { losses: Record<string, number[]> }

let data: CurveData
before(async () => (data = await curveData()))
after(() => data.remove())

describe('20 steps of training', () => {
  for (const [name, losses] of Object.entries(expected)) {
    it(`${name} follow PyTorch’s loss`, async () => {
      const found = curveCases(data).find((one) => one.name === name)
      assert.ok(found, `no case ${name}`)
      assert.ok(losses.length >= 20)
      assertCurve((await trainCurve(found)).losses, losses, name)
    })
  }
})
