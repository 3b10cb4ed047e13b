import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  createRandom,
  frozenFactors,
  memorySource,
  openSafetensors,
  writeSafetensors,
} from '../../../../src/merge/index.ts'
import type { AdapterSpec, Tensor, TensorMap } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { exportPeft } from '../../../../src/training/interchange/export-peft.ts'
import { importPeft } from '../../../../src/training/interchange/import-peft.ts'
import type { ModelSpec, ModelState } from '../../../../src/training/types.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { formulaPixels, logitsOf } from '../../../helpers/logits.ts'

/** Written by PEFT itself (make_peft_fixture.py), with the logits of its model. */
const FIXTURE = join(import.meta.dirname, '../../../fixtures/peft-tiny-vit')
const CLASSES = ['a', 'b', 'c', 'd', 'e']
const rslora: AdapterSpec = { kind: 'lora', rank: 3, alpha: 5, trains: 'AB', scaling: 'rslora', seed: 'peft' }
const loraB: AdapterSpec = { kind: 'lora', rank: 3, alpha: 7, trains: 'B', seed: 'peft' }
const ravan: AdapterSpec = { kind: 'ravan', heads: 3, rank: 2, alpha: 0.7, seed: 'peft' }

let dir: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-peft-'))))
after(() => rm(dir, { recursive: true }))
let made = 0
const folder = () => join(dir, String(++made))

async function modelSpec(
  adapter: AdapterSpec,
  targets = ['query', 'value', 'intermediate.dense'],
): Promise<ModelSpec> {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), targets)
  return { backbone: TINY_VIT, extent: 32, adapter, modules, classes: CLASSES.length }
}

function randomState({ adapter, modules, classes }: ModelSpec): ModelState {
  const random = createRandom('state')
  const draw = (shape: readonly number[]): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0.3 * random.normal()),
  })
  const set = adapterSet(adapter, modules)
  const start = set.wire(set.start(null))
  return {
    adapter: new Map([...start].map(([name, { shape }]) => [name, draw(shape)])),
    classifier: { weight: draw([classes, 24]), bias: draw([classes]) },
  }
}

async function tensorsIn(path: string): Promise<TensorMap> {
  const file = openSafetensors(memorySource(await readFile(join(path, 'adapter_model.safetensors'))), path)
  return new Map([...file.entries.keys()].map((name) => [name, file.tensor(name)]))
}
const configIn = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(path, 'adapter_config.json'), 'utf8')) as Record<string, unknown>

/** A copy of an adapter's directory with another config or other tensors. */
async function changed(
  from: string,
  change: {
    config?: (config: Record<string, unknown>) => void
    tensors?: (tensors: Map<string, Tensor>) => void
  },
): Promise<string> {
  const to = folder()
  await cp(from, to, { recursive: true })
  const config = await configIn(from)
  const tensors = new Map(await tensorsIn(from))
  change.config?.(config)
  change.tensors?.(tensors)
  await writeFile(join(to, 'adapter_config.json'), JSON.stringify(config))
  await writeFile(join(to, 'adapter_model.safetensors'), writeSafetensors(tensors))
  return to
}

describe('an adapter that PEFT wrote', () => {
  it('gives PEFT’s logits once it is taken in', async () => {
    const spec = await modelSpec(rslora)
    const state = await importPeft(FIXTURE, spec)
    const { logits } = JSON.parse(await readFile(join(FIXTURE, 'logits.json'), 'utf8')) as {
      logits: number[][]
    }
    const own = await logitsOf(spec, state, { pixels: formulaPixels(3, 32) }, { size: 3, extent: 32 })
    assertClose(own, logits.flat(), 1e-4, 'logits')
  })

  it('is written back tensor by tensor and field by field, and under the names of older transformers', async () => {
    const spec = await modelSpec(rslora)
    const out = folder()
    const { autoClass } = await exportPeft({
      model: spec,
      state: await importPeft(FIXTURE, spec),
      classes: CLASSES,
      out,
    })
    assert.equal(autoClass, 'AutoModelForImageClassification')
    const [theirs, ours] = [await tensorsIn(FIXTURE), await tensorsIn(out)]
    for (const [name, tensor] of theirs) assert.deepEqual(ours.get(name), tensor, name)
    const older = [...ours.keys()].filter((name) => !theirs.has(name))
    assert.equal(older.length, theirs.size - 2) // all but the classifier
    const query = 'base_model.model.vit.encoder.layer.1.attention.attention.query.lora_B.weight'
    assert.deepEqual(
      ours.get(query),
      theirs.get('base_model.model.vit.layers.1.attention.q_proj.lora_B.weight'),
    )
    const [their, our] = [await configIn(FIXTURE), await configIn(out)]
    const same = ['peft_type', 'r', 'lora_alpha', 'use_rslora', 'bias', 'fan_in_fan_out', 'modules_to_save', 'task_type', 'use_dora', 'rank_pattern', 'base_model_name_or_path'] // prettier-ignore
    for (const field of same) assert.deepEqual(our[field], their[field], field)
    for (const field of Object.keys(our)) assert.ok(field in their, `PEFT has no field ${field}`)
  })
})

