import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openSafetensors, memorySource, writeSafetensors } from '../../../../src/merge/index.ts'
import type { Tensor } from '../../../../src/merge/index.ts'
import { backboneDigest } from '../../../../src/training/backbone/backbone-digest.ts'
import { readPreprocessing } from '../../../../src/training/backbone/vit/preprocessing.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { randomWeights } from '../../../../src/training/backbone/random-weights.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'

let root: string
let dir: string
let copies = 0

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-backbone-'))
})
beforeEach(async () => {
  dir = join(root, String(copies++))
  await cp(TINY_VIT, dir, { recursive: true })
})
after(() => rm(root, { recursive: true, force: true }))

describe('a backbone directory', () => {
  it('is described by its config and weights', async () => {
    const backbone = await openBackbone(dir)
    assert.equal(backbone.features, 24)
    assert.deepEqual((await readPreprocessing(dir)).mean, [0.4, 0.5, 0.6])
    assert.deepEqual(backbone.linears[5], { name: 'vit.encoder.layer.0.output.dense', in: 40, out: 24 })
    assert.equal(backbone.load(48).get('vit.embeddings.position_embeddings')?.shape[1], 1 + 36)
  })

  it('may be saved without classifier, hence without the prefix of its names', async () => {
    await rewriteTensors((name, tensor) => (name.startsWith('vit.') ? [name.slice(4), tensor] : undefined))
    const backbone = await openBackbone(dir)
    assert.equal(backbone.linears[0]?.name, 'encoder.layer.0.attention.attention.query')
    assert.equal(backbone.load(32).get('embeddings.cls_token')?.data.length, 24)
  })

  it('may be in half precision', async () => {
    const full = (await openBackbone(dir)).load(32)
    const tensors = new Map([...full].map(([name, tensor]) => [name, tensor]))
    await writeFile(join(dir, 'model.safetensors'), writeSafetensors(tensors, { type: 'F16' }))
    for (const [name, { data }] of (await openBackbone(dir)).load(32)) {
      const exact = full.get(name)!.data
      assert.ok(
        data.every((value, i) => Math.abs(value - exact[i]!) <= 2 ** -11 * Math.abs(exact[i]!) + 1e-7),
        name,
      )
    }
  })

  it('of another family is refused, naming those that are read', async () => {
    await editConfig({ model_type: 'swin' })
    await assert.rejects(openBackbone(dir), {
      code: 'ERR_UNSUPPORTED_BACKBONE',
      message: /"swin".*supported: vit, deit, bert, llama/,
    })
  })

  it('with a config that contradicts itself is refused', async () => {
    await editConfig({ num_attention_heads: 5 })
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /num_attention_heads/ })
    await editConfig({ num_attention_heads: 3, hidden_act: 'relu' })
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /hidden_act/ })
  })

  it('that is missing or has no weights is refused', async () => {
    await assert.rejects(openBackbone(join(root, 'nowhere')), { message: /nowhere: config.json is missing/ })
    await rm(join(dir, 'model.safetensors'))
    await assert.rejects(openBackbone(dir), { message: /model.safetensors cannot be opened/ })
  })

  it('with JSON or weights cut short is refused', async () => {
    await truncate(join(dir, 'model.safetensors'), 3000)
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /corrupt/ })
    await writeFile(join(dir, 'config.json'), '{"model_type": "vi')
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /config.json is not JSON/ })
  })

  it('with a tensor missing, of another shape or not finite is refused, naming it', async () => {
    const victim = 'vit.encoder.layer.1.output.dense.bias'
    const broken: [RegExp, (tensor: Tensor) => Tensor | undefined][] = [
      [/bias is missing/, () => undefined],
      [
        /bias has shape \[23\]; config.json promises \[24\]/,
        () => ({ shape: [23], data: new Float32Array(23) }),
      ],
      [/bias holds a value that is not finite/, ({ shape, data }) => ({ shape, data: data.map(() => NaN) })],
    ]
    for (const [message, change] of broken) {
      await cp(TINY_VIT, dir, { recursive: true })
      await rewriteTensors((name, tensor) => {
        const changed = name === victim ? change(tensor) : tensor
        return changed && [name, changed]
      })
      const backbone = await openBackbone(dir)
      assert.throws(() => backbone.load(32), { code: 'ERR_BACKBONE', message })
    }
  })

  it('does not work at an image size that its patches do not fill', async () => {
    const backbone = await openBackbone(dir)
    assert.throws(() => backbone.load(36), { message: /image size 36 is not a multiple of the patch, 8/ })
  })
})

