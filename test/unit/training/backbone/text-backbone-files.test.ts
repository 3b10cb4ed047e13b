import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { memorySource, openSafetensors, writeSafetensors } from '../../../../src/merge/index.ts'
import { backboneDigest } from '../../../../src/training/backbone/backbone-digest.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures')

let root: string
let dir: string
let copies = 0

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-texts-'))
})
beforeEach(() => copyOf('tiny-bert'))
after(() => rm(root, { recursive: true, force: true }))

describe('a BERT directory', () => {
  it('is described by its config and weights', async () => {
    const backbone = await openBackbone(dir)
    const { family, modality, features, extent, pooling, defaultTargets } = backbone
    assert.deepEqual(
      { family, modality, features, extent, pooling, defaultTargets },
      {
        family: 'bert',
        modality: 'text',
        features: 24,
        extent: 50,
        pooling: 'cls',
        defaultTargets: ['query', 'value'],
      },
    )
    assert.equal(backbone.linears.length, 12)
    assert.deepEqual(backbone.linears[11], { name: 'bert.encoder.layer.1.output.dense', in: 40, out: 24 })
    assert.equal(backbone.load(9).size, 37)
  })

  it('that computes something else is refused, naming what', async () => {
    const cases: [string, unknown][] = [
      ['hidden_act', 'relu'],
      ['position_embedding_type', 'relative_key'],
      ['is_decoder', true],
      ['add_cross_attention', true],
      ['num_attention_heads', 7],
      ['hidden_size', -3],
      ['vocab_size', '241'],
    ]
    for (const [name, value] of cases) {
      await copyOf('tiny-bert')
      await editConfig({ [name]: value })
      await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: new RegExp(name) }, name)
    }
  })

  it('takes texts of as many tokens as it has positions', async () => {
    const backbone = await openBackbone(dir)
    for (const extent of [51, 0, 2.5]) {
      const problem = { code: 'ERR_BACKBONE', message: /expected 1 to 50, its max_position_embeddings/ }
      assert.throws(() => backbone.load(extent), problem)
      assert.throws(() => backbone.parameters(extent), problem)
    }
  })

  it('with a tensor missing, of another shape or of integers is refused, naming it', async () => {
    const victim = 'bert.encoder.layer.1.attention.self.key.weight'
    const file = join(dir, 'model.safetensors')
    const whole = await readFile(file)
    const opened = openSafetensors(memorySource(whole))
    const tensors = new Map([...opened.entries.keys()].map((name) => [name, opened.tensor(name)]))
    const kept = tensors.get(victim)!
    const backbone = await openBackbone(dir)

    tensors.set(victim, { shape: [8, 72], data: kept.data })
    await writeFile(file, writeSafetensors(tensors))
    assert.throws(() => backbone.load(9), {
      message: /key.weight has shape \[8, 72\]; config.json promises \[24, 24\]/,
    })
    tensors.delete(victim)
    await writeFile(file, writeSafetensors(tensors))
    assert.throws(() => backbone.load(9), {
      code: 'ERR_BACKBONE',
      message: /key.weight is missing from model.safetensors/,
    })
    const marker = `"${victim}":{"dtype":"F32"`
    const text = Buffer.from(whole).toString('latin1')
    assert.ok(text.includes(marker))
    await writeFile(file, Buffer.from(text.replace(marker, marker.replace('F32', 'I32')), 'latin1'))
    assert.throws(() => backbone.load(9), {
      code: 'ERR_BACKBONE',
      message: /key.weight": is I32, expected floating-point/,
    })
  })

  it('whose tokenizer has more tokens than the embedding table has rows is refused', async () => {
    const file = join(dir, 'tokenizer.json')
    const tokenizer = JSON.parse(await readFile(file, 'utf8')) as { model: { vocab: Record<string, number> } }
    const rows = (await openBackbone(dir)).parameters(9).get('bert.embeddings.word_embeddings.weight')![0]!
    await (await openBackbone(dir)).format(9)
    tokenizer.model.vocab['beyond'] = rows
    await writeFile(file, JSON.stringify(tokenizer))
    await assert.rejects(
      openBackbone(dir).then((backbone) => backbone.format(9)),
      {
        code: 'ERR_BACKBONE',
        message: new RegExp(`ids up to ${rows}, the embedding table has ${rows} rows`),
      },
    )
  })
})

