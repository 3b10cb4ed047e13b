import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRandom, frozenFactors } from '../../../../src/merge/index.ts'
import type { AdapterSpec, LoraSpec, RavanSpec, Tensor } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import type { AdapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { allParts } from '../../../../src/training/adapters/part-choice.ts'
import { constant, gradients, input, mul, sum } from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { assertClose } from '../../../helpers/assert-close.ts'

const ROWS = 9
const MODULE = { name: 'layer.0.query', in: 10, out: 13 }
const lora = (trains: LoraSpec['trains']): LoraSpec => ({
  kind: 'lora',
  rank: 3,
  alpha: 5,
  trains,
  seed: 's',
})
const ravan: RavanSpec = { kind: 'ravan', heads: 4, rank: 2, alpha: 0.7, seed: 's' }
const KINDS: AdapterSpec[] = [
  lora('B'),
  lora('A'),
  lora('AB'),
  { ...lora('B'), scaling: 'rslora' },
  ravan,
  { ...ravan, bases: 'normal' },
]
const label = (spec: AdapterSpec): string =>
  spec.kind === 'lora'
    ? `lora ${spec.trains}, ${spec.scaling ?? 'standard'}`
    : `ravan, ${spec.bases ?? 'gram-schmidt'}`

const random = createRandom('adapters')
const draw = (...shape: number[]): Tensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
})
const x = draw(ROWS, MODULE.in)
const weight = draw(MODULE.out, MODULE.in)
const bias = draw(MODULE.out)
const mask = {
  shape: [ROWS, 1],
  data: Float32Array.from({ length: ROWS }, (_, row) => (row % 4 === 3 ? 0 : 1)),
}

/** A row-major product a bᵀ in float64. */
function timesTransposed(a: ArrayLike<number>, b: ArrayLike<number>, inner: number): number[] {
  const [rows, cols] = [a.length / inner, b.length / inner]
  return Array.from({ length: rows * cols }, (_, i) => {
    let sum = 0
    for (let k = 0; k < inner; k++) sum += a[Math.floor(i / cols) * inner + k]! * b[(i % cols) * inner + k]!
    return sum
  })
}

async function apply(set: AdapterSet, values: ReadonlyMap<string, Float32Array>) {
  const inputs = new Map(set.parameters.map(({ name, shape }) => [name, input(name, shape)]))
  const attached = set.attach((name) => inputs.get(name)!)
  const value = ({ data, shape }: Tensor) => constant(data, shape)
  const y = attached.linear(MODULE.name, value(x), value(weight), value(bias))
  const outputs = { y, ...Object.fromEntries(attached.statistics(() => value(mask))) }
  const executable = await onnxRuntime().compile(outputs)
  const { y: result, ...statistics } = await executable.run(Object.fromEntries(values))
  await executable.dispose()
  const sums = new Map(Object.entries(statistics).map(([name, { data }]) => [name, Float64Array.from(data)]))
  return { y: result!, sums }
}

async function evaluateOnce(outputs: Record<string, Value>, values: ReadonlyMap<string, Float32Array>) {
  const executable = await onnxRuntime().compile(outputs)
  const results = await executable.run(Object.fromEntries(values))
  await executable.dispose()
  return results
}

const base = timesTransposed(x.data, weight.data, MODULE.in).map(
  (value, i) => value + bias.data[i % MODULE.out]!,
)

