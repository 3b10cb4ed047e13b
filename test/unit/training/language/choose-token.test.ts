import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { chooseToken } from '../../../../src/training/language/choose-token.ts'
import type { SamplingOptions } from '../../../../src/training/language/choose-token.ts'

const logits = Float32Array.from([0.3, 2.1, -1.4, 2.1, 1.2])
const DRAWS = 40_000

/** Share of each token in many draws. */
function shares(options: SamplingOptions): number[] {
  const random = createRandom('draws')
  const counts = new Array<number>(logits.length).fill(0)
  for (let i = 0; i < DRAWS; i++) counts[chooseToken(logits, random, options)]! += 1
  return counts.map((count) => count / DRAWS)
}

function softmax(temperature: number, kept = [0, 1, 2, 3, 4]): number[] {
  const powers = [...logits].map((logit, i) => (kept.includes(i) ? Math.exp(logit / temperature) : 0))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

it('takes the first of the likeliest tokens at temperature 0', () => {
  assert.deepEqual(shares({}), [0, 1, 0, 0, 0])
})

it('draws tokens by the shares that the temperature gives them, from the likeliest only where it is told to', () => {
  const cases: [SamplingOptions, number[]][] = [
    [{ temperature: 1 }, softmax(1)],
    [{ temperature: 2.5 }, softmax(2.5)],
    [{ temperature: 0.4 }, softmax(0.4)],
    [{ temperature: 1.7, topK: 3 }, softmax(1.7, [1, 3, 4])],
    [{ temperature: 1.7, topK: 99 }, softmax(1.7)],
  ]
  for (const [options, expected] of cases) {
    for (const [token, share] of shares(options).entries()) {
      const deviation = Math.sqrt((expected[token]! * (1 - expected[token]!)) / DRAWS)
      const off = Math.abs(share - expected[token]!)
      assert.ok(
        off <= 4 * deviation,
        `${JSON.stringify(options)}, token ${token}: ${share} is not ${expected[token]}`,
      )
    }
  }
})

it('stays finite where logits are huge', () => {
  const huge = Float32Array.from([3e30, -3e30, 1e30])
  for (let i = 0; i < 20; i++) assert.equal(chooseToken(huge, createRandom(String(i)), { temperature: 1 }), 0)
})