describe('the pooling of a sentence-transformers directory', () => {
  it('is read in either spelling', async () => {
    const cases: [object, string][] = [
      [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }, 'mean'],
      [{ pooling_mode_cls_token: true, pooling_mode_max_tokens: false, include_prompt: true }, 'cls'],
      [{ pooling_mode: 'mean', embedding_dimension: 24 }, 'mean'],
    ]
    for (const [config, pooling] of cases) {
      await writePooling(config)
      assert.equal((await openBackbone(dir)).pooling, pooling)
    }
  })

  it('that is another, several or none is refused', async () => {
    const cases: [object, RegExp][] = [
      [{ pooling_mode_max_tokens: true }, /asks for max_tokens; supported: cls, mean/],
      [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: true }, /asks for mean and cls/],
      [{ pooling_mode_mean_tokens: false }, /asks for no pooling/],
      [{ pooling_mode: 'lasttoken' }, /asks for lasttoken/],
      [{ pooling_mode: 3 }, /is not valid/],
    ]
    for (const [config, message] of cases) {
      await writePooling(config)
      await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message })
    }
  })

  it('may be followed by a normalization, at once', async () => {
    const cases: [string[], boolean][] = [
      [['Transformer', 'Pooling', 'Normalize'], true],
      [['Transformer', 'Pooling', 'Dense', 'Normalize'], false],
      [['Transformer', 'Pooling'], false],
      [[], false],
    ]
    for (const [names, normalized] of cases) {
      await writeModules(names.map((name) => ({ type: `sentence_transformers.models.${name}` })))
      assert.equal((await openBackbone(dir)).normalized, normalized, names.join(', '))
    }
    await writeModules([{ path: '1_Pooling' }])
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /modules.json is not valid/ })
  })

  it('changes the digest, as what follows it and every file of the tokenizer do', async () => {
    const seen = new Set([await backboneDigest(dir)])
    await writePooling({ pooling_mode_mean_tokens: true })
    seen.add(await backboneDigest(dir))
    await writePooling({ pooling_mode_cls_token: true })
    seen.add(await backboneDigest(dir))
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt']) {
      await writeFile(join(dir, name), `${await readFile(join(dir, name), 'utf8')} `)
      seen.add(await backboneDigest(dir))
    }
    await writeModules([{ type: 'sentence_transformers.models.Transformer' }])
    seen.add(await backboneDigest(dir))
    assert.equal(seen.size, 8)
    await writeFile(join(dir, 'README.md'), 'about')
    assert.ok(seen.has(await backboneDigest(dir)))
  })
})

describe('a Llama directory', () => {
  beforeEach(() => copyOf('tiny-llama'))

  it('is described by its config and weights', async () => {
    const backbone = await openBackbone(dir)
    const { family, modality, features, extent, pooling, defaultTargets } = backbone
    assert.deepEqual(
      { family, modality, features, extent, pooling, defaultTargets },
      {
        family: 'llama',
        modality: 'text',
        features: 42,
        extent: 64,
        pooling: 'last',
        defaultTargets: ['q_proj', 'v_proj'],
      },
    )
    assert.deepEqual(backbone.linears[1], { name: 'model.layers.0.self_attn.k_proj', in: 42, out: 20 })
    assert.deepEqual(backbone.linears[13], { name: 'model.layers.1.mlp.down_proj', in: 70, out: 42 })
  })

  it('may say its frequencies as older configs do', async () => {
    await editConfig({ rope_parameters: undefined, rope_theta: 5000, rope_scaling: null })
    await openBackbone(dir)
    const scaling = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 32,
    }
    await editConfig({ rope_scaling: { ...scaling, rope_type: 'llama3' } })
    await openBackbone(dir)
    await editConfig({ rope_scaling: { ...scaling, type: 'llama3' } })
    await openBackbone(dir)
  })

  it('that computes something else is refused, naming what', async () => {
    const cases: [RegExp, object][] = [
      [/rope_parameters/, { rope_parameters: { rope_type: 'yarn', factor: 2, rope_theta: 5000 } }],
      [/rope_scaling/, { rope_scaling: { type: 'linear', factor: 2 } }],
      [/rope_scaling/, { rope_scaling: { rope_type: 'llama3', factor: 8 } }],
      [/hidden_act/, { hidden_act: 'gelu' }],
      [/head_dim/, { head_dim: 9 }],
      [/num_key_value_heads/, { num_key_value_heads: 4 }],
    ]
    for (const [message, change] of cases) {
      await copyOf('tiny-llama')
      await editConfig(change)
      await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message })
    }
  })
})

it('a directory of another family is refused, naming all that are read', async () => {
  await editConfig({ model_type: 'gpt_neox' })
  await assert.rejects(openBackbone(dir), {
    code: 'ERR_UNSUPPORTED_BACKBONE',
    message: /"gpt_neox" is not supported; supported: vit, deit, bert, llama$/,
  })
})

async function copyOf(fixture: string): Promise<void> {
  dir = join(root, String(copies++))
  await cp(join(fixtures, fixture), dir, { recursive: true })
}

async function editConfig(change: object): Promise<void> {
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as object
  await writeFile(join(dir, 'config.json'), JSON.stringify({ ...config, ...change }))
}

async function writeModules(modules: readonly object[]): Promise<void> {
  await writeFile(join(dir, 'modules.json'), JSON.stringify(modules))
}

async function writePooling(config: object): Promise<void> {
  await mkdir(join(dir, '1_Pooling'), { recursive: true })
  await writeFile(join(dir, '1_Pooling/config.json'), JSON.stringify(config))
}
