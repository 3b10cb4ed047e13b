import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { moduleFactors } from '../../../src/merge/adapters/frozen-factors.ts'
import { expectedTensors } from '../../../src/merge/format/contribution-tensors.ts'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { gramName } from '../../../src/merge/format/gram-tensors.ts'
import { openSafetensors } from '../../../src/merge/format/safetensors-reader.ts'
import { unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView, GramSpec, MergeSpec, Tensor, WireSpec } from '../../../src/merge/types.ts'
import { validateMergeSpec } from '../../../src/merge/admit/validate-spec.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import { admit, admitted, CHARTER, LORA, makeContribution, makeSpec, packedGram, RAVAN, reducedGram } from './fixtures.ts' // prettier-ignore

const SITES = ['a', 'b', 'c', 'd']
const ROUNDING = { F32: 0, F16: 2 ** -11, BF16: 2 ** -8 } as const
const lorm = (grams: GramSpec, trains: 'A' | 'B'): MergeSpec =>
  makeSpec({ adapter: { ...LORA, trains }, grams, ridge: 1e-2, rule: 'lorm' })

const SPECS: readonly (readonly [string, MergeSpec])[] = [
  ['mean of A and B', makeSpec({ rule: 'mean', adapter: { ...LORA, trains: 'AB' } })],
  ['lorm on B', makeSpec({ ridge: 1e-2 })],
  ['lorm on A, full Grams', lorm({ form: 'full' }, 'A')],
  ['lorm on A, diagonal Grams', lorm({ form: 'diagonal' }, 'A')],
  ['lorm on A, top pairs', lorm({ form: 'top-k', k: 2 }, 'A')],
  ['lorm on B, top pairs', lorm({ form: 'top-k', k: 2 }, 'B')],
  ['ravan', makeSpec({ rule: 'ravan', adapter: RAVAN, ridge: 1e-2 })],
  ['ravan, joint Grams', makeSpec({ rule: 'ravan', adapter: RAVAN, grams: { form: 'joint' }, ridge: 1e-2 })],
]

const contributions = (spec: MergeSpec): ContributionView[] => SITES.map((peer) => admitted({ spec, peer }))
const merge = (spec: MergeSpec, views = contributions(spec)) =>
  mergeContributions(spec, { charter: CHARTER }, views)

const norm = (data: Iterable<number>): number => Math.sqrt([...data].reduce((sum, x) => sum + x * x, 0))

describe('contributions in half precision', () => {
  for (const [name, spec] of SPECS) {
    for (const factors of ['F16', 'BF16'] as const) {
      it(`${name}: factors in ${factors} move the merge by their rounding and no more`, () => {
        const plain = merge(spec)
        const rounded = merge({ ...spec, wire: { factors, grams: 'F32' } })
        for (const [tensor, { data }] of plain.adapter) {
          const other = rounded.adapter.get(tensor)!.data
          const moved = norm(data.map((value, i) => value - other[i]!))
          assert.ok(moved > 0, `${tensor} is rounded`)
          assert.ok(moved < 2 * ROUNDING[factors] * norm(data), `${tensor} moved by ${moved / norm(data)}`)
        }
        assert.deepEqual(rounded.classifier, plain.classifier)
      })
    }

    it(`${name}: merges from bfloat16 Grams are those from float32 within a hundredth`, () => {
      const plain = merge(spec)
      const rounded = merge({ ...spec, wire: { factors: 'F32', grams: 'BF16' } })
      for (const [tensor, { data }] of plain.adapter) {
        const other = rounded.adapter.get(tensor)!.data
        const moved = norm(data.map((value, i) => value - other[i]!)) / norm(data)
        assert.ok(spec.rule === 'mean' ? moved === 0 : moved < 0.01, `${tensor} moved by ${moved}`)
      }
    })
  }

  it('has each tensor in the type that the charter says, and says so in half the bytes', () => {
    const spec = { ...lorm({ form: 'full' }, 'A'), wire: { factors: 'F16', grams: 'BF16' } } as const
    const { payload } = makeContribution({ spec, peer: 'a' })
    const { entries } = openSafetensors(memorySource(payload))
    for (const [name, { type }] of expectedTensors(spec, 'adapter'))
      assert.equal(entries.get(name)?.type, type)
    const types = new Map([...entries].map(([name, { type }]) => [name.split('/')[0], type]))
    assert.deepEqual(types, new Map([['adapter', 'F16'], ['classifier', 'F32'], ['gram', 'BF16']])) // prettier-ignore
    const other = validatePayload(lorm({ form: 'full' }, 'A'), admittedHeader(spec), memorySource(payload))
    assert.equal(other.ok ? '' : other.reason, 'wrong-type')
  })
})

