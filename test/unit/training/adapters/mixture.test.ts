import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import type { AdapterSpec, Tensor } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { mixerName, mixerShares, restAName, restBName } from '../../../../src/training/adapters/mixture.ts'
import { stayingNames } from '../../../../src/training/adapters/trained-views.ts'
import { constant, gradients, input, mul, sum } from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { openRuntime } from '../../../../src/training/runtime/open-runtime.ts'
import type { MixtureSpec } from '../../../../src/training/types.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { readVector, type Rows } from '../../merge/vectors.ts'

interface Golden {
  readonly ids: readonly string[]
  readonly scale: number
  readonly A: readonly Rows[]
  readonly B: readonly Rows[]
  readonly W0: Rows
  readonly gate_weight: readonly Rows[]
  readonly x: readonly number[]
  readonly expected: readonly { readonly A_row: Rows; readonly B_row: Rows; readonly gate: readonly number[]; readonly y: readonly number[] }[] // prettier-ignore
}

const golden = readVector('fedalt_row.json') as Golden
const tensor = (rows: Rows, times = 1): Tensor => ({
  shape: [rows.length, rows[0]!.length],
  data: Float32Array.from(rows.flat(), (value) => value * times),
})
const value = ({ data, shape }: Tensor): Value => constant(data, shape)

describe('golden: the mixture of one’s own adapter and the rest of the world', () => {
  const [out, width, rank] = [golden.W0.length, golden.x.length, golden.A[0]!.length]
  const module = { name: 'm', in: width, out }
  const own: AdapterSpec = { kind: 'lora', rank, alpha: golden.scale * rank, trains: 'AB', seed: 's' }
  const set = adapterSet({ kind: 'mixture', own, restRank: rank, seed: 'site' }, [module])
  for (const [k, peer] of golden.ids.entries()) {
    it(`of ${peer}`, () => {
      const { A_row, B_row, gate, y } = golden.expected[k]!
      const wire = new Map([
        ['adapter/m/lora_A', tensor(golden.A[k]!)],
        ['adapter/m/lora_B', tensor(golden.B[k]!)],
        [mixerName('m'), tensor(golden.gate_weight[k]!)],
        [restAName('m'), tensor(A_row)],
        [restBName('m'), tensor(B_row, golden.scale)],
      ])
      const values = set.start(wire)
      const attached = set.attach((name) => input(name, shapeOf(name)))
      const x = constant(Float32Array.from(golden.x), [1, width])
      const result = attached.linear('m', x, value(tensor(golden.W0)), undefined)
      const shares = mixerShares(x, input(mixerName('m'), [2, width]))
      const [found, trust] = evaluateInDoubles([result, shares], Object.fromEntries(values))
      assertClose(found!.data, y, 1e-6, 'y')
      assertClose(trust!.data, gate, 1e-6, 'gate')
    })
  }
  const shapeOf = (name: string): readonly number[] =>
    set.parameters.find((parameter) => parameter.name === name)!.shape
})

const MODULE = { name: 'layer.0.query', in: 10, out: 13 }
const random = createRandom('mixture')
const draw = (...shape: number[]): Tensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
})
const [x, weight, bias] = [draw(9, MODULE.in), draw(MODULE.out, MODULE.in), draw(MODULE.out)]

const OWN: readonly AdapterSpec[] = [
  { kind: 'lora', rank: 3, alpha: 5, trains: 'AB', seed: 's' },
  { kind: 'lora', rank: 3, alpha: 5, trains: 'B', scaling: 'rslora', seed: 's' },
  { kind: 'ravan', heads: 2, rank: 2, alpha: 0.7, seed: 's' },
]

for (const own of OWN) {
  describe(`a mixture with ${own.kind}${own.kind === 'lora' ? ` ${own.trains}` : ''}`, () => {
    const spec: MixtureSpec = { kind: 'mixture', own, restRank: 4, seed: 'site' }
    const set = adapterSet(spec, [MODULE])
    const alone = adapterSet(own, [MODULE])
    const drawn = createRandom('values')
    const values = new Map(
      [...set.start(null)].map(([name, data]) => [name, data.map((entry) => entry + 0.5 * drawn.normal())]),
    )
    const inputs = new Map(set.parameters.map(({ name, shape }) => [name, input(name, shape)]))
    const y = set.attach((name) => inputs.get(name)!).linear(MODULE.name, value(x), value(weight), value(bias)) // prettier-ignore

    it('starts as the backbone, and half way between both', () => {
      const start = Object.fromEntries(set.start(null))
      const base = alone.attach((name) => inputs.get(name)!).linear(MODULE.name, value(x), value(weight), value(bias)) // prettier-ignore
      const [found, expected] = evaluateInDoubles([y, base], start)
      assertClose(found!.data, expected!.data, 1e-12, 'y')
      const mixer = set.start(null).get(mixerName(MODULE.name))!
      const bound = 1 / Math.sqrt(MODULE.in)
      assert.ok(mixer.some((entry) => entry !== 0) && mixer.every((entry) => Math.abs(entry) <= bound))
    })

    it('goes on from what it was, and from the own adapter alone', () => {
      assert.deepEqual(set.wire(set.start(set.wire(values))), set.wire(values))
      const own = new Map([...set.wire(values)].filter(([name]) => name.startsWith('adapter/')))
      const start = set.start(own)
      for (const { name } of alone.parameters) assert.deepEqual(start.get(name), alone.start(own).get(name))
      assert.ok(start.get(restBName(MODULE.name))!.every((entry) => entry === 0))
      const wrong = new Map([...own, [mixerName(MODULE.name), draw(3, MODULE.in)]])
      assert.throws(() => set.start(wrong), { code: 'ERR_SHAPE_MISMATCH' })
    })

    it('never moves the rest of the world', () => {
      const staying = stayingNames(set.adapters, undefined)
      assert.deepEqual([...staying], [restAName(MODULE.name), restBName(MODULE.name)])
    })

    it('has the slopes of central differences, in both runtimes', async () => {
      const loss = sum(mul(y, y))
      const names = [...inputs.keys()]
      const slopes = gradients(loss, [...inputs.values()])
      const outputs = Object.fromEntries(names.map((name, i) => [name, slopes[i]!]))
      for (const runtime of ['onnx', 'tfjs'] as const) {
        const executable = await (await openRuntime(runtime)).compile(outputs)
        const found = await executable.run(Object.fromEntries(values))
        await executable.dispose()
        for (const name of names) assertSlopes(name, found[name]!.data, loss, values)
      }
    })
  })
}

function assertSlopes(
  name: string,
  found: ArrayLike<number>,
  loss: Value,
  values: ReadonlyMap<string, Float32Array>,
): void {
  const lossAt = (moved: ReadonlyMap<string, Float32Array>): number =>
    evaluateInDoubles([loss], Object.fromEntries(moved))[0]!.data[0]!
  const start = values.get(name)!
  for (const at of [0, Math.floor(start.length / 2), start.length - 1]) {
    const moved = (by: number) => new Map([...values, [name, start.with(at, start[at]! + by)]])
    const [up, down] = [moved(2 ** -8), moved(-(2 ** -8))]
    const expected = (lossAt(up) - lossAt(down)) / (up.get(name)![at]! - down.get(name)![at]!)
    const error = Math.abs(found[at]! - expected)
    assert.ok(error <= 2e-4 * Math.max(1, Math.abs(expected)), `${name} ${at}: off by ${error} of ${expected}`) // prettier-ignore
  }
}
