import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addPriors, classOffsets, onlyRowsOf } from '../../../../src/training/loop/active-classes.ts'
import { clipGradients } from '../../../../src/training/loop/clip-gradients.ts'
import { afterEpoch, NOT_SCORED } from '../../../../src/training/loop/early-stopping.ts'
import { learningRateAt } from '../../../../src/training/loop/learning-rate.ts'
import { checkTrainOptions } from '../../../../src/training/loop/train-options.ts'
import { CLASSIFIER_BIAS, CLASSIFIER_WEIGHT } from '../../../../src/training/model/model-graph.ts'

describe('learningRateAt', () => {
  const rates = (schedule: 'constant' | 'cosine', warmup: number): number[] =>
    Array.from({ length: 8 }, (_, step) => learningRateAt(step, 8, { learningRate: 0.3, schedule, warmup }))
  const close = (actual: number[], expected: number[]): void =>
    actual.forEach((rate, i) => assert.ok(Math.abs(rate - expected[i]!) < 1e-12, `step ${i}: ${rate}`))

  it('is constant, or grows in equal steps and then stays', () => {
    close(rates('constant', 0), new Array<number>(8).fill(0.3))
    close(rates('constant', 0.45), [0.075, 0.15, 0.225, 0.3, 0.3, 0.3, 0.3, 0.3])
  })

  it('falls as half a cosine after the warm-up, first at its height, never to 0 before the end', () => {
    const half = (t: number): number => 0.15 * (1 + Math.cos((Math.PI * t) / 6))
    close(rates('cosine', 0.25), [0.1, 0.2, half(0), half(1), half(2), half(3), half(4), half(5)])
  })

  it('may warm up all the time', () => {
    close(
      rates('cosine', 1),
      Array.from({ length: 8 }, (_, t) => (0.3 * (t + 1)) / 9),
    )
  })
})

describe('clipGradients', () => {
  it('shrinks all of them by one factor when they are too long together, else leaves them', () => {
    const gradients = [Float32Array.of(3, 0), Float32Array.of(-4)]
    assert.equal(clipGradients(gradients, 5), 5)
    assert.deepEqual(
      gradients.map((one) => [...one]),
      [[3, 0], [-4]],
    )
    assert.equal(clipGradients(gradients, 2), 5)
    gradients
      .flatMap((one) => [...one])
      .forEach((entry, i) => assert.ok(Math.abs(entry - [1.2, 0, -1.6][i]!) < 1e-6))
    assert.equal(clipGradients([new Float32Array(3)], 0.1), 0)
  })
})

describe('active classes', () => {
  it('shut the others out of the softmax, whatever their logits', () => {
    const offsets = classOffsets([0, 2], 4)
    const logits = [3, 900, 2, -40].map((z, i) => z + offsets[i]!)
    const highest = Math.max(...logits)
    const shares = logits.map((z) => Math.exp(z - highest))
    assert.deepEqual([shares[1], shares[3]], [0, 0])
    assert.ok(shares[2]! > 0)
  })

  it('narrow what is trained to their rows of the classifier', () => {
    const values = new Map([
      ['adapter', new Float32Array(5)],
      [CLASSIFIER_WEIGHT, new Float32Array(6)],
      [CLASSIFIER_BIAS, new Float32Array(3)],
    ])
    const whole = [...values].map(([parameter, { length }]) => ({ parameter, from: 0, to: length }))
    assert.deepEqual(onlyRowsOf(whole, values, undefined), whole)
    assert.deepEqual(onlyRowsOf(whole, values, [0, 2]), [
      { parameter: 'adapter', from: 0, to: 5 },
      { parameter: CLASSIFIER_WEIGHT, from: 0, to: 2 },
      { parameter: CLASSIFIER_WEIGHT, from: 4, to: 6 },
      { parameter: CLASSIFIER_BIAS, from: 0, to: 1 },
      { parameter: CLASSIFIER_BIAS, from: 2, to: 3 },
    ])
  })
})

describe('early stopping', () => {
  it('ends when the loss has not fallen enough for so many epochs, and knows the best', () => {
    const rule = { patience: 2, minImprovement: 0.1 }
    let state = NOT_SCORED
    const steps = [1, 0.95, 0.8, 0.75, 0.71].map((loss, i) => {
      const next = afterEpoch(state, i + 1, loss, rule)
      state = next.state
      return [next.isBest, next.stops]
    })
    assert.deepEqual(steps, [
      [true, false],
      [false, false],
      [true, false],
      [false, false],
      [false, true],
    ])
    assert.deepEqual(state, { bestLoss: 0.8, bestEpoch: 3 })
  })

  it('does not take NaN for the best', () => {
    assert.deepEqual(afterEpoch(NOT_SCORED, 1, NaN, { patience: 1, minImprovement: 0 }), {
      state: NOT_SCORED,
      isBest: false,
      stops: true,
    })
  })
})

describe('train options', () => {
  const good = { epochs: 1, batchSize: 1, learningRate: 0.1, weightDecay: 0, seed: '' }

  it('have defaults', () => {
    const { schedule, warmup, clipNorm, earlyStopping, classes } = checkTrainOptions(good, { classes: 3 })
    assert.deepEqual(
      [schedule, warmup, clipNorm, earlyStopping, classes],
      ['constant', 0, Infinity, undefined, undefined],
    )
    assert.deepEqual(checkTrainOptions({ ...good, classes: [2, 0, 2] }, { classes: 3 }).classes, [0, 2])
  })

  it('change images at random, not texts', () => {
    const augment = { flip: true }
    assert.deepEqual(checkTrainOptions({ ...good, augment }, { classes: 3 }).augment, augment)
    assert.deepEqual(
      checkTrainOptions({ ...good, augment: { flip: false } }, { classes: 3, canAugment: false }).augment,
      {
        flip: false,
      },
    )
    assert.throws(() => checkTrainOptions({ ...good, augment }, { classes: 3, canAugment: false }), {
      code: 'ERR_TRAIN_OPTIONS',
      message: /augment: expected nothing, as only images.*got flip/,
    })
  })

  for (const [change, name] of [
    [{ warmup: 1.5 }, 'warmup'],
    [{ warmup: NaN }, 'warmup'],
    [{ clipNorm: 0 }, 'clipNorm'],
    [{ classes: [] }, 'classes'],
    [{ classes: [3] }, 'classes'],
    [{ sites: [] }, 'sites'],
    [{ sites: [1] }, 'sites'],
    [{ factors: 'A' }, 'factors'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience'],
    [{ earlyStopping: { patience: 1, minImprovement: -1 } }, 'earlyStopping.minImprovement'],
  ] as const) {
    it(`are refused by name: ${JSON.stringify(change)}`, () => {
      const message = new RegExp(`${name.replace('.', '\\.')}: expected`)
      assert.throws(() => checkTrainOptions({ ...good, ...change }, { classes: 3 }), {
        code: 'ERR_TRAIN_OPTIONS',
        message,
      })
    })
  }
})

it('priors are the log of class shares, and shut out what has no samples', () => {
  const offsets = addPriors(classOffsets([0, 1, 2], 4), [1, 3, 0, 0])
  assert.deepEqual([...offsets], [Math.log(0.25), Math.log(0.75), -1e9, -1e9].map(Math.fround))
})