const admittedHeader = (spec: MergeSpec) => makeContribution({ spec, peer: 'a' }).header

describe('what travels as a difference from the start', () => {
  const wire: WireSpec = { factors: 'BF16', grams: 'F32' }
  const spec = makeSpec({ rule: 'mean', adapter: { ...LORA, trains: 'AB' }, wire })
  const module = spec.modules[0]!
  const name = `adapter/${module.name}/lora_A`
  const start = moduleFactors(spec.adapter, module).get(`frozen/${module.name}/lora_A`)!

  it('keeps a small step from it, which rounding the value would lose', () => {
    const step = Float32Array.from(start.data, (_, i) => 2 ** -12 * (1 + (i % 3)))
    const moved = { shape: start.shape, data: start.data.map((value, i) => value + step[i]!) }
    const { adapter } = merge(spec, [admitted({ spec, peer: 'a', tensors: { [name]: moved } })])
    const told = adapter.get(name)!.data.map((value, i) => value - start.data[i]!)
    step.forEach((value, i) => assert.ok(Math.abs(told[i]! - value) < 2 ** -8 * value + 2 ** -25))
  })

  it('is bounded as the sum that it stands for', () => {
    const tight = { ...spec, limits: { ...spec.limits, maxAbs: 2 } }
    const at = (value: number) => {
      const data = start.data.slice().fill(value, 4, 5)
      const made = makeContribution({ spec: tight, peer: 'a', tensors: { ...small(tight), [name]: { shape: start.shape, data } } }) // prettier-ignore
      const judged = validatePayload(tight, made.header, memorySource(made.payload))
      return judged.ok ? 'admitted' : judged.reason
    }
    assert.equal(at(1.9), 'admitted')
    assert.equal(at(-2.1), 'too-large')
    assert.equal(at(Infinity), 'non-finite')
  })
})

function small(spec: MergeSpec): Record<string, Tensor> {
  const layouts = [...expectedTensors(spec, 'adapter')]
  return Object.fromEntries(layouts.map(([name, { shape }]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }])) // prettier-ignore
}

/** Rows as layers see them: few or many, one direction that holds nearly everything, any scale. */
const inputs = fc.record({
  rows: fc.integer({ min: 1, max: 24 }),
  mean: fc.constantFrom(0, 1, 30),
  scale: fc.constantFrom(1e-6, 1, 100),
  seed: fc.integer(),
})

function drawRows(
  { rows, mean, scale, seed }: { rows: number; mean: number; scale: number; seed: number },
  width: number,
): number[][] {
  const random = createRandom(`honest ${seed}`)
  return Array.from({ length: rows }, () =>
    Array.from({ length: width }, () => scale * (mean + random.normal())),
  )
}

