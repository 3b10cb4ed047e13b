import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { AdamW } from '../../../../src/training/loop/optimizer.ts'
import { assertClose } from '../../../helpers/assert-close.ts'

interface Trajectory {
  readonly options: {
    readonly lr: number
    readonly betas?: readonly [number, number]
    readonly eps?: number
    readonly weight_decay?: number
  }
  readonly schedule: readonly number[] | null
  readonly start: Record<string, number[]>
  readonly gradients: readonly Record<string, number[]>[]
  readonly after: readonly Record<string, number[]>[]
}

const fixture = new URL('../../../fixtures/adamw.json', import.meta.url)
const trajectories = JSON.parse(readFileSync(fixture, 'utf8')) as Trajectory[]

function flat(tensors: Record<string, number[]>): Map<string, Float32Array> {
  return new Map(Object.entries(tensors).map(([name, entries]) => [name, Float32Array.from(entries)]))
}

function optimizerOf({
  lr,
  betas: [beta1, beta2] = [0.9, 0.999],
  eps,
  weight_decay,
}: Trajectory['options']): AdamW {
  return new AdamW({
    learningRate: lr,
    beta1,
    beta2,
    ...(eps === undefined ? {} : { epsilon: eps }),
    ...(weight_decay === undefined ? {} : { weightDecay: weight_decay }),
  })
}

describe('AdamW', () => {
  for (const { options, schedule, start, gradients, after } of trajectories) {
    it(`equals PyTorch with ${JSON.stringify(options)}${schedule === null ? '' : ' and a schedule'}`, () => {
      const optimizer = optimizerOf(options)
      const parameters = flat(start)
      gradients.forEach((gradient, step) => {
        optimizer.step(parameters, flat(gradient), schedule?.[step])
        for (const [name, expected] of Object.entries(after[step]!)) {
          assertClose(parameters.get(name)!, expected, 1e-6, `${name} after step ${step + 1}`)
        }
      })
    })
  }

  for (const [what, gradient] of [
    ['is missing', undefined],
    ['has another length', Float32Array.of(1)],
    ['is not a number', Float32Array.of(0.5, NaN)],
    ['is infinite', Float32Array.of(-Infinity, 2)],
  ] as const) {
    it(`changes nothing when a gradient ${what}`, () => {
      const parameters = new Map([
        ['first', Float32Array.of(1.5)],
        ['second', Float32Array.of(2.5, -3.5)],
      ])
      const gradients = new Map([['first', Float32Array.of(0.3)]])
      if (gradient !== undefined) gradients.set('second', gradient)
      const optimizer = new AdamW({ learningRate: 0.1 })
      assert.throws(() => optimizer.step(parameters, gradients), /gradient of second/)
      assert.deepEqual(parameters.get('first'), Float32Array.of(1.5))
      assert.deepEqual(parameters.get('second'), Float32Array.of(2.5, -3.5))
    })
  }
})
