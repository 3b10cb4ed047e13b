import { it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { centralDifferences } from '../../../helpers/central-differences.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'

const BATCH = 2
const TOKENS = 3
const HEADS = 2
const WIDTH = 6
const RANK = 2
const CLASSES = 3

it('two transformer layers with adapters: gradients equal central differences and both runtimes', async () => {
  const random = uniform(7)
  const feeds: Record<string, Float32Array | Int32Array> = { labels: Int32Array.of(2, 0) }
  const trained: Value[] = []

  const fed = (name: string, shape: number[]): Value => {
    feeds[name] = floats(g.sizeOf(shape), random, -0.8, 0.8)
    const value = g.input(name, shape)
    trained.push(value)
    return value
  }
  const frozen = (...shape: number[]): Value => g.constant(floats(g.sizeOf(shape), random, -0.8, 0.8), shape)
  const adapted = (x: Value, out: number, name: string): Value => {
    const a = fed(`${name}.a`, [RANK, x.shape.at(-1)!])
    const b = fed(`${name}.b`, [out, RANK])
    return g.lowRankLinear(x, frozen(out, x.shape.at(-1)!), frozen(out), { a, b, scale: 1.7 })
  }
  const norm = (x: Value): Value => g.layerNorm(x, frozen(WIDTH), frozen(WIDTH), 1e-5)
  const heads = (x: Value): Value =>
    g.transpose(g.reshape(x, [BATCH, TOKENS, HEADS, WIDTH / HEADS]), [0, 2, 1, 3])
  const layer = (x: Value, name: string): Value => {
    const normal = norm(x)
    const [q, k, v] = ['q', 'k', 'v'].map((part) => heads(adapted(normal, WIDTH, `${name}.${part}`)))
    const shares = g.softmax(g.matmul(q!, k!, { transposeB: true, scale: 1 / Math.sqrt(WIDTH / HEADS) }))
    const context = g.reshape(g.transpose(g.matmul(shares, v!), [0, 2, 1, 3]), [BATCH, TOKENS, WIDTH])
    const attended = g.add(x, g.linear(context, frozen(WIDTH, WIDTH), frozen(WIDTH)))
    return g.add(attended, adapted(g.gelu(adapted(norm(attended), 11, `${name}.up`)), WIDTH, `${name}.down`))
  }

  const tokens = fed('tokens', [BATCH, TOKENS, WIDTH])
  const first = layer(tokens, 'first')
  const pooled = g.mean(layer(first, 'second'), [1])
  const loss = g.crossEntropy(
    g.linear(pooled, fed('classifier', [CLASSES, WIDTH])),
    g.input('labels', [BATCH], 'i32'),
  )

  const wrt = [...trained, first] // an intermediate Value among the inputs
  const values = [loss, ...g.gradients(loss, wrt)]
  const expected = evaluateInDoubles(values, feeds)
  trained.forEach((input, i) => {
    assertClose(expected[i + 1]!.data, centralDifferences(loss, feeds, input.name!), 1e-7, input.name!)
  })
  const outputs = Object.fromEntries(values.map((value, i) => [String(i), value]))
  for (const runtime of await runtimesUnderTest()) {
    const executable = await runtime.compile(outputs)
    const actual = await executable.run(feeds)
    expected.forEach(({ data }, i) =>
      assertClose(actual[String(i)]!.data, data, 1e-4, `${runtime.name}, output ${i}`),
    )
    await executable.dispose()
  }
})
