import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frozenDigest } from '../../../../src/merge/adapters/frozen-factors.ts'
import { loraAName, loraBName } from '../../../../src/merge/format/contribution-tensors.ts'
import { gramName } from '../../../../src/merge/format/gram-tensors.ts'
import { validateHeader } from '../../../../src/merge/admit/validate-header.ts'
import { validateMergeSpec } from '../../../../src/merge/admit/validate-spec.ts'
import { denseGram, ridged, toDense } from '../../../../src/merge/linear/gram.ts'
import { matmul, matrixFromTensor, transpose, zeros } from '../../../../src/merge/linear/matrix.ts'
import { createRandom } from '../../../../src/merge/linear/random.ts'
import { sumGrams } from '../../../../src/merge/linear/sum-grams.ts'
import { mergeContributions } from '../../../../src/merge/merge.ts'
import { closedForm } from '../../../../src/merge/rules/combine.ts'
import { mergeTasks } from '../../../../src/merge/rules/merge-tasks.ts'
import { readGram } from '../../../../src/merge/rules/read-gram.ts'
import { mergeFinishedTasks } from '../../../../src/merge/staged/merge-finished-tasks.ts'
import { mergeRound, type StagedState } from '../../../../src/merge/staged/merge-round.ts'
import { phaseOf, type PhaseGrams, type StagedPhase } from '../../../../src/merge/staged/phase.ts'
import { phaseFrozenDigest } from '../../../../src/merge/staged/phase-frozen.ts'
import { phaseSpec } from '../../../../src/merge/staged/phase-spec.ts'
import { taskAdapter, taskStart } from '../../../../src/merge/staged/task-start.ts'
import type { ContributionHeader, ContributionView, MergeSpec } from '../../../../src/merge/types.ts'
import {
  admit,
  CHARTER,
  LORA,
  makeContribution,
  makeSpec,
  PUBLISHED,
  randomTensor,
  signedOff,
} from '../fixtures.ts'
import { relativeError } from '../vectors.ts'

const AB = { ...LORA, trains: 'AB' } as const
const EXACT: PhaseGrams = { B: { form: 'projected' }, A: { form: 'top-k', k: 2 } }
const PAPER: PhaseGrams = { B: { form: 'diagonal' }, A: { form: 'diagonal' } }
const context = { charter: CHARTER }
const staged = (changes: Partial<MergeSpec> = {}): MergeSpec => makeSpec({ rule: 'mean', adapter: AB, ridge: 1e-4, ...changes }) // prettier-ignore

/** A state in the middle of a task: A is no longer what the seed gave. */
function midway(spec: MergeSpec): StagedState {
  const random = createRandom('midway')
  const adapter = new Map([...taskStart(spec, 'first')].map(([name, { shape }]) => [name, randomTensor(random, shape)])) // prettier-ignore
  const weight = randomTensor(random, [spec.classes.length, spec.features])
  return { adapter, classifier: { weight, bias: randomTensor(random, [spec.classes.length]) } }
}

function roundOf(
  spec: MergeSpec,
  phase: StagedPhase,
  grams: PhaseGrams,
  from: StagedState,
  classCounts?: readonly number[],
): readonly ContributionView[] {
  const checked = validateMergeSpec(phaseSpec(spec, phase, grams))
  const frozen = phaseFrozenDigest(spec, phase, from.adapter)
  const said = { round: 0, phase, task: null, base: null }
  return ['peer-a', 'peer-b', 'peer-c'].map((peer) => {
    const header = { ...said, frozen, ...(classCounts && { classCounts }) }
    const made = makeContribution({ spec: checked, peer, header })
    assert.ok(validateHeader(checked, made.header, { ...said, frozen }).ok)
    // The fixture admits by the seeded factors: what the payload says does not depend on them.
    return admit(checked, signedOff(checked, made.payload, { ...made.header, round: null, phase: null, frozen: frozenDigest(checked.adapter, checked.modules) })) // prettier-ignore
  })
}

test('rounds of a task begin with B and take turns', () => {
  assert.deepEqual([1, 2, 3, 4, 5].map(phaseOf), ['B', 'A', 'B', 'A', 'B'])
})

test('a task draws its own A and starts at zero: other tasks, other draws, at every site the same', () => {
  const spec = staged()
  const one = taskStart(spec, 'one')
  assert.deepEqual(taskStart(spec, 'one'), one)
  for (const { name } of spec.modules) {
    assert.ok(one.get(loraBName(name))!.data.every((value) => value === 0))
    assert.notDeepEqual(one.get(loraAName(name)), taskStart(spec, 'two').get(loraAName(name)))
  }
})

