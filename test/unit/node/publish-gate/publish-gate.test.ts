import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classifier } from '../../../../src/merge/index.ts'
import { PublishRefusedError } from '../../../../src/node/errors.ts'
import { PublishGate, type PublishGateInit } from '../../../../src/node/publish-gate/publish-gate.ts'
import { HeldOutResults } from '../../../../src/node/scores/held-out-results.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import type { TrainedFrom } from '../../../../src/node/publish-gate/compare-with-base.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  ModelState,
  SiteTrainer,
} from '../../../../src/training/index.ts'

const { signal } = new AbortController()
const GOOD = [1, 1, 1, 1, 1, 1, 1, 1]
const BAD = [1, 0, 0, 0, 0, 0, 0, 0]

interface Given {
  /** Of each model that is evaluated, in order: what it has right. */
  readonly rights: readonly (readonly number[])[]
  readonly rule?: 'counts' | 'analytic'
  readonly worseThanBase?: 'refuse' | 'warn'
  readonly merge?: string
  readonly held?: readonly number[]
}

/** A gate over a trainer whose evaluations are given. */
function gate({ rights, rule = 'counts', worseThanBase = 'refuse', merge = 'mean', held = [4, 4] }: Given) {
  const told: string[] = []
  const events: NodeEvent[] = []
  const evaluated: EvaluatedModel[] = []
  let measured = 0
  const left = [...rights]
  const trainer = {
    sites: [{ heldOut: { classCounts: held } }],
    evaluate: (models: readonly EvaluatedModel[]) => {
      evaluated.push(...models)
      return Promise.resolve(models.map(() => ({ right: Uint8Array.from(left.shift()!) }) as EvaluateResult))
    },
    measure: () => {
      measured += 1
      return Promise.resolve({ gram: tensor([3], 2, 1, 4), cross: tensor([2, 2], 1, 1, 2, 2) })
    },
  } as unknown as SiteTrainer
  const init = {
    site: { charter: { classifier: { rule, ridge: 0.1 }, backbone: { hiddenSize: 1 } }, spec: { rule: merge }, config: { publish: { worseThanBase } } },
    trainer: { use: (at: AbortSignal, job: (one: SiteTrainer, work: object) => unknown) => job(trainer, { signal: at }) },
    results: new HeldOutResults(),
    problems: { add: (code: string, text: string) => told.push(`${code}: ${text}`) },
    hub: { emit: (event: NodeEvent) => events.push(event) },
  } as unknown as PublishGateInit // prettier-ignore
  const made = new PublishGate(init)
  return {
    told,
    events,
    evaluated,
    measured: () => measured,
    check: (work: Partial<TrainedFrom> = {}) => made.check({ from: state(2), trained: state(3), ...work }, signal), // prettier-ignore
  }
}

function state(value: number): ModelState {
  return { adapter: new Map([['adapter/q/lora_B', tensor([1], value)]]), classifier: classifier(value) }
}

const classifier = (value: number): Classifier => ({ weight: tensor([2, 1], value, value), bias: tensor([2], value, value) }) // prettier-ignore

function tensor(shape: number[], ...data: number[]) {
  return { shape, data: Float32Array.from(data) }
}

test('worse than the base is refused with figures and what to do; better or equal is not', async () => {
  await assert.rejects(gate({ rights: [GOOD, BAD] }).check(), (error) => {
    assert.ok(error instanceof PublishRefusedError)
    assert.equal(error.detail.reason, 'worse-than-base')
    assert.match(error.message, /of 8 held-out samples 1 are right after training and 8 before it; 7 were lost and 0 gained/) // prettier-ignore
    assert.match(error.message, /explains 0\.008; look for wrong labels.*--force-publish/)
    return true
  })
  await gate({ rights: [BAD, GOOD] }).check()
  await gate({ rights: [GOOD, GOOD] }).check()
})

test('a warning is all where the settings say so', async () => {
  const one = gate({ rights: [GOOD, BAD], worseThanBase: 'warn' })
  await one.check()
  assert.match(one.told.join(), /^worse-than-base: published all the same: of 8 held-out/)
  assert.deepEqual(
    one.events.map((event) => event.type === 'publish-gate' && event.outcome),
    ['forced'],
  )
})

test('few samples fewer than chance explains are let through', async () => {
  await gate({ rights: [GOOD, [1, 1, 1, 1, 0, 0, 0, 0]] }).check()
})

test('without held-out samples of the classes nothing is judged, which is said once', async () => {
  const one = gate({ rights: [], held: [4, 0] })
  await one.check({ classes: [1] })
  await one.check({ classes: [1] })
  assert.deepEqual(
    one.told.map((text) => text.split(':')[0]),
    ['not-judged'],
  )
})

test('of a task only its classes compete', async () => {
  const one = gate({ rights: [GOOD, GOOD] })
  await one.check({ classes: [1] })
  for (const model of one.evaluated) assert.ok(model.classifier.bias.data[0]! < -1e8)
  assert.deepEqual(
    one.evaluated.map((model) => model.classifier.bias.data[1]),
    [2, 3],
  )
})

test('the first contribution is compared with the start, a classifier of zeros, and its data are read once', async () => {
  const one = gate({ rights: [GOOD, GOOD] })
  await one.check({ from: null })
  assert.equal(one.evaluated[0]!.adapter, null)
  assert.deepEqual([...one.evaluated[0]!.classifier.weight.data], [0, 0])
  assert.equal(one.measured(), 0)
})

test('analytic: the first base is the frozen backbone under the analytic classifier of the own samples', async () => {
  const one = gate({ rights: [GOOD, GOOD], rule: 'analytic' })
  await one.check({ from: null })
  assert.equal(one.measured(), 1)
  assert.ok(one.evaluated[0]!.classifier.weight.data.some((value) => value !== 0))
})

test('analytic: a trained classifier that is worse does not count where the analytic classifier makes the adapter good', async () => {
  const good = gate({ rights: [GOOD, BAD, GOOD], rule: 'analytic' })
  await good.check()
  assert.equal(good.measured(), 1)
  assert.equal(good.evaluated[2]!.adapter, good.evaluated[1]!.adapter)
  await assert.rejects(gate({ rights: [GOOD, BAD, BAD], rule: 'analytic' }).check(), /worse-than-base/)
})

test('numbers that are not finite are named as such, and nothing is evaluated', async () => {
  const one = gate({ rights: [] })
  await assert.rejects(one.check({ trained: state(NaN) }), /non-finite.*adapter\/q\/lora_B, entry 0 is NaN/)
  assert.equal(one.evaluated.length, 0)
})

test('what is personal in part is not judged', async () => {
  const one = gate({ rights: [], merge: 'fedselect' })
  await one.check()
  assert.deepEqual([one.told, one.evaluated], [[], []])
})
