import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { AdapterSpec } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { openTokenizer } from '../../../../src/training/data/text/tokenizer/text-tokenizer.ts'
import type { FittedLanguageModel } from '../../../../src/training/language/fit-language-model.ts'
import { generate } from '../../../../src/training/language/generate.ts'
import type { GenerateOptions } from '../../../../src/training/language/generate.ts'
import {
  languageLossGraph,
  languageTrainingGraph,
  logitsGraph,
} from '../../../../src/training/language/language-graphs.ts'
import type { AdaptedLanguageModel } from '../../../../src/training/language/language-graphs.ts'
import { openLanguageSession } from '../../../../src/training/language/language-session.ts'
import type { LanguageSession } from '../../../../src/training/language/language-session.ts'
import { openLanguageModel } from '../../../../src/training/language/open-language-model.ts'
import { tokenTexts } from '../../../../src/training/language/token-texts.ts'
import { CompiledGraphs } from '../../../../src/training/model/compiled-graphs.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import { assertWithin } from '../../../helpers/assert-within.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures')
const TINY_LLAMA = join(fixtures, 'tiny-llama')
const adapterSpec: AdapterSpec = { kind: 'lora', rank: 8, alpha: 8, trains: 'AB', seed: 'language' }
const EVERY_LINEAR = ['*_proj', 'lm_head']

interface Case {
  readonly shape: [number, number]
  readonly tokens: number[]
  readonly mask: number[]
  readonly positions: number[]
  readonly logits: number[]
  readonly sums: number[]
  readonly loss: number
  readonly greedy: number[]
}

let graphs: CompiledGraphs
before(() => {
  graphs = new CompiledGraphs(onnxRuntime())
})
after(() => graphs.dispose())