describe('the export of an adapter on texts', () => {
  it('says how the logits of a text are made of those of its tokens', async () => {
    const plain = join(import.meta.dirname, '../../../fixtures/tiny-bert')
    const sentences = folder()
    await cp(plain, sentences, { recursive: true })
    await mkdir(join(sentences, '1_Pooling'))
    await writeFile(join(sentences, '1_Pooling/config.json'), '{"pooling_mode":"mean"}')
    const types = ['Transformer', 'Pooling', 'Normalize'].map((name) => ({ type: `models.${name}` }))
    await writeFile(join(sentences, 'modules.json'), JSON.stringify(types))
    for (const [backbone, pooling, normalized] of [
      [plain, 'cls', false],
      [sentences, 'mean', true],
    ] as const) {
      const modules = resolveTargetModules(await openBackbone(backbone), ['query'])
      const model: ModelSpec = { backbone, extent: 12, adapter: loraB, modules, classes: CLASSES.length }
      const { files, ...told } = await exportPeft({
        model,
        state: randomState(model),
        classes: CLASSES,
        out: folder(),
      })
      assert.equal(files.length, 2)
      assert.deepEqual(told, { autoClass: 'AutoModelForTokenClassification', pooling, normalized })
    }
  })
})

describe('export and import', () => {
  for (const [name, adapter, tolerance] of [
    ['lora, A and B trained', rslora, 0],
    ['lora, B trained', loraB, 0],
    ['lora, A trained', { ...loraB, trains: 'A' } as const, 0],
    ['ravan', ravan, 1e-6],
    ['ravan between normal bases', { ...ravan, bases: 'normal' } as const, 1e-5],
  ] as const) {
    it(`${name}: the state comes back`, async () => {
      const spec = await modelSpec(adapter)
      const state = randomState(spec)
      const out = folder()
      await exportPeft({ model: spec, state, classes: CLASSES, out })
      const again = await importPeft(out, spec)
      assert.deepEqual([...again.adapter.keys()].sort(), [...state.adapter.keys()].sort())
      for (const [tensor, { data }] of state.adapter) {
        if (tolerance === 0) assert.deepEqual(again.adapter.get(tensor)!.data, data)
        else assertClose(again.adapter.get(tensor)!.data, data, tolerance, tensor)
      }
      assert.deepEqual(again.classifier, state.classifier)
    })
  }

  it('ravan is a LoRA of rank heads · rank with the same delta', async () => {
    const spec = await modelSpec(ravan, ['query'])
    const state = randomState(spec)
    const out = folder()
    await exportPeft({ model: spec, state, classes: CLASSES, out })
    const config = await configIn(out)
    assert.deepEqual([config.r, config.use_rslora], [6, false])
    const { name } = spec.modules[0]!
    const frozen = frozenFactors(ravan, spec.modules)
    const exported = await tensorsIn(out)
    const [a, b] = ['A', 'B'].map(
      (factor) => exported.get(`base_model.model.${name}.lora_${factor}.weight`)!.data,
    )
    const [baseA, baseB] = ['A', 'B'].map((factor) => frozen.get(`frozen/${name}/${factor}`)!.data)
    for (const [out, inner] of [
      [0, 0],
      [5, 23],
      [23, 7],
    ] as const) {
      // prettier-ignore
      let delta = 0
      for (let k = 0; k < 6; k++)
        delta += (Number(config.lora_alpha) / 6) * b![out * 6 + k]! * a![k * 24 + inner]!
      let expected = 0
      for (let head = 0; head < 3; head++) {
        const core = state.adapter.get(`adapter/${name}/head.${head}`)!.data
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 2; j++)
            expected +=
              0.7 * baseB![out * 6 + head * 2 + i]! * core[i * 2 + j]! * baseA![(head * 2 + j) * 24 + inner]!
      }
      assert.ok(
        Math.abs(delta - expected) < 1e-6 * Math.max(1e-2, Math.abs(expected)),
        `${delta} is not ${expected}`,
      )
    }
  })
})

