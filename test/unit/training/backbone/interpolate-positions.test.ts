import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { interpolatePositions } from '../../../../src/training/backbone/vit/interpolate-positions.ts'

interface Case {
  readonly from: number
  readonly to: number
  readonly input: number[]
  readonly output: number[]
}

const HIDDEN = 2

it('resizes position embeddings as torch does, up, down and not at all', async () => {
  const file = join(import.meta.dirname, '../../../fixtures/positions.json')
  const { cases } = JSON.parse(await readFile(file, 'utf8')) as { cases: Case[] }
  for (const { from, to, input, output } of cases) {
    const positions = { shape: [1, 1 + from * from, HIDDEN], data: Float32Array.from(input) }
    const resized = interpolatePositions(positions, to)
    assert.deepEqual(resized.shape, [1, 1 + to * to, HIDDEN])
    const worst = output.reduce((most, value, i) => Math.max(most, Math.abs(value - resized.data[i]!)), 0)
    assert.ok(worst < 2e-6, `${from} to ${to}: off by ${worst}`) // torch sums in float32
  }
})

it('refuses positions that are not of a square grid', () => {
  const positions = { shape: [1, 1 + 6, HIDDEN], data: new Float32Array(14) }
  assert.throws(() => interpolatePositions(positions, 3), { code: 'ERR_SHAPE_MISMATCH' })
})