describe('a Llama as a language model, against transformers', () => {
  for (const name of ['tiny-llama', 'tiny-llama-tied']) {
    it(`${name} gives its logits, its loss and its greedy continuation`, async () => {
      const adapted = await adaptedModel(join(fixtures, name), ['q_proj'])
      const runs = new CompiledGraphs(onnxRuntime())
      const file = JSON.parse(await readFile(join(fixtures, `${name}.json`), 'utf8')) as { cases: Case[] }
      for (const expected of file.cases) {
        const [size, extent] = expected.shape
        const values = Object.fromEntries(adapted.adapter.start(null))
        const feeds = {
          tokens: Int32Array.from(expected.tokens),
          mask: Float32Array.from(expected.mask),
          weights: new Float32Array(size).fill(1),
          ...values,
        }
        const { logits } = await runs.run('logits', () => logitsGraph(adapted, { size, extent }), feeds)
        const width = adapted.model.vocabulary
        const row = (at: number): Float32Array => logits!.data.subarray(at * width, (at + 1) * width)
        assertWithin(
          expected.positions.flatMap((at) => [...row(at)]),
          expected.logits,
          1e-4,
          'logits',
        )
        const sums = Array.from({ length: size * extent }, (_, at) =>
          row(at).reduce((sum, x, k) => sum + x * Math.cos(k), 0),
        )
        const real = (_: unknown, at: number): boolean => expected.mask[at] === 1
        assertWithin(sums.filter(real), expected.sums.filter(real), 1e-3, 'sums over all logits')
        const { loss } = await runs.run('loss', () => languageLossGraph(adapted, { size, extent }), feeds)
        assertWithin(loss!.data, [expected.loss], 1e-4, 'loss')

        const prompt = expected.tokens.slice(
          0,
          expected.mask.indexOf(0) === -1 ? undefined : firstLength(expected),
        )
        const continued = expected.greedy.slice(prompt.length)
        assert.deepEqual(await collect(generate(adapted, runs, null, prompt, { maxTokens: 12 })), continued)
      }
      await runs.dispose()
    })
  }

  it('has slopes that differences of its loss say', async () => {
    const adapted = await adaptedModel(TINY_LLAMA, EVERY_LINEAR)
    const shape = { size: 2, extent: 6 }
    const values = new Map(
      [...adapted.adapter.start(null)].map(([name, data]) => [
        name,
        data.map((x, i) => x + 0.05 * Math.sin(i)),
      ]),
    )
    const run = () =>
      graphs.run('slopes', () => languageTrainingGraph(adapted, shape), {
        tokens: Int32Array.from([1, 40, 77, 13, 9, 2, 1, 8, 300, 2, 0, 0]),
        mask: Float32Array.from([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
        weights: Float32Array.from([1, 1]),
        ...Object.fromEntries(values),
      })
    const outputs = await run()
    for (const name of [...values.keys()].filter((_, i) => i % 5 === 0)) {
      const data = values.get(name)!
      const slopes = outputs[`gradient/${name}`]!.data
      const expected = slopes.reduce((sum, slope) => sum + Math.abs(slope), 0)
      const start = data.slice()
      const h = 0.01 / Math.max(expected, 1)
      const losses: number[] = []
      for (const side of [h, -h]) {
        start.forEach((value, i) => (data[i] = value + side * Math.sign(slopes[i]!)))
        losses.push((await run())['loss']!.data[0]!)
      }
      data.set(start)
      const measured = (losses[0]! - losses[1]!) / (2 * h)
      assert.ok(Math.abs(measured - expected) < 0.03 * expected, `${name}: ${measured} is not ${expected}`)
    }
  })
})

describe('a language model fitted to a few sentences', () => {
  const sentences = [
    'The old boat crossed the river before the rain came.',
    'Where is my new card and when will it be delivered?',
    'Our peers merge small adapters in closed form.',
  ]
  let session: LanguageSession
  let fitted: FittedLanguageModel

  before(async () => {
    session = await openLanguageSession({ dir: TINY_LLAMA, adapter: adapterSpec, targets: EVERY_LINEAR })
    fitted = await fit(120)
  })
  after(() => session.close())

  async function fit(epochs: number, texts: readonly string[] = sentences): Promise<FittedLanguageModel> {
    const options = { epochs, batchSize: 3, learningRate: 0.02, weightDecay: 0, seed: 'fit', clipNorm: 1 }
    const work = session.fit(texts, { ...options, schedule: 'cosine', warmup: 0.1 })
    let step = await work.next()
    while (!step.done) step = await work.next()
    return step.value
  }

  const continuation = (text: string, options?: GenerateOptions): Promise<string> =>
    session.continueText(text, fitted.adapter, options)

  it('has a loss far below that of its start, on these sentences and not on others', async () => {
    const { losses } = fitted
    assert.ok(losses[0]! > 4, `starts at ${losses[0]}`)
    assert.ok(losses.at(-1)! < 0.05 * losses[0]!, `from ${losses[0]} to ${losses.at(-1)}`)
    const [before, after] = [
      await session.loss(sentences, null),
      await session.loss(sentences, fitted.adapter),
    ]
    assertWithin([before], [losses[0]!], 1e-4, 'loss before')
    assert.ok(after < 0.05 * before, `from ${before} to ${after}`)
    const other = ['Please turn the lights off and play some music.']
    assert.ok((await session.loss(other, fitted.adapter)) > 10 * after)
  })

  it('tells each sentence to its end from its first words, and stops there', async () => {
    for (const sentence of sentences) {
      const words = sentence.split(' ').slice(0, 2).join(' ')
      assert.equal(words + (await continuation(words)), sentence)
      assert.notEqual(words + (await session.continueText(words, null)), sentence)
    }
  })

  it('draws the same text for the same seed, and other texts for others where it is hot enough', async () => {
    const hot = { temperature: 3, maxTokens: 12, ends: [] }
    const one = await continuation('The', { ...hot, seed: 'a' })
    assert.equal(await continuation('The', { ...hot, seed: 'a' }), one)
    assert.notEqual(await continuation('The', { ...hot, seed: 'b' }), one)
    const cold = await continuation('The old', { temperature: 0.05, seed: 'a' })
    assert.equal(`The old${cold}`, sentences[0])
    assert.equal(
      `The old${await continuation('The old', { temperature: 9, topK: 1, seed: 'a' })}`,
      sentences[0],
    )
  })

  it('is the same to the last bit when it is fitted again', async () => {
    const [one, two] = [await fit(3), await fit(3)]
    assert.deepEqual(one, two)
    assert.equal(one.losses.length, 3)
  })

  it('scores texts of different lengths by their tokens', async () => {
    const texts = [...sentences, 'Hello', 'The dog slept.']
    const alone: [number, number][] = []
    for (const text of texts) alone.push(await lossAndCount(text))
    const mean =
      alone.reduce((sum, [loss, count]) => sum + loss * count, 0) /
      alone.reduce((sum, [, count]) => sum + count, 0)
    assertWithin([await session.loss(texts, null)], [mean], 1e-5, 'loss of all')
  })

  it('cuts texts that are longer than it learns from', async () => {
    const short = await openLanguageSession({ dir: TINY_LLAMA, adapter: adapterSpec, extent: 9 })
    const long = 'The old boat crossed the river before the rain came.'
    assert.equal(await short.loss([long], null), await short.loss([`${long} And more.`], null))
    await short.close()
  })

  it('ends at the most tokens that were asked for or that it takes, and with its signal', async () => {
    const adapted = await adaptedModel(TINY_LLAMA, ['q_proj'])
    const run = (options: GenerateOptions): Promise<number[]> =>
      collect(generate(adapted, graphs, null, [1, 60, 7], { ends: [], ...options }))
    assert.equal((await run({ maxTokens: 5 })).length, 5)
    assert.equal((await run({ maxTokens: 1000 })).length, adapted.model.extent - 3)
    await assert.rejects(run({ signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' })
  })

  it('refuses prompts, options and texts that it cannot use', async () => {
    const adapted = await adaptedModel(TINY_LLAMA, ['q_proj'])
    const run = (prompt: number[], options: GenerateOptions = {}): Promise<number[]> =>
      collect(generate(adapted, graphs, null, prompt, options))
    await assert.rejects(run([]), { code: 'ERR_PROMPT', message: /at least one token/ })
    await assert.rejects(run([1, 331]), {
      code: 'ERR_PROMPT',
      message: /token 331 is none of the model's 331/,
    })
    await assert.rejects(run(new Array<number>(64).fill(5)), {
      code: 'ERR_PROMPT',
      message: /64 tokens leave no room/,
    })
    await assert.rejects(run([1], { temperature: -1 }), { code: 'ERR_SAMPLING', message: /temperature/ })
    await assert.rejects(run([1], { topK: 0 }), { code: 'ERR_SAMPLING', message: /topK/ })
    assert.throws(() => tokenTexts([]), { code: 'ERR_NO_SAMPLES' })
    assert.throws(() => tokenTexts([[1, 2], [1]]), { code: 'ERR_NO_SAMPLES', message: /text 1 has 1 tokens/ })
    await assert.rejects(fit(0), { code: 'ERR_TRAIN_OPTIONS', message: /epochs/ })
    await assert.rejects(fit(1, []), { code: 'ERR_NO_SAMPLES' })
  })

  async function lossAndCount(text: string): Promise<[number, number]> {
    const tokenizer = await openTokenizer(TINY_LLAMA, { extent: 64, vocabulary: 331 })
    return [await session.loss([text], null), tokenizer.encode(text).ids.length] // all but the first, and the end
  }
})

describe('openLanguageModel', () => {
  it('names what it reads when a directory is of another family', async () => {
    await assert.rejects(openLanguageModel(join(fixtures, 'tiny-bert')), {
      code: 'ERR_UNSUPPORTED_BACKBONE',
      message: /"bert" is not supported; supported: llama/,
    })
  })
})

async function adaptedModel(dir: string, targets: readonly string[]): Promise<AdaptedLanguageModel> {
  const model = await openLanguageModel(dir)
  return {
    model,
    weights: model.load(model.extent),
    adapter: adapterSet(adapterSpec, resolveTargetModules(model, targets)),
  }
}

/** Tokens of the first text of a batch. */
function firstLength({ shape: [, length], mask }: Case): number {
  return mask.slice(0, length).reduce((sum, one) => sum + one, 0)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
