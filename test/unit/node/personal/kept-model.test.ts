import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Tensor } from '../../../../src/merge/index.ts'
import type { FittedSite } from '../../../../src/node/fit-site.ts'
import { homePaths } from '../../../../src/node/home.ts'
import { KeptModel } from '../../../../src/node/personal/kept-model.ts'
import type { FedAltState } from '../../../../src/node/personal/personal-state.ts'

const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })
const ADAPTER = { kind: 'lora', rank: 1, alpha: 1, trains: 'AB', seed: 's' } as const
const MODEL: FedAltState = {
  method: 'fedalt',
  state: { adapter: new Map([['rest/m', tensor(0.1)]]), classifier: { weight: tensor(1), bias: tensor(2) } },
  mixture: { kind: 'mixture', own: ADAPTER, restRank: 1, seed: 's' },
  rest: ['mill'],
  trainings: 2,
  generation: 3,
  met: ['mill'],
}

async function inHome(
  job: (
    paths: ReturnType<typeof homePaths>,
    site: Pick<FittedSite, 'spec' | 'paths' | 'config'>,
  ) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-kept-'))
  try {
    const paths = homePaths(root)
    const config = { personal: { restPrecision: 'half' } }
    await job(paths, { paths, config, spec: { adapter: ADAPTER } } as never)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

test('a renewal that was declined leaves the own model’s file alone, and is remembered by whoever reads it next', async () => {
  await inHome(async (paths, site) => {
    const kept = new KeptModel(site, 'fedalt')
    await kept.save(MODEL)
    const [before, { mtimeMs, ino }] = [await readFile(paths.personal), await stat(paths.personal)]
    await kept.decline((await kept.load())!, ['mill', 'press'])
    assert.deepEqual(await readFile(paths.personal), before)
    const after = await stat(paths.personal)
    assert.deepEqual([after.mtimeMs, after.ino], [mtimeMs, ino])
    assert.deepEqual(kept.progress, { trainings: 2, generation: 3, met: ['mill', 'press'] })
    const again = new KeptModel(site, 'fedalt')
    assert.deepEqual((await again.load())!.met, ['mill', 'press'])
    assert.deepEqual(again.progress, kept.progress)
  })
})

test('what a model has met holds for that model alone: a newer one, and one from a backup, say themselves', async () => {
  await inHome(async (paths, site) => {
    const kept = new KeptModel(site, 'fedalt')
    await kept.save(MODEL)
    await kept.decline(MODEL, ['mill', 'press'])
    await kept.save({ ...MODEL, trainings: 3, met: ['saw'] })
    assert.deepEqual((await kept.load())!.met, ['saw'])
    await kept.save(MODEL)
    assert.deepEqual((await new KeptModel(site, 'fedalt').load())!.met, ['mill', 'press'])
    await rm(paths.personal)
    assert.equal(await kept.load(), undefined)
  })
})