describe('an honest Gram', () => {
  for (const form of [{ form: 'full' }, { form: 'diagonal' }, { form: 'top-k', k: 3 }] as const) {
    for (const grams of ['F32', 'BF16'] as const) {
      it(`is admitted as ${form.form} in ${grams}, whatever it was measured on`, () => {
        const ridge = form.form === 'full' ? (grams === 'F32' ? 1e-5 : 4e-3) : 1e-6
        const wide = { name: 'layer.0.query', in: 40, out: 12 }
        const spec = makeSpec({ adapter: { ...LORA, trains: 'A' }, modules: [wide], grams: form, wire: { factors: 'F32', grams }, ridge }) // prettier-ignore
        fc.assert(
          fc.property(inputs, (drawn) => {
            const rows = drawRows(drawn, wide.in)
            const tensors = form.form === 'full' ? fullGram(wide.name, rows) : reducedGram(spec, wide, rows)
            admit(spec, makeContribution({ spec, peer: 'a', tensors: Object.fromEntries(tensors) }))
          }),
          { numRuns: 120, seed: 5 },
        )
      })
    }
  }

  it('that is flat, empty but for one direction, or of equal rows is admitted as top pairs', () => {
    const wide = { name: 'layer.0.query', in: 12, out: 12 }
    const spec = makeSpec({ adapter: { ...LORA, trains: 'A' }, modules: [wide], grams: { form: 'top-k', k: 5 } }) // prettier-ignore
    const unit = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: 12 }, (_, j) => (i === j ? 0.1 : 0)),
    )
    for (const rows of [unit, [unit[3]!], [unit[3]!, unit[3]!]]) {
      admit(
        spec,
        makeContribution({ spec, peer: 'a', tensors: Object.fromEntries(reducedGram(spec, wide, rows)) }),
      )
    }
  })

  it('is raised on its diagonal alone, and no further than rounding needs', () => {
    const wide = { name: 'layer.0.query', in: 40, out: 12 }
    const spec = makeSpec({ adapter: { ...LORA, trains: 'A' }, modules: [wide], grams: { form: 'full' }, wire: { factors: 'F32', grams: 'BF16' }, ridge: 4e-3 }) // prettier-ignore
    const rows = drawRows({ rows: 3, mean: 30, scale: 1, seed: 1 }, wide.in)
    const exact = unpackSymmetric(packedGram(rows, wide.in), wide.in).data
    const view = admitted({ spec, peer: 'a', tensors: Object.fromEntries(fullGram(wide.name, rows)) })
    const told = unpackSymmetric(view.tensor(gramName(wide.name)).data, wide.in).data
    const mean = exact.filter((_, i) => i % (wide.in + 1) === 0).reduce((a, b) => a + b) / wide.in
    told.forEach((value, i) => {
      const most = i % (wide.in + 1) === 0 ? 2 ** -4 * mean : 2 ** -8 * Math.abs(exact[i]!)
      assert.ok(Math.abs(value - exact[i]!) <= most + 1e-4, `entry ${i}: ${value} of ${exact[i]}`)
    })
  })
})

function fullGram(name: string, rows: readonly (readonly number[])[]): Map<string, Tensor> {
  const data = Float32Array.from(packedGram(rows, rows[0]!.length))
  return new Map([[gramName(name), { shape: [data.length], data }]])
}

describe('a charter whose number types lose what matters', () => {
  const refused = (changes: Partial<MergeSpec>, field: string, message: RegExp) =>
    assert.throws(() => makeSpec(changes), (error: { detail: { field: string }; message: string }) => {
      assert.equal(error.detail.field, field)
      assert.match(error.message, message)
      return true
    }) // prettier-ignore

  it('is refused: a bound beyond what F16 can say, a ridge below the rounding of BF16', () => {
    const f16: WireSpec = { factors: 'F16', grams: 'F32' }
    const limits = { maxCount: 10_000, maxAbs: 1e6, maxGenerationLead: 8 }
    refused({ wire: f16, limits }, 'limits.maxAbs', /F16 reach no further than 65000; take BF16/)
    assert.ok(validateMergeSpec({ ...makeSpec(), wire: { ...f16, factors: 'BF16' }, limits }))
    refused({ wire: { factors: 'F32', grams: 'BF16' } }, 'ridge', /in BF16 need at least 0.004/)
  })

  it('needs no larger ridge where rounding cannot make a Gram indefinite', () => {
    const adapter = { ...LORA, trains: 'A' } as const
    for (const grams of [{ form: 'diagonal' }, { form: 'top-k', k: 2 }] as const) {
      assert.ok(makeSpec({ adapter, grams, wire: { factors: 'BF16', grams: 'BF16' }, ridge: 1e-6 }))
    }
  })
})
