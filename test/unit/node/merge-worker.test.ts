import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  mergeContributions,
  memorySource,
  openContribution,
  payloadChunks,
  type ContributionView,
} from '../../../src/merge/index.ts'
import type { ContributionFiles } from '../../../src/node/merge-jobs.ts'
import { charterDigest, mergeSpecOf } from '../../../src/node/charter.ts'
import { MergeClient } from '../../../src/node/merge-client.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

const SITES = [
  '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
  '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu',
]
const charter = sampleCharter(SITES.map((id, i) => ({ id, name: `site ${i}` })))
const spec = mergeSpecOf(charter)
const samples = [
  sampleContribution(charter, SITES[0]!, 1),
  sampleContribution(charter, SITES[1]!, 1, { classCounts: [0, 5, 30] }),
  sampleContribution(charter, SITES[1]!, 2, { kind: 'statistics', classCounts: [0, 5, 30] }),
]

interface Chunked extends ContributionFiles {
  readonly payload: readonly string[]
}

/** Payloads as chunk files, and a client that reads them. */
async function withClient(
  job: (client: MergeClient, contributions: readonly Chunked[]) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-merge-'))
  const contributions = []
  for (const { id, header, payload } of samples) {
    contributions.push({ id, header, payload: await writeChunks(root, id, payload) })
  }
  const client = new MergeClient({ spec, charter: charterDigest(charter) })
  try {
    await job(client, contributions)
  } finally {
    await client.close()
    await rm(root, { recursive: true, force: true })
  }
}

async function writeChunks(root: string, id: string, payload: Uint8Array): Promise<string[]> {
  const files = payloadChunks(payload).map((_, i) => join(root, `${id}.${i}`))
  for (const [i, bytes] of payloadChunks(payload).entries()) await writeFile(files[i]!, bytes)
  return files
}

test('the worker merges to the same digests as this thread, whatever the order', () =>
  withClient(async (client, contributions) => {
    const views = samples.map(({ id, header, payload }) =>
      openContribution(id, header, memorySource(payload)),
    )
    const expected = mergeContributions(spec, { charter: charterDigest(charter) }, views)
    const result = await client.merge([...contributions].reverse())
    assert.deepEqual(result.digests, expected.digests)
    assert.deepEqual(result.classifier, expected.classifier)
    assert.equal(result.cut.length, 3)
  }))

test('a repeated cut is not computed again', () =>
  withClient(async (client, contributions) => {
    const first = await client.merge(contributions)
    assert.equal(await client.merge(contributions), first)
    assert.notEqual((await client.merge(contributions.slice(1))).digests.merge, first.digests.merge)
  }))

test('admissible payloads are accepted, a changed entry is not', () =>
  withClient(async (client, contributions) => {
    for (const contribution of contributions) {
      assert.deepEqual(await client.validate(contribution), { kind: 'accept' })
    }
    const foreign = sampleContribution(charter, SITES[0]!, 3, { classCounts: [10, 14, 7], count: 32 })
    assert.deepEqual(await client.validate({ ...contributions[0]!, header: foreign.header }), {
      kind: 'reject',
      reason: 'wrong-class-counts',
    })
  }))

test('a chunk that rotted is an error of the disk, not a rejection', () =>
  withClient(async (client, contributions) => {
    const [contribution] = contributions
    const [path] = contribution!.payload
    const bytes = Uint8Array.from(samples[0]!.payload)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(path!, bytes)
    const digest = contribution!.header.payload.chunks[0]
    await assert.rejects(client.merge(contributions), { code: 'ERR_CHUNK_CORRUPT', digest })
    await assert.rejects(client.validate(contribution!), { code: 'ERR_CHUNK_CORRUPT', digest })
    await rm(path!)
    await assert.rejects(client.merge(contributions), { code: 'ERR_CHUNK_CORRUPT', digest })
  }))

test('an abort ends the wait', () =>
  withClient(async (client, contributions) => {
    const controller = new AbortController()
    const waiting = client.merge(contributions, { signal: controller.signal })
    controller.abort(new Error('stopping'))
    await assert.rejects(waiting, { message: 'stopping' })
  }))

test('with exact sums the thread keeps them: sets that come and go merge as if from nothing, rotten leavers included', async () => {
  const exact = sampleCharter(charter.members, { sums: 'exact' })
  const context = { charter: charterDigest(exact) }
  const exactSpec = mergeSpecOf(exact)
  const root = await mkdtemp(join(tmpdir(), 'peermerge-merge-'))
  const all: Chunked[] = []
  const views = new Map<string, ContributionView>()
  for (const [site, sequence] of [[0, 1], [1, 1], [0, 2], [1, 2]] as const) {
    const { id, header, payload } = sampleContribution(exact, SITES[site]!, sequence)
    all.push({ id, header, payload: await writeChunks(root, id, payload) })
    views.set(id, openContribution(id, header, memorySource(payload)))
  } // prettier-ignore
  const [a, b, newerA, newerB] = all as [Chunked, Chunked, Chunked, Chunked]
  const client = new MergeClient({ spec: exactSpec, charter: context.charter })
  const check = async (files: readonly Chunked[]): Promise<void> => {
    const expected = mergeContributions(exactSpec, context, files.map(({ id }) => views.get(id)!)) // prettier-ignore
    assert.deepEqual((await client.merge(files)).digests, expected.digests)
  }
  try {
    for (const files of [[a], [a, b], [a, b, newerA], [b], [a, b], [a, b, newerB]]) await check(files)
    const bytes = await readFile(a.payload[0]!)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(a.payload[0]!, bytes)
    await check([b, newerB]) // to take off what has rotted, it begins anew
    await assert.rejects(client.merge([a, b]), { code: 'ERR_CHUNK_CORRUPT' })
    await check([b, newerA])
  } finally {
    await client.close()
    await rm(root, { recursive: true, force: true })
  }
})
