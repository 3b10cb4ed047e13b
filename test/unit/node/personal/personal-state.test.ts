import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Tensor } from '../../../../src/merge/index.ts'
import {
  assertSameAdapter,
  loadPersonal,
  savePersonal,
} from '../../../../src/node/personal/personal-state.ts'

const ADAPTER = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', scaling: 'standard', seed: 's' } as const
const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })

test('a site’s own model is kept whole, and is one of the charter only while that has its adapter', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-personal-'))
  try {
    const file = join(dir, 'personal.safetensors')
    assert.equal(await loadPersonal(file), undefined)
    const classifier = { weight: tensor(1, 2), bias: tensor(3) }
    const adapter = new Map([['adapter/m/lora_B', tensor(4)], ['mixer/m', tensor(5, 6)], ['rest/m/lora_A', tensor(7)]]) // prettier-ignore
    const mixture = { kind: 'mixture', own: ADAPTER, restRank: 4, seed: 'site' } as const
    await savePersonal(file, { state: { adapter, classifier }, mixture, rest: ['a', 'b'] })
    const kept = (await loadPersonal(file))!
    assert.deepEqual(kept, { state: { adapter, classifier }, mixture, rest: ['a', 'b'] })
    const { scaling, ...plain } = ADAPTER
    assert.equal(scaling, 'standard')
    assertSameAdapter(kept, plain, file)
    const message = /"rank":2.*the charter says .*"rank":3.*move the file away/
    assert.throws(() => assertSameAdapter(kept, { ...ADAPTER, rank: 3 }, file), { code: 'ERR_PERSONAL_ADAPTER', message }) // prettier-ignore
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
