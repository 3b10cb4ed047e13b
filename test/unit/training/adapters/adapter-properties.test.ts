import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRandom, frozenDigest, frozenFactors, matmul } from '../../../../src/merge/index.ts'
import type { AdapterSpec, Matrix, TargetModule, Tensor, TensorMap } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { moduleAdapter } from '../../../../src/training/adapters/adapter-kinds.ts'
import { constant, input } from '../../../../src/training/graph/index.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'

const module: fc.Arbitrary<TargetModule> = fc.record({
  name: fc.stringMatching(/^[a-z]{1,6}\.[0-9]$/),
  in: fc.integer({ min: 2, max: 13 }),
  out: fc.integer({ min: 2, max: 13 }),
})

/** An adapter that fits the modules: rank 1, as many directions as there are, or between. */
function fittingAdapter(modules: readonly TargetModule[]): fc.Arbitrary<AdapterSpec> {
  const most = Math.min(...modules.flatMap(({ in: inputs, out }) => [inputs, out]))
  const rank = fc.oneof(fc.constant(1), fc.constant(most), fc.integer({ min: 1, max: most }))
  const alpha = fc.constantFrom(0.3, 1, 5)
  const lora = fc.record({
    kind: fc.constant('lora' as const),
    rank,
    alpha,
    scaling: fc.constantFrom('standard' as const, 'rslora' as const),
    trains: fc.constantFrom('A' as const, 'B' as const, 'AB' as const),
    seed: fc.constant('properties'),
  })
  const ravan = rank.chain((width) => {
    const divisors = Array.from({ length: width }, (_, i) => i + 1).filter((heads) => width % heads === 0)
    return fc
      .record({
        kind: fc.constant('ravan' as const),
        heads: fc.constantFrom(...divisors),
        rank: fc.constant(width),
        alpha,
        bases: fc.constantFrom('gram-schmidt' as const, 'normal' as const),
        seed: fc.constant('properties'),
      })
      .map((spec) => ({ ...spec, rank: width / spec.heads })) // heads · rank is the width
  })
  return fc.oneof(lora, ravan)
}

const setting = fc
  .uniqueArray(module, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  .chain((modules) => fc.record({ modules: fc.constant(modules), spec: fittingAdapter(modules) }))

function randomState(spec: AdapterSpec, modules: readonly TargetModule[]): TensorMap {
  const set = adapterSet(spec, modules)
  return new Map(
    [...set.wire(set.start(null))].map(([name, { shape, data }]): [string, Tensor] => {
      const random = createRandom(`state ${name}`)
      return [name, { shape, data: data.map(() => random.normal()) }]
    }),
  )
}

/** scale · B A of the plain LoRA that a module's adapter is, in doubles. (out, in) */
function loraDelta(spec: AdapterSpec, target: TargetModule, wire: TensorMap): Matrix {
  const adapter = moduleAdapter(spec, target)
  const { rank, alpha, scaling } = adapter.loraForm
  const { a, b } = adapter.toLora(wire)
  assert.deepEqual([a.shape, b.shape], [[rank, target.in], [target.out, rank]]) // prettier-ignore
  const matrix = ({ data }: Tensor, cols: number): Matrix => {
    return { rows: data.length / cols, cols, data: Float64Array.from(data) }
  }
  const delta = matmul(matrix(b, rank), matrix(a, target.in))
  const scale = scaling === 'rslora' ? alpha / Math.sqrt(rank) : alpha / rank
  return { ...delta, data: delta.data.map((entry) => entry * scale) }
}

describe('adapters of any kind, on modules of any shape', () => {
  it('give the delta that they are as plain LoRA', () => {
    fc.assert(
      fc.property(setting, ({ modules, spec }) => {
        const wire = randomState(spec, modules)
        const set = adapterSet(spec, modules)
        const values = Object.fromEntries(set.start(wire))
        const attached = set.attach((name) =>
          input(name, set.parameters.find((one) => one.name === name)!.shape),
        )
        for (const target of modules) {
          const identity = Float32Array.from({ length: target.in ** 2 }, (_, i) =>
            i % (target.in + 1) === 0 ? 1 : 0,
          )
          const zero = constant(new Float32Array(target.out * target.in), [target.out, target.in])
          const y = attached.linear(target.name, constant(identity, [target.in, target.in]), zero, undefined)
          const { data } = evaluateInDoubles([y], values)[0]! // (in, out): the delta's transpose
          const delta = loraDelta(spec, target, wire)
          const largest = delta.data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 1e-3)
          delta.data.forEach((entry, at) => {
            const [row, col] = [Math.floor(at / target.in), at % target.in]
            const error = Math.abs(data[col * target.out + row]! - entry)
            assert.ok(error <= 2e-6 * largest, `${target.name} (${row}, ${col}): off by ${error}`)
          })
        }
      }),
      { numRuns: 60, seed: 11 },
    )
  })

  it('do not care about the order of modules', () => {
    fc.assert(
      fc.property(setting, ({ modules, spec }) => {
        const reversed = [...modules].reverse()
        const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
        assert.equal(frozenDigest(spec, reversed), frozenDigest(spec, modules))
        assert.deepEqual(sorted(frozenFactors(spec, reversed)), sorted(frozenFactors(spec, modules)))
        const [one, other] = [adapterSet(spec, modules), adapterSet(spec, reversed)]
        assert.deepEqual(sorted(one.start(null)), sorted(other.start(null)))
        const wire = randomState(spec, modules)
        assert.deepEqual(sorted(one.wire(one.start(wire))), sorted(other.wire(other.start(wire))))
      }),
      { numRuns: 40, seed: 12 },
    )
  })

  it('add nothing at the start, and come back from plain LoRA', () => {
    fc.assert(
      fc.property(setting, ({ modules, spec }) => {
        const set = adapterSet(spec, modules)
        const start = set.wire(set.start(null))
        const wire = randomState(spec, modules)
        for (const target of modules) {
          assert.ok(loraDelta(spec, target, start).data.every((entry) => entry === 0))
          const adapter = moduleAdapter(spec, target)
          const again = adapter.toLora(adapter.fromLora(adapter.toLora(wire)))
          const { b } = adapter.toLora(wire)
          const largest = b.data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
          b.data.forEach((entry, i) => assert.ok(Math.abs(again.b.data[i]! - entry) <= 2e-5 * largest))
        }
      }),
      { numRuns: 40, seed: 13 },
    )
  })

  it('refuse one direction more than a module has, by its name', () => {
    fc.assert(
      fc.property(module, fc.constantFrom('lora', 'ravan'), (target, kind) => {
        const over = Math.min(target.in, target.out) + 1
        const spec: AdapterSpec =
          kind === 'lora'
            ? { kind, rank: over, alpha: 1, trains: 'AB', seed: 's' }
            : { kind: 'ravan', heads: over, rank: 1, alpha: 1, seed: 's' }
        const at = {
          code: 'ERR_MERGE_SPEC',
          message: new RegExp(`is ${over}, module ${target.name.replace('.', '\\.')} is`),
        }
        assert.throws(() => frozenFactors(spec, [target]), at)
        assert.throws(() => adapterSet(spec, [target]), at)
      }),
      { numRuns: 40, seed: 14 },
    )
  })
})
