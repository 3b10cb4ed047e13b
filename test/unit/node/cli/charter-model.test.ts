import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@ipld/dag-cbor'
import { Command } from 'commander'
import { charterModel } from '../../../../src/node/cli/charter-model.ts'
import {
  addModelOptions,
  type ModelDefaults,
  type ModelFlags,
} from '../../../../src/node/cli/model-options.ts'

const LORA: ModelDefaults = { adapter: 'lora-ab', learningRate: { lora: 1e-3, ravan: 5e-3 }, epochs: 2 }
const RAVAN: ModelDefaults = { ...LORA, adapter: 'ravan' }

function modelOf(defaults: ModelDefaults, ...args: string[]): ReturnType<typeof charterModel> {
  const command = addModelOptions(new Command().exitOverride(), defaults).parse(args, { from: 'user' })
  return charterModel(command.opts<ModelFlags>(), 'seed', defaults)
}

function said(defaults: ModelDefaults, ...args: string[]): unknown[] {
  const { adapter, rule, training } = modelOf(defaults, ...args)
  const trains = adapter!.kind === 'lora' ? adapter!.trains : 'cores'
  return [adapter!.kind, trains, adapter!.alpha, rule, training!.learningRate, training!.epochs]
}

test('without options both factors of LoRA are trained, at the rate that fits it', () => {
  assert.deepEqual(said(LORA), ['lora', 'AB', 16, undefined, 1e-3, 2])
  assert.deepEqual(said(LORA, '--rank', '4'), ['lora', 'AB', 8, undefined, 1e-3, 2])
  assert.deepEqual(said(LORA, '--scaling', 'rslora', '--rank', '4'), ['lora', 'AB', 4, undefined, 1e-3, 2])
})

test('each adapter has its own learning rate, unless one is said', () => {
  assert.deepEqual(said(LORA, '--adapter', 'ravan'), ['ravan', 'cores', 2, undefined, 5e-3, 2])
  assert.deepEqual(said(RAVAN), ['ravan', 'cores', 2, undefined, 5e-3, 2])
  assert.deepEqual(said(RAVAN, '--adapter', 'lora'), ['lora', 'B', 16, undefined, 1e-3, 2])
  assert.deepEqual(said(RAVAN, '--learning-rate', '0.25'), ['ravan', 'cores', 2, undefined, 0.25, 2])
})

test('rounds take turns with both factors, one shot trains B for an exact step, whatever the default is', () => {
  assert.deepEqual(said(RAVAN, '--schedule', 'staged'), ['lora', 'AB', 16, undefined, 1e-3, 2])
  assert.deepEqual(said(RAVAN, '--preset', 'lorm-paper', '--adapter', 'ravan'), [
    'lora',
    'AB',
    16,
    'lorm',
    1e-3,
    2,
  ])
  assert.deepEqual(said(LORA, '--schedule', 'one-shot'), ['lora', 'B', 16, undefined, 1e-3, 6])
})

test('factors are those of LoRA alone', () => {
  assert.deepEqual(said(LORA, '--adapter', 'lora', '--trains', 'A').slice(0, 2), ['lora', 'A'])
  assert.deepEqual(said(LORA, '--trains', 'AB').slice(0, 2), ['lora', 'AB'])
  assert.deepEqual(said(RAVAN, '--trains', 'A').slice(0, 2), ['lora', 'A'])
  for (const adapter of ['ravan', 'lora-ab'])
    assert.throws(() => said(LORA, '--adapter', adapter, '--trains', 'B'), { code: 'ERR_OPTIONS' })
})

test('own class means are drawn as the statistics say, with the site’s shares as prior, unless a charter says otherwise; it never says a field without a value', () => {
  const personal = (...args: string[]): unknown => {
    const found = modelOf(LORA, '--personal', 'means', ...args).personal
    encode(found) // as a charter's digest does: `undefined` is refused
    return found
  }
  assert.deepStrictEqual(personal(), { method: 'means', prior: 'shares' })
  assert.deepStrictEqual(personal('--means-prior', 'level'), { method: 'means' })
  assert.deepStrictEqual(personal('--means-strength', '16'), {
    method: 'means',
    strength: 16,
    prior: 'shares',
  })
  for (const method of ['fedalt', 'fedselect']) encode(modelOf(LORA, '--personal', method).personal)
})
