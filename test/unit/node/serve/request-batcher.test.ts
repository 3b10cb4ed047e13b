import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PredictionInput } from '../../../../src/training/index.ts'
import type { FoundModel } from '../../../../src/node/predict/find-model.ts'
import type { Predicted } from '../../../../src/node/predict/prediction-engine.ts'
import { RequestBatcher } from '../../../../src/node/serve/request-batcher.ts'
import { MAX_BATCH, MAX_WAITING } from '../../../../src/node/serve/serve-limits.ts'

interface Pass {
  readonly texts: readonly string[]
  readonly explain: boolean | undefined
  readonly end: (error?: Error) => void
}

/** Passes end when the test says so; each text is answered by its own length, so that a wrong place shows. */
function manual(): { batcher: RequestBatcher; passes: Pass[]; next: (count: number) => Promise<void> } {
  const passes: Pass[] = []
  const batcher = new RequestBatcher((inputs, { explain }) => {
    const texts = inputs.map((input) => ('text' in input ? input.text : ''))
    return new Promise<Predicted>((resolve, reject) => {
      const predictions = texts.map(({ length }) => ({ probabilities: Float64Array.of(length) }))
      const by = { name: { kind: 'merged', digest: `pass ${passes.length + 1}` } } as FoundModel
      passes.push({ texts, explain, end: (error) => (error ? reject(error) : resolve({ by, predictions })) })
    })
  })
  const next = async (count: number): Promise<void> => {
    while (passes.length < count) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { batcher, passes, next }
}

const texts = (...all: readonly string[]): PredictionInput[] => all.map((text) => ({ text }))
const lengths = ({ predictions }: Predicted): unknown[] =>
  predictions.map((one) => ('probabilities' in one ? one.probabilities[0] : one.code))

describe('requests that come together', () => {
  it('are one pass, those that come while it runs the next one, and each gets its own answers', async () => {
    const { batcher, passes, next } = manual()
    const first = [batcher.answer(texts('a', 'bb'), false), batcher.answer(texts('ccc'), false)]
    await next(1)
    assert.deepEqual(passes[0]!.texts, ['a', 'bb', 'ccc'])
    const later = [batcher.answer(texts('dddd'), false), batcher.answer(texts('e', 'ff'), false)]
    passes[0]!.end()
    assert.deepEqual((await Promise.all(first)).map(lengths), [[1, 2], [3]])
    await next(2)
    passes[1]!.end()
    const found = await Promise.all(later)
    assert.deepEqual(found.map(lengths), [[4], [1, 2]])
    assert.deepEqual(found.map(({ by }) => by.name.digest), ['pass 2', 'pass 2']) // prettier-ignore
    await batcher.whenIdle()
    assert.deepEqual(batcher.counts, { requests: 4, inputs: 6, passes: 2 })
  })

  it('are split where a pass would be too large, or they ask for something else', async () => {
    const { batcher, passes, next } = manual()
    const large = texts(...Array.from({ length: MAX_BATCH - 1 }, () => 'x'))
    const all = [
      batcher.answer(large, false),
      batcher.answer(texts('y', 'z'), false),
      batcher.answer(texts('w'), true),
    ]
    for (const [count, size] of [MAX_BATCH - 1, 2, 1].entries()) {
      await next(count + 1)
      assert.equal(passes[count]!.texts.length, size)
      passes[count]!.end()
    }
    await Promise.all(all)
    assert.deepEqual(passes.map(({ explain }) => explain), [false, false, true]) // prettier-ignore
  })

  it('fail together and leave those that come later alone; too many are refused', async () => {
    const { batcher, passes, next } = manual()
    const [a, b] = [batcher.answer(texts('a'), false), batcher.answer(texts('b'), false)]
    await next(1)
    const many = Array.from({ length: MAX_WAITING }, () => 'x')
    const waiting = batcher.answer(texts(...many), false)
    assert.throws(() => batcher.answer(texts('c'), false), { code: 'ERR_BUSY' })
    passes[0]!.end(new Error('gone'))
    await assert.rejects(a, /gone/)
    await assert.rejects(b, /gone/)
    await next(2)
    passes[1]!.end()
    assert.equal(lengths(await waiting).length, MAX_WAITING)
  })
})