for (const spec of KINDS) {
  describe(`adapter ${label(spec)}`, () => {
    const set = adapterSet(spec, [MODULE])
    const random = createRandom('values')
    const trained = new Map(
      [...set.start(null)].map(([name, data]) => [name, data.map((value) => value + 0.5 * random.normal())]),
    )

    it('adds nothing at the start', async () => {
      assertClose((await apply(set, set.start(null))).y.data, base, 1e-6, 'y')
    })

    it('adds its formula, computed from the tensors that travel', async () => {
      const delta = formula(spec, set.wire(trained))
      const { y } = await apply(set, trained)
      assertClose(
        y.data,
        base.map((value, i) => value + delta[i]!),
        2e-6,
        'y',
      )
      assert.ok(Math.max(...delta.map(Math.abs)) > 0.5, 'the adapter does something')
    })

    it('starts from what travelled with the same function', async () => {
      const again = set.start(set.wire(trained))
      assert.deepEqual(
        [...again.keys()],
        set.parameters.map(({ name }) => name),
      )
      assertClose((await apply(set, again)).y.data, (await apply(set, trained)).y.data, 2e-6, 'y')
      assert.deepEqual(set.wire(again), set.wire(trained))
    })

    it('refuses tensors that are missing or of another shape', () => {
      const wire = set.wire(trained)
      const [name, tensor] = [...wire][0]!
      assert.throws(() => set.start(new Map()), { code: 'ERR_MALFORMED', message: new RegExp(name) })
      const wrong = { shape: [tensor.data.length], data: tensor.data }
      assert.throws(() => set.start(new Map([...wire, [name, wrong]])), { code: 'ERR_SHAPE_MISMATCH' })
    })

    it('sends what it trains, and neither what is frozen nor what comes from it', () => {
      const names = spec.kind === 'ravan' ? ['head.0', 'head.1', 'head.2', 'head.3'] : spec.trains.split('').map((factor) => `lora_${factor}`) // prettier-ignore
      assert.deepEqual([...set.wire(trained).keys()], names.map((name) => `adapter/${MODULE.name}/${name}`)) // prettier-ignore
    })

    it('has the slopes of central differences', async () => {
      const inputs = new Map(set.parameters.map(({ name, shape }) => [name, input(name, shape)]))
      const value = ({ data, shape }: Tensor) => constant(data, shape)
      const y = set
        .attach((name) => inputs.get(name)!)
        .linear(MODULE.name, value(x), value(weight), value(bias))
      const loss = sum(mul(y, y))
      const names = [...inputs.keys()]
      const slopes = gradients(loss, [...inputs.values()])
      const found = await evaluateOnce(
        Object.fromEntries(names.map((name, i) => [name, slopes[i]!])),
        trained,
      )
      const lossAt = (values: ReadonlyMap<string, Float32Array>): number =>
        evaluateInDoubles([loss], Object.fromEntries(values))[0]!.data[0]!
      for (const name of names) {
        const start = trained.get(name)!
        for (const at of [0, Math.floor(start.length / 2), start.length - 1]) {
          const moved = (by: number) => new Map([...trained, [name, start.with(at, start[at]! + by)]])
          const [up, down] = [moved(2 ** -8), moved(-(2 ** -8))]
          const step = up.get(name)![at]! - down.get(name)![at]!
          const expected = (lossAt(up) - lossAt(down)) / step
          const error = Math.abs(found[name]!.data[at]! - expected)
          assert.ok(error <= 1e-4 * Math.max(1, Math.abs(expected)), `${name} ${at}: off by ${error}`)
        }
      }
    })

    it('measures A G Aᵀ over the rows that count', async () => {
      const { sums } = await apply(set, trained)
      const grams = set.grams(sums, allParts(set.adapters), 'projected')
      if (spec.kind === 'lora' && spec.trains !== 'B') return assert.equal(grams.size, 0)
      const rows = x.data.filter((_, i) => mask.data[Math.floor(i / MODULE.in)] === 1)
      const a = frozenFactors(spec, [MODULE]).get(
        `frozen/${MODULE.name}/${spec.kind === 'lora' ? 'lora_A' : 'A'}`,
      )!
      const gram = grams.get(`gram/${MODULE.name}`)!
      const expected = expectedGram(
        timesTransposed(a.data, rows, MODULE.in),
        rows.length / MODULE.in,
        spec.rank,
      )
      const triangle = (spec.rank * (spec.rank + 1)) / 2
      assert.deepEqual(gram.shape, spec.kind === 'lora' ? [triangle] : [spec.heads, triangle])
      assertClose(gram.data, expected, 1e-6, 'gram')
      const joint = set.grams(sums, new Map(), 'joint').get(`gram/${MODULE.name}`)!
      const z = timesTransposed(a.data, rows, MODULE.in)
      const width = a.data.length / MODULE.in
      const whole = timesTransposed(z, z, rows.length / MODULE.in)
      const packed = whole.filter((_, i) => i % width <= Math.floor(i / width))
      assert.deepEqual(joint.shape, [(width * (width + 1)) / 2])
      assertClose(joint.data, packed, 1e-6, 'joint Gram')
    })
  })
}

/** delta(x) in float64, from the definition: head by head, factor by factor. */
function formula(spec: AdapterSpec, wire: ReadonlyMap<string, Tensor>): number[] {
  const frozen = frozenFactors(spec, [MODULE])
  const { rank } = spec
  if (spec.kind === 'lora') {
    const a = wire.get(`adapter/${MODULE.name}/lora_A`) ?? frozen.get(`frozen/${MODULE.name}/lora_A`)!
    const z = timesTransposed(x.data, a.data, MODULE.in)
    const b = wire.get(`adapter/${MODULE.name}/lora_B`) ?? frozen.get(`frozen/${MODULE.name}/lora_B`)!
    const product = timesTransposed(z, b.data, rank)
    const scale = spec.scaling === 'rslora' ? 5 / Math.sqrt(3) : 5 / 3
    return product.map((value) => value * scale)
  }
  const total = new Array<number>(ROWS * MODULE.out).fill(0)
  for (let head = 0; head < spec.heads; head++) {
    const a = frozen
      .get(`frozen/${MODULE.name}/A`)!
      .data.slice(head * rank * MODULE.in, (head + 1) * rank * MODULE.in)
    const b = frozen
      .get(`frozen/${MODULE.name}/B`)!
      .data.filter((_, i) => Math.floor((i % (spec.heads * rank)) / rank) === head)
    const core = wire.get(`adapter/${MODULE.name}/head.${head}`)!.data
    const product = timesTransposed(
      timesTransposed(timesTransposed(x.data, a, MODULE.in), core, rank),
      b,
      rank,
    )
    product.forEach((value, i) => (total[i]! += spec.alpha * value))
  }
  return total
}

/** Packed lower triangles of the diagonal blocks of z zᵀ, z (width, rows). */
function expectedGram(z: readonly number[], rows: number, rank: number): number[] {
  const full = timesTransposed(z, z, rows)
  const width = z.length / rows
  return full.filter((_, i) => {
    const [row, col] = [Math.floor(i / width), i % width]
    return col <= row && Math.floor(row / rank) === Math.floor(col / rank)
  })
}

describe('adapterSet', () => {
  it('leaves layers without an adapter alone', async () => {
    const set = adapterSet(ravan, [MODULE])
    const attached = set.attach((name) => input(name, set.parameters.find((one) => one.name === name)!.shape))
    const value = ({ data, shape }: Tensor) => constant(data, shape)
    const y = attached.linear('another', value(x), value(weight), value(bias))
    const executable = await onnxRuntime().compile({ y })
    assertClose((await executable.run({}))['y']!.data, base, 1e-6, 'y')
    assert.equal(attached.statistics(() => value(mask)).size, 0)
    await executable.dispose()
  })
})