describe('backboneDigest', () => {
  it('changes with every file that decides what is computed, and with nothing else', async () => {
    const digest = await backboneDigest(dir)
    await writeFile(join(dir, 'README.md'), 'about')
    assert.equal(await backboneDigest(dir), digest)
    const seen = new Set([digest])
    for (const name of ['config.json', 'model.safetensors', 'preprocessor_config.json']) {
      const bytes = await readFile(join(dir, name))
      bytes[bytes.length - 1]! ^= 1
      await writeFile(join(dir, name), bytes)
      seen.add(await backboneDigest(dir))
    }
    assert.equal(seen.size, 4)
    await rm(join(dir, 'preprocessor_config.json'))
    seen.add(await backboneDigest(dir))
    assert.equal(seen.size, 5)
    await rm(join(dir, 'config.json'))
    await assert.rejects(backboneDigest(dir), { code: 'ERR_BACKBONE', message: /config.json cannot be read/ })
  })
})

describe('resolveTargetModules', () => {
  it('matches whole parts at the end of a name, in the order of the backbone', async () => {
    const names = resolveTargetModules(await openBackbone(dir), ['value', 'query']).map(({ name }) => name)
    assert.deepEqual(
      names,
      [0, 1].flatMap((layer) =>
        ['query', 'value'].map((part) => `vit.encoder.layer.${layer}.attention.attention.${part}`),
      ),
    )
  })

  it('takes a full name, and a part that several layers share', async () => {
    const backbone = await openBackbone(dir)
    assert.equal(resolveTargetModules(backbone, ['vit.encoder.layer.1.intermediate.dense']).length, 1)
    assert.equal(resolveTargetModules(backbone, ['dense']).length, 6)
  })

  it('names what there is when a pattern matches nothing', async () => {
    const backbone = await openBackbone(dir)
    for (const pattern of ['uery', 'q_proj', '']) {
      assert.throws(() => resolveTargetModules(backbone, ['query', pattern]), {
        code: 'ERR_NO_SUCH_MODULE',
        message: /available: attention.attention.query, .*intermediate.dense, output.dense$/,
      })
    }
    assert.throws(() => resolveTargetModules(backbone, []), { code: 'ERR_NO_SUCH_MODULE' })
  })
})

describe('randomWeights', () => {
  it('draws every parameter in its shape, the same for the same seed', async () => {
    const backbone = await openBackbone(dir)
    const [one, same, other] = ['a', 'a', 'b'].map((seed) => randomWeights(backbone, 48, seed))
    const query = 'vit.encoder.layer.0.attention.attention.query.weight'
    assert.deepEqual(one, same)
    assert.notDeepEqual(one?.get(query), other?.get(query))
    for (const [name, tensor] of backbone.load(48))
      assert.deepEqual(one?.get(name)?.shape, tensor.shape, name)

    const data = one!.get(query)!.data
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)
    assert.ok(deviation > 0.015 && deviation < 0.02, `deviation ${deviation}`) // 0.02 cut at two of them: 0.0176
  })
})

async function editConfig(change: Record<string, unknown>): Promise<void> {
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(dir, 'config.json'), JSON.stringify({ ...config, ...change }))
}

async function rewriteTensors(
  change: (name: string, tensor: Tensor) => [string, Tensor] | undefined,
): Promise<void> {
  const file = join(dir, 'model.safetensors')
  const old = openSafetensors(memorySource(await readFile(file)))
  const tensors = [...old.entries.keys()].map((name) => change(name, old.tensor(name)))
  await writeFile(file, writeSafetensors(new Map(tensors.filter((entry) => entry !== undefined))))
}
