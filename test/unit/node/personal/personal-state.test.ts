import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Tensor } from '../../../../src/merge/index.ts'
import { loadPersonal, savePersonal } from '../../../../src/node/personal/personal-file.ts'
import { assertFits, type PersonalState } from '../../../../src/node/personal/personal-state.ts'

const ADAPTER = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', scaling: 'standard', seed: 's' } as const
const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })

const classifier = { weight: tensor(1, 2), bias: tensor(3) }

async function keptOf(personal: PersonalState): Promise<PersonalState> {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-personal-'))
  try {
    const file = join(dir, 'personal.safetensors')
    assert.equal(await loadPersonal(file), undefined)
    await savePersonal(file, personal)
    return (await loadPersonal(file))!
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
  statistics: ['a', 'b'],
}

for (const personal of [FEDALT, FEDSELECT, MEANS]) {
  test(`a site’s own model of ${personal.method} is kept whole`, async () => {
    assert.deepEqual(await keptOf(personal), personal)
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