test('the digest of the frozen factor is the seeded one at the start of a task, and another once the factor has moved', () => {
  const spec = staged()
  const start = taskStart(spec, 'one')
  const seeded = frozenDigest({ ...taskAdapter(spec, 'one'), trains: 'B' }, spec.modules)
  assert.equal(phaseFrozenDigest(spec, 'B', start), seeded)
  const moved = midway(spec).adapter
  assert.notEqual(phaseFrozenDigest(spec, 'B', moved), seeded)
  assert.notEqual(phaseFrozenDigest(spec, 'A', moved), phaseFrozenDigest(spec, 'B', moved))
})

test('a contribution made under another frozen factor is refused by name', () => {
  const spec = staged()
  const checked = phaseSpec(spec, 'B', EXACT)
  const frozen = phaseFrozenDigest(spec, 'B', midway(spec).adapter)
  const at = { round: 3, phase: 'B', task: null, base: null } as const
  const { header } = makeContribution({ spec: checked, peer: 'peer-a', header: at })
  const judged = validateHeader(checked, header, { ...at, frozen })
  assert.equal(judged.ok ? '' : judged.reason, 'wrong-frozen-factors')
})

test('a round of B with projected Grams is the rule lorm, and leaves A to the bit', () => {
  const spec = staged()
  const from = midway(spec)
  const views = roundOf(spec, 'B', EXACT, from)
  const result = mergeRound(spec, context, { phase: 'B', grams: EXACT, from }, views)
  const direct = mergeContributions(phaseSpec(spec, 'B', EXACT), context, views)
  assert.equal(result.adapterSpec, spec.adapter)
  for (const { name } of spec.modules) {
    assert.deepEqual(result.adapter.get(loraBName(name)), direct.adapter.get(loraBName(name)))
    assert.equal(result.adapter.get(loraAName(name)), from.adapter.get(loraAName(name)))
  }
  assert.deepEqual(result.cut, direct.cut)
  assert.notEqual(result.digests.adapter, direct.digests.adapter)
})

test('a round of B with diagonals weighs by A diag(G) Aᵀ for the A of the round, not for the seeded one', () => {
  const spec = staged()
  const from = midway(spec)
  const views = roundOf(spec, 'B', PAPER, from)
  const { adapter } = mergeRound(spec, context, { phase: 'B', grams: PAPER, from }, views)
  for (const { name, in: width, out } of spec.modules) {
    const a = matrixFromTensor('a', from.adapter.get(loraAName(name))!, 3, width)
    const terms = [...views].sort((p, q) => (p.id < q.id ? -1 : 1)).map((view) => {
      const diagonal = zeros(width, width)
      view.tensor(gramName(name)).data.forEach((value, i) => (diagonal.data[i * width + i] = value))
      const gram = ridged(denseGram(matmul(matmul(a, diagonal), transpose(a))), spec.ridge)
      return { id: view.id, count: 1, weight: 1, gram, value: matrixFromTensor('b', view.tensor(loraBName(name)), out, 3) }
    }) // prettier-ignore
    const merged = matrixFromTensor('merged', adapter.get(loraBName(name))!, out, 3)
    assert.ok(relativeError(merged.data, closedForm(terms, 'test').data) < 1e-5)
  }
})

test('a round of A merges A by the Grams of the inputs and leaves B to the bit', () => {
  const spec = staged()
  const from = midway(spec)
  const views = roundOf(spec, 'A', EXACT, from)
  const { adapter } = mergeRound(spec, context, { phase: 'A', grams: EXACT, from }, views)
  const direct = mergeContributions(phaseSpec(spec, 'A', EXACT), context, views)
  for (const { name } of spec.modules) {
    assert.deepEqual(adapter.get(loraAName(name)), direct.adapter.get(loraAName(name)))
    assert.equal(adapter.get(loraBName(name)), from.adapter.get(loraBName(name)))
  }
})

test('a round without contributions changes nothing, in either phase', () => {
  const spec = staged()
  const from = midway(spec)
  for (const phase of ['A', 'B'] as const) {
    const result = mergeRound(spec, context, { phase, grams: EXACT, from }, [])
    assert.deepEqual(new Map([...result.adapter].sort()), new Map([...from.adapter].sort()))
    assert.deepEqual(result.classifier, from.classifier)
  }
})

for (const [rule, classifier] of [
  ['counts', { rule: 'counts' }],
  ['published', PUBLISHED],
] as const) {
  test(`classes that nobody in the round holds keep their row, classifier by ${rule}`, () => {
    const spec = staged({ classifier })
    const from = midway(spec)
    const views = roundOf(spec, 'B', EXACT, from, [9, 0, 0])
    const merged = mergeRound(spec, context, { phase: 'B', grams: EXACT, from }, views).classifier
    const { features } = spec
    assert.deepEqual(merged.weight.data.subarray(features), from.classifier.weight.data.subarray(features))
    assert.deepEqual(merged.bias.data.subarray(1), from.classifier.bias.data.subarray(1))
    assert.notDeepEqual(
      merged.weight.data.subarray(0, features),
      from.classifier.weight.data.subarray(0, features),
    )
  })
}

