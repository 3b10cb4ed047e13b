import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { memorySource, openSafetensors, writeSafetensors } from '../../../../src/merge/index.ts'
import { openBert } from '../../../../src/training/backbone/bert/bert-backbone.ts'
import { openLlama } from '../../../../src/training/backbone/llama/llama-backbone.ts'
import type { TextBackbone } from '../../../../src/training/backbone/text-backbone.ts'
import { assertWithin } from '../../../helpers/assert-within.ts'
import { minilmDir } from '../../../helpers/real-models.ts'
import { textFeatures } from '../../../helpers/run-text-backbone.ts'
import type { TextBatch } from '../../../helpers/run-text-backbone.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures')
/** The largest deviation from transformers that still counts as the same numbers. */
const TOLERANCE = 1e-4

interface BertCase extends TextBatch {
  readonly cls: number[]
  readonly mean: number[]
}

interface LlamaCase extends TextBatch {
  readonly features: number[]
}

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-text-'))
})
after(() => rm(root, { recursive: true, force: true }))

describe('BERT against transformers', () => {
  it('gives the first token’s hidden state, for texts alone and for texts filled up to one length', async () => {
    const backbone = await openBert(join(fixtures, 'tiny-bert'))
    assert.equal(backbone.pooling, 'cls')
    const cases = await casesOf<BertCase>('tiny-bert.json')
    assert.deepEqual(new Set(cases.map(({ shape: [batch] }) => batch)), new Set([1, 4]))
    for (const expected of cases) await compare(backbone, expected, expected.cls)
  })

  it('gives the mean over the tokens where sentence-transformers asks for it', async () => {
    const backbone = await openBert(await meanPooled('mean'))
    assert.equal(backbone.pooling, 'mean')
    for (const expected of await casesOf<BertCase>('tiny-bert.json')) {
      await compare(backbone, expected, expected.mean)
    }
  })

  it('gives vectors of length √width where sentence-transformers normalizes them', async () => {
    const backbone = await openBert(await normalized('normalized'))
    assert.equal(backbone.normalized, true)
    for (const expected of await casesOf<BertCase>('tiny-bert.json')) {
      await compare(backbone, expected, ofOneLength(expected.mean, backbone.features))
    }
  })

  it('gives the same whether it was saved with a classifier, alone, or with the norms’ first names', async () => {
    const dir = join(root, 'renamed')
    await cp(join(fixtures, 'tiny-bert'), dir, { recursive: true })
    await renameTensors(dir, (name) => {
      if (!name.startsWith('bert.')) return undefined
      return name
        .slice(5)
        .replace(/LayerNorm.weight$/, 'LayerNorm.gamma')
        .replace(/LayerNorm.bias$/, 'LayerNorm.beta')
    })
    const backbone = await openBert(dir)
    assert.equal(backbone.linears[0]?.name, 'encoder.layer.0.attention.self.query')
    for (const expected of await casesOf<BertCase>('tiny-bert.json'))
      await compare(backbone, expected, expected.cls)
  })

  const minilm = minilmDir()
  const noMinilm = minilm === undefined && 'neither PEERMERGE_MINILM nor PEERMERGE_DATA has all-MiniLM-L6-v2'
  it(
    'gives the features of all-MiniLM-L6-v2 for texts of different lengths',
    { skip: noMinilm },
    async () => {
      const backbone = await openBert(minilm!)
      assert.equal(backbone.pooling, 'mean')
      for (const expected of await casesOf<BertCase>('minilm.json')) {
        const { normalized, features } = backbone
        await compare(backbone, expected, normalized ? ofOneLength(expected.mean, features) : expected.mean)
      }
    },
  )
})

describe('Llama against transformers', () => {
  for (const name of ['tiny-llama', 'tiny-llama-tied']) {
    it(`gives the last token’s hidden state of ${name} for texts of different lengths`, async () => {
      const backbone = await openLlama(join(fixtures, name))
      for (const expected of await casesOf<LlamaCase>(`${name}.json`)) {
        await compare(backbone, expected, expected.features)
      }
    })
  }
})

describe('a text of nothing but filling', () => {
  it('gives finite features, and does not disturb its neighbours', async () => {
    const backbones = [
      await openBert(join(fixtures, 'tiny-bert')),
      await openBert(await meanPooled('filled')),
      await openBert(await normalized('filled and normalized')),
      await openLlama(join(fixtures, 'tiny-llama')),
    ]
    for (const backbone of backbones) {
      const what = `${backbone.family} with ${backbone.pooling} pooling`
      const row = [2, 40, 90, 3, 7]
      const one: TextBatch = { shape: [1, 5], tokens: row, mask: [1, 1, 1, 1, 0] }
      const three: TextBatch = {
        shape: [3, 5],
        tokens: [0, 0, 0, 0, 0, ...row, 9, 9, 9, 9, 9],
        mask: [0, 0, 0, 0, 0, ...one.mask, 0, 0, 0, 0, 0],
      }
      for (const prune of [false, true]) {
        const alone = await textFeatures(backbone, one, prune)
        const together = await textFeatures(backbone, three, prune)
        assert.ok(together.every(Number.isFinite), what)
        assertWithin(together.subarray(alone.length, 2 * alone.length), [...alone], 1e-5, what)
      }
    }
  })
})

async function casesOf<C>(file: string): Promise<C[]> {
  return (JSON.parse(await readFile(join(fixtures, file), 'utf8')) as { cases: C[] }).cases
}

async function compare(backbone: TextBackbone, batch: TextBatch, expected: readonly number[]): Promise<void> {
  for (const prune of [false, true]) {
    const features = await textFeatures(backbone, batch, prune)
    assertWithin(
      features,
      expected,
      TOLERANCE,
      `${backbone.dir}, batch [${batch.shape.join(', ')}], prune ${prune}`,
    )
  }
}

async function meanPooled(name: string): Promise<string> {
  const dir = join(root, name)
  await cp(join(fixtures, 'tiny-bert'), dir, { recursive: true })
  await mkdir(join(dir, '1_Pooling'))
  const config = {
    word_embedding_dimension: 24,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: true,
  }
  await writeFile(join(dir, '1_Pooling/config.json'), JSON.stringify(config))
  return dir
}

async function normalized(name: string): Promise<string> {
  const dir = await meanPooled(name)
  const modules = ['Transformer', 'Pooling', 'Normalize'].map((type) => ({
    type: `sentence_transformers.models.${type}`,
  }))
  await writeFile(join(dir, 'modules.json'), JSON.stringify(modules))
  return dir
}

/** Every row over its root mean square. */
function ofOneLength(rows: readonly number[], width: number): number[] {
  return rows.map((entry, at) => {
    const row = rows.slice(at - (at % width), at - (at % width) + width)
    return entry / Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / width)
  })
}

async function renameTensors(dir: string, rename: (name: string) => string | undefined): Promise<void> {
  const file = join(dir, 'model.safetensors')
  const old = openSafetensors(memorySource(await readFile(file)))
  const renamed = [...old.entries.keys()].flatMap((name) => {
    const to = rename(name)
    return to === undefined ? [] : [[to, old.tensor(name)] as const]
  })
  await writeFile(file, writeSafetensors(new Map(renamed)))
}
