import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeContributions } from '../../../src/merge/index.ts'
import type { ContributionFiles, MergeJob } from '../../../src/node/merge-jobs.ts'
import { defaultMergeThreads, MergePool } from '../../../src/node/merge-pool.ts'
import { shareModules } from '../../../src/node/share-modules.ts'
import { admit, CHARTER, makeContribution, makeSpec } from '../merge/fixtures.ts'

const widths = [8, 40, 6, 24, 17]
const modules = widths.map((width, i) => ({ name: `layer.${i}`, in: width, out: width + 3 }))
const spec = makeSpec({ modules, rule: 'lorm' })
const made = ['a', 'b', 'c'].map((peer) => makeContribution({ spec, peer }))
const contributions: ContributionFiles[] = made
const job: MergeJob = { kind: 'merge', spec, charter: CHARTER, contributions }

async function withPool<T>(threads: number, use: (pool: MergePool) => Promise<T>): Promise<T> {
  const pool = new MergePool(threads, 1)
  try {
    return await use(pool)
  } finally {
    await pool.close()
  }
}

test('1, 2, 3 and more threads than modules give the bits of this thread', async () => {
  const expected = mergeContributions(spec, { charter: CHARTER }, made.map((one) => admit(spec, one))) // prettier-ignore
  for (const threads of [1, 2, 3, 7]) {
    await withPool(threads, async (pool) => {
      const result = await pool.merge(job)
      assert.deepEqual(result, expected, `${threads} threads`)
      assert.deepEqual([...result.adapter.keys()], [...expected.adapter.keys()], 'order of the tensors')
      assert.equal(pool.running, Math.min(threads, modules.length))
    })
  }
})

test('an abort ends the wait, and the pool goes on', () =>
  withPool(2, async (pool) => {
    const controller = new AbortController()
    const waiting = pool.merge(job, { signal: controller.signal })
    controller.abort(new Error('stopping'))
    await assert.rejects(waiting, { message: 'stopping' })
    assert.equal((await pool.merge(job)).cut.length, 3)
  }))

test('the error of one thread is that of the merge, and the pool goes on', () =>
  withPool(3, async (pool) => {
    const [first, ...others] = contributions
    const rotten = { ...first!, payload: ['/nowhere/chunk'] }
    await assert.rejects(pool.merge({ ...job, contributions: [rotten, ...others] }), { code: 'ERR_CHUNK_CORRUPT' }) // prettier-ignore
    assert.equal((await pool.merge(job)).cut.length, 3)
  }))

test('a closed pool merges no more', async () => {
  const pool = new MergePool(2, 1)
  const waiting = pool.merge(job)
  const closed = assert.rejects(waiting, { code: 'ERR_WORKER_CRASHED' })
  await pool.close()
  await closed
  await assert.rejects(pool.merge(job), { code: 'ERR_WORKER_CRASHED' })
})

test('every module is in one share; costly ones are spread; small merges are one share', () => {
  for (const threads of [1, 2, 3, 9]) {
    const shares = shareModules(spec, 3, threads, 1)
    assert.equal(shares.length, Math.min(threads, 5))
    assert.deepEqual(shares.flat().sort(), modules.map(({ name }) => name).sort())
  }
  assert.equal(shareModules(spec, 3, 4).length, 1)
  const wide = ['fc1', 'fc2', 'fc3'].map((name) => ({ name, in: 3072, out: 768 }))
  const full = makeSpec({ modules: wide, ridge: 1e-5, adapter: { kind: 'lora', rank: 16, alpha: 1, trains: 'A', seed: 's' }, grams: { form: 'full' } }) // prettier-ignore
  assert.deepEqual(shareModules(full, 16, 3).map((share) => share.length), [1, 1, 1]) // prettier-ignore
})

test('one core stays free, and no merge takes more than four', () => {
  assert.deepEqual([1, 2, 3, 5, 64].map(defaultMergeThreads), [1, 1, 2, 4, 4])
})

test('threads of the merge keep subnormal numbers', () =>
  withPool(2, async (pool) => {
    const plain = makeSpec({ modules, rule: 'mean' })
    const least = 2 ** -149
    const tiny = Object.fromEntries(modules.map(({ name, out }) => [`adapter/${name}/lora_B`, { shape: [out, 3], data: new Float32Array(out * 3).fill(3 * least) }])) // prettier-ignore
    const one = makeContribution({ spec: plain, peer: 'a', tensors: tiny })
    const { adapter } = await pool.merge({ ...job, spec: plain, contributions: [one] })
    for (const { name } of modules) {
      const { data } = adapter.get(`adapter/${name}/lora_B`)!
      assert.ok(data.every((value) => value === 3 * least), name) // prettier-ignore
    }
    assert.equal(pool.running, 2)
  }))

test('exact sums are kept by one thread, whatever the size of the merge', () =>
  withPool(3, async (pool) => {
    const exact = makeSpec({ modules, rule: 'lorm', sums: 'exact', decay: 1 })
    for (const peers of [made, made.slice(1), made]) {
      const expected = mergeContributions(exact, { charter: CHARTER }, peers.map((one) => admit(exact, one))) // prettier-ignore
      assert.deepEqual(await pool.merge({ ...job, spec: exact, contributions: peers }), expected)
    }
    assert.equal(pool.running, 1)
  }))
