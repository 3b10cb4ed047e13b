import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRandom, type Tensor } from '../../../../src/merge/index.ts'
import { keptRest, type RestPrecision } from '../../../../src/node/personal/half-rest.ts'
import { loadPersonal, savePersonal } from '../../../../src/node/personal/personal-file.ts'
import { assertFits, type PersonalState } from '../../../../src/node/personal/personal-state.ts'

const ADAPTER = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', scaling: 'standard', seed: 's' } as const
const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })

const classifier = { weight: tensor(1, 2), bias: tensor(3) }

async function keptOf(
  personal: PersonalState,
  precision?: RestPrecision,
): Promise<PersonalState & { bytes: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-personal-'))
  try {
    const file = join(dir, 'personal.safetensors')
    assert.equal(await loadPersonal(file), undefined)
    await savePersonal(file, personal, precision)
    return { ...(await loadPersonal(file))!, bytes: (await stat(file)).size }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

const FEDALT: PersonalState = {
  method: 'fedalt',
  state: {
    adapter: new Map([['adapter/m/lora_B', tensor(4)], ['mixer/m', tensor(5, 6)], ['rest/m/lora_A', tensor(7)]]), // prettier-ignore
    classifier,
  },
  mixture: { kind: 'mixture', own: ADAPTER, restRank: 4, seed: 'site' },
  rest: ['a', 'b'],
  trainings: 3,
  generation: 4,
  met: ['a', 'c'],
}
const NAME = 'adapter/m/lora_B'
const FEDSELECT: PersonalState = {
  method: 'fedselect',
  state: { adapter: new Map([[NAME, tensor(4, 5, 6)]]), classifier },
  adapter: ADAPTER,
  base: 'digest',
  others: ['a'],
  met: ['a', 'b'],
  generation: 5,
  selection: {
    masks: new Map([[NAME, [true, false, true]]]),
    before: new Map([[NAME, tensor(1, 2, 3)]]),
  },
  trainings: 5,
  trained: [NAME],
  growths: [{ trainings: 4, shares: { [NAME]: 2 / 3 } }],
}

const MEANS: PersonalState = {
  method: 'means',
  state: { adapter: new Map([[NAME, tensor(4, 5, 6)]]), classifier },
  adapter: ADAPTER,
  merged: { ...ADAPTER, rank: 6 },
  base: 'digest',
  strength: 16,
  temperature: 2.5,
  statistics: ['a', 'b'],
}

for (const personal of [FEDALT, FEDSELECT, MEANS]) {
  test(`a site’s own model of ${personal.method} is kept whole`, async () => {
    const { bytes, ...kept } = await keptOf(personal)
    assert.ok(bytes > 0)
    assert.deepEqual(kept, personal)
  })
}

test('a number in it that is not one is found when it is read, by its tensor', async () => {
  const adapter = new Map([...FEDALT.state.adapter, ['mixer/m', tensor(5, NaN)] as const])
  await assert.rejects(keptOf({ ...FEDALT, state: { adapter, classifier } }), {
    code: 'ERR_INVALID_FILE',
    message: /mixer\/m.*move it away to begin anew/,
  })
})

test('a site’s own model is one of the charter only while that has its adapter and method', () => {
  const { scaling, ...plain } = ADAPTER
  assert.equal(scaling, 'standard')
  assertFits(FEDALT, { method: 'fedalt', adapter: plain }, 'file')
  const message = /"rank":2.*the charter says fedalt and .*"rank":3.*move the file away/
  assert.throws(() => assertFits(FEDALT, { method: 'fedalt', adapter: { ...ADAPTER, rank: 3 } }, 'file'), { code: 'ERR_PERSONAL_ADAPTER', message }) // prettier-ignore
  assert.throws(() => assertFits(FEDSELECT, { method: 'fedalt', adapter: ADAPTER }, 'file'), { code: 'ERR_PERSONAL_ADAPTER', message: /one of fedselect/ }) // prettier-ignore
})

test('in half precision what a site has of the others is within 2⁻¹¹ of itself, takes half the bytes, and is the same whenever it is read', async () => {
  const random = createRandom('half')
  const values = Float32Array.from({ length: 4096 }, () => random.normal() * 10 ** (4 * random.uniform() - 3)) // prettier-ignore
  const rest: Tensor = { shape: [64, 64], data: values }
  const adapter = new Map([...FEDALT.state.adapter, ['rest/m/lora_A', rest] as const])
  const half = keptRest(adapter, 'half')
  for (const [i, value] of half.get('rest/m/lora_A')!.data.entries()) {
    const bound = Math.max(2 ** -11 * Math.abs(values[i]!), 2 ** -25)
    assert.ok(Math.abs(value - values[i]!) <= bound, `${values[i]} became ${value}`)
  }
  assert.deepEqual(half.get('mixer/m'), adapter.get('mixer/m'), 'what is trained keeps all its digits')
  assert.deepEqual(keptRest(half, 'half'), half)
  assert.equal(keptRest(adapter, 'single'), adapter)
  const model = { ...FEDALT, state: { adapter: half, classifier } } as const
  const [single, stored] = [await keptOf(model), await keptOf(model, 'half')]
  assert.deepEqual(stored.state, model.state)
  assert.equal(single.bytes - stored.bytes, 2 * values.length)
})

test('numbers that half precision does not have are refused by name and setting', () => {
  const adapter = new Map([['rest/m/lora_B', tensor(1, -70_000)]])
  assert.throws(() => keptRest(adapter, 'half'), { code: 'ERR_REST_RANGE', message: /rest\/m\/lora_B.*65504.*personal.restPrecision/ }) // prettier-ignore
})