describe('what cannot be said exactly is refused', () => {
  const FIELDS: readonly (readonly [string, unknown, RegExp])[] = [
    ['peft_type', 'IA3', /peft_type: expected LORA, got IA3/],
    ['use_dora', true, /use_dora: true is not supported/],
    ['bias', 'lora_only', /bias: trained biases \(lora_only\)/],
    ['lora_bias', true, /lora_bias/],
    ['rank_pattern', { 'vit.layers.0': 2 }, /rank_pattern: \{"vit\.layers\.0":2\} is not supported/],
    ['alpha_pattern', { query: 2 }, /alpha_pattern/],
    ['fan_in_fan_out', true, /fan_in_fan_out/],
    ['init_lora_weights', 'pissa', /init_lora_weights: pissa changes the backbone's own weights/],
    ['loftq_config', { loftq_bits: 4 }, /loftq_config/],
    ['layer_replication', [[0, 1]], /layer_replication/],
    ['target_parameters', ['mlp.weight'], /target_parameters/],
    ['trainable_token_indices', [3], /trainable_token_indices/],
    [
      'modules_to_save',
      ['classifier', 'layernorm'],
      /modules_to_save: expected classifier alone, got also layernorm/,
    ],
    ['an_option_of_tomorrow', 'on', /an_option_of_tomorrow: "on" is not supported/],
    ['r', 4, /its rank is 4, the charter's adapter needs 3/],
    ['lora_alpha', 6, /its scale .* is 3\.46\d*, the charter's adapter needs 2\.88/],
    ['use_rslora', false, /its scale .* is 1\.66\d*, the charter's adapter needs 2\.88/],
    ['lora_alpha', -1, /lora_alpha/],
  ]
  for (const [field, value, message] of FIELDS) {
    it(`${field} ${JSON.stringify(value)}`, async () => {
      const other = await changed(FIXTURE, { config: (config) => (config[field] = value) })
      await assert.rejects(importPeft(other, await modelSpec(rslora)), {
        code: 'ERR_ADAPTER_DIRECTORY',
        message,
      })
    })
  }

  const QUERY = 'base_model.model.vit.layers.0.attention.q_proj'
  const TENSORS: readonly (readonly [string, (tensors: Map<string, Tensor>) => void, RegExp])[] = [
    ['a module of the charter without adapter', (all) => all.delete(`${QUERY}.lora_B.weight`), /q_proj\.lora_B\.weight or .*query\.lora_B\.weight is missing/],
    ['a module that is none of the charter', (all) => all.set('base_model.model.vit.layers.0.mlp.fc2.lora_A.weight', all.get(`${QUERY}.lora_A.weight`)!), /fc2\.lora_A\.weight: not part of an adapter/],
    ['a magnitude of DoRA', (all) => all.set(`${QUERY}.lora_magnitude_vector`, { shape: [24], data: new Float32Array(24) }), /lora_magnitude_vector: not part/],
    ['no classifier', (all) => all.delete('base_model.model.classifier.bias'), /classifier\.bias is missing/],
    ['a classifier of other classes', (all) => all.set('base_model.model.classifier.bias', { shape: [4], data: new Float32Array(4) }), /classifier\.bias is \[4\], expected \[5\]/],
    ['a value that is not finite', (all) => all.get(`${QUERY}.lora_A.weight`)!.data.fill(NaN, 3, 4), /q_proj\.lora_A\.weight holds a value that is not finite/],
    ['two tensors for one factor', (all) => all.set('base_model.model.vit.encoder.layer.0.attention.attention.query.lora_A.weight', { shape: [3, 24], data: new Float32Array(72) }), /differ, and name the same module/],
  ] // prettier-ignore
  for (const [what, tensors, message] of TENSORS) {
    it(what, async () => {
      const other = await changed(FIXTURE, { tensors })
      await assert.rejects(importPeft(other, await modelSpec(rslora)), {
        code: 'ERR_ADAPTER_DIRECTORY',
        message,
      })
    })
  }

  it('another A where the charter freezes it', async () => {
    const free = await modelSpec({ ...loraB, trains: 'AB' })
    const out = folder()
    await exportPeft({ model: free, state: randomState(free), classes: CLASSES, out })
    await assert.rejects(importPeft(out, await modelSpec(loraB)), {
      code: 'ERR_ADAPTER_FORM',
      message: /query: its A is not the frozen A of the charter's seed \(entry 0/,
    })
  })

  it('another B where the charter freezes it', async () => {
    const free = await modelSpec({ ...loraB, trains: 'AB' })
    const out = folder()
    await exportPeft({ model: free, state: randomState(free), classes: CLASSES, out })
    await assert.rejects(importPeft(out, await modelSpec({ ...loraB, trains: 'A' })), {
      code: 'ERR_ADAPTER_FORM',
      message: /query: its B is not the frozen B of the charter's seed \(entry 0/,
    })
  })

  it('a B outside of Ravan’s bases', async () => {
    const spec = await modelSpec(ravan)
    const out = folder()
    await exportPeft({ model: spec, state: randomState(spec), classes: CLASSES, out })
    const other = await changed(out, {
      tensors: (all) => {
        for (const [name, { data }] of all) if (name.endsWith('lora_B.weight')) data[7]! += 0.05
      },
    })
    await assert.rejects(importPeft(other, spec), { code: 'ERR_ADAPTER_FORM', message: /head 0: its B is not a product of the frozen B/ }) // prettier-ignore
  })

  it('a directory without its files, or with others', async () => {
    const spec = await modelSpec(rslora)
    await assert.rejects(importPeft(dir, spec), {
      code: 'ERR_ADAPTER_DIRECTORY',
      message: /adapter_config\.json is missing/,
    })
    const half = await changed(FIXTURE, {})
    await rm(join(half, 'adapter_model.safetensors'))
    await assert.rejects(importPeft(half, spec), {
      message: /adapter_model\.safetensors cannot be read; an adapter_model\.bin/,
    })
    await writeFile(join(half, 'adapter_model.safetensors'), 'not a file of tensors')
    await assert.rejects(importPeft(half, spec), { code: 'ERR_ADAPTER_DIRECTORY' })
  })
})