test('finished tasks merge as mergeTasks does of the summed Grams, whatever the order', () => {
  const spec = staged({ adapter: { ...AB, rank: 1 } })
  const tasks = ['one', 'two', 'three'].map((id) => {
    const random = createRandom(id)
    const adapter = new Map([...taskStart(spec, id)].map(([name, { shape }]) => [name, randomTensor(random, shape)])) // prettier-ignore
    return { id, adapter, grams: roundOf(spec, 'A', EXACT, { ...midway(spec), adapter }) }
  })
  const merged = mergeFinishedTasks(spec, EXACT.A, tasks)
  assert.deepEqual(mergeFinishedTasks(spec, EXACT.A, [...tasks].reverse()), merged)
  assert.equal(merged.adapterSpec.rank, 3)
  const whole = { ...spec, grams: EXACT.A }
  for (const module of spec.modules) {
    const direct = mergeTasks(
      tasks.map(({ id, adapter, grams }) => {
        const [first, ...rest] = [...grams].sort((p, q) => (p.id < q.id ? -1 : 1)).map((view) => readGram(whole, module, view)) // prettier-ignore
        const b = matrixFromTensor('b', adapter.get(loraBName(module.name))!, module.out, 1)
        const a = matrixFromTensor('a', adapter.get(loraAName(module.name))!, 1, module.in)
        return { id, a, b, gram: sumGrams([first!, ...rest]) }
      }),
      spec.ridge,
    )
    assert.deepEqual(merged.adapter.get(loraAName(module.name))!.data, Float32Array.from(direct.a.data))
    assert.deepEqual(merged.adapter.get(loraBName(module.name))!.data, Float32Array.from(direct.b.data))
  }
})

test('by the mean finished tasks give the mean of their updates', () => {
  const spec = staged({ adapter: { ...AB, rank: 1 } })
  const tasks = ['one', 'two'].map((id) => {
    const random = createRandom(id)
    const adapter = new Map([...taskStart(spec, id)].map(([name, { shape }]) => [name, randomTensor(random, shape)])) // prettier-ignore
    return { id, adapter, grams: [] }
  })
  const { adapter } = mergeFinishedTasks(spec, 'mean', tasks)
  for (const { name, in: width, out } of spec.modules) {
    const product = (state: ReadonlyMap<string, { data: Float32Array; shape: readonly number[] }>, rank: number) =>
      matmul(matrixFromTensor('b', state.get(loraBName(name))!, out, rank), matrixFromTensor('a', state.get(loraAName(name))!, rank, width)) // prettier-ignore
    const [one, two] = tasks.map((task) => product(task.adapter, 1))
    const mean = { ...one!, data: one!.data.map((value, i) => (value + two!.data[i]!) / 2) }
    assert.ok(relativeError(product(adapter, 2).data, mean.data) < 1e-6)
  }
})

test('Grams of eigenpairs add up as the matrices do', () => {
  const spec = staged()
  const whole = { ...spec, grams: EXACT.A }
  const [one, two] = roundOf(spec, 'A', EXACT, midway(spec)).map((view) =>
    readGram(whole, spec.modules[0]!, view),
  )
  const sum = sumGrams([one!, two!])
  const added = toDense(one!)
  const expected = { ...added, data: added.data.map((value, i) => value + toDense(two!).data[i]!) }
  assert.equal(sum.kind, 'factored')
  assert.ok(relativeError(toDense(sum).data, expected.data) < 1e-12)
  assert.ok(relativeError(toDense(sumGrams([denseGram(toDense(one!)), two!])).data, expected.data) < 1e-12)
})

test('whoever speaks of another round, step, task or base than the one under way is refused by name', () => {
  const spec = staged()
  const checked = phaseSpec(spec, 'B', EXACT)
  const frozen = phaseFrozenDigest(spec, 'B', midway(spec).adapter)
  const at = { round: 3, phase: 'B', task: null, base: 'b'.repeat(64), frozen } as const
  const said = (header: Partial<ContributionHeader>): string => {
    const judged = validateHeader(checked, makeContribution({ spec: checked, peer: 'peer-a', header: { ...at, ...header } }).header, at) // prettier-ignore
    return judged.ok ? 'ok' : judged.reason
  }
  assert.equal(said({}), 'ok')
  assert.equal(said({ round: 2 }), 'wrong-round')
  assert.equal(said({ phase: 'A' }), 'wrong-round')
  assert.equal(said({ round: null, phase: null }), 'wrong-round')
  assert.equal(said({ base: null }), 'wrong-base')
  assert.equal(said({ frozen: 'f'.repeat(64) }), 'wrong-frozen-factors')
  const outside = validateHeader(makeSpec(), makeContribution({ spec: makeSpec(), peer: 'peer-a', header: { round: 1, phase: 'B' } }).header) // prettier-ignore
  assert.equal(outside.ok ? 'ok' : outside.reason, 'wrong-round')
})
