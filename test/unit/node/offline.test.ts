import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decode, encode } from '@ipld/dag-cbor'
import { encodeEnvelope, generateIdentity, signEnvelope, type Identity } from '../../../src/gossip/index.ts'
import { payloadChunks } from '../../../src/merge/index.ts'
import type { AssembledContribution } from '../../../src/node/assemble-contribution.ts'
import type { Charter } from '../../../src/node/charter.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import { writeContributionFile } from '../../../src/node/contribution-file.ts'
import { lockHome } from '../../../src/node/home-lock.ts'
import { homePaths, prepareHome, writeCharter } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { exportContributions } from '../../../src/node/bundle.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { verifyMerge } from '../../../src/node/verify-merge.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

interface Bundle {
  readonly v: number
  readonly envelope: Uint8Array
  readonly payload: Uint8Array
}

interface Given {
  readonly root: string
  readonly charter: Charter
  readonly identities: readonly Identity[]
  readonly files: readonly string[]
}

/** Two sites, one contribution each, as files. */
async function withFiles(job: (given: Given) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-offline-'))
  try {
    const identities = [await generateIdentity(), await generateIdentity()]
    const charter = sampleCharter(identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` })))
    const files = []
    for (const [i, identity] of identities.entries()) {
      const sample = sampleContribution(
        charter,
        identity.peer,
        1,
        { classCounts: [5, 9 + i, 4] },
        `seed ${i}`,
      )
      files.push(await writeFileOf(join(root, `${i}.contribution`), sample, identity))
    }
    await job({ root, charter, identities, files })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function writeFileOf(file: string, sample: AssembledContribution, identity: Identity): Promise<string> {
  await writeContributionFile(file, await envelopeOf(sample, identity), sample.payload)
  return file
}

async function envelopeOf({ headerBytes }: AssembledContribution, identity: Identity): Promise<Uint8Array> {
  return encodeEnvelope(await signEnvelope(headerBytes, identity))
}

async function rewrite(file: string, to: string, change: (bundle: Bundle) => Bundle): Promise<string> {
  await writeFile(to, encode(change(decode<Bundle>(await readFile(file)))))
  return to
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at < 0 ? copy.length + at : at]! ^= 1
  return copy
}

test('order and repetition of files change nothing, and the merge verifies', () =>
  withFiles(async ({ charter, files }) => {
    const merged = await mergeFiles(charter, files)
    const again = await mergeFiles(charter, [...files].reverse().concat(files))
    assert.equal(again.summary.digest, merged.summary.digest)
    assert.equal(merged.summary.contributors.length, 2)
    assert.deepEqual(merged.refused, [])
    const verified = await verifyMerge(charter, files, {
      digest: merged.summary.digest,
      cut: merged.summary.cut,
    })
    assert.equal(verified.ok, true)
  }))

test('the rest of the world is everybody’s adapter but one’s own', () =>
  withFiles(async ({ charter, files, identities }) => {
    const rest = { peer: identities[0]!.peer, form: 'factors' } as const
    const [both, other] = [
      await mergeFiles(charter, files, { rest }),
      await mergeFiles(charter, files.slice(1)),
    ]
    assert.deepEqual(both.rest!.ids, other.summary.cut)
    for (const [name, { data }] of both.rest!.adapter) {
      const alone = other.result.adapter.get(name)!.data
      data.forEach((value, i) =>
        assert.ok(Math.abs(value - alone[i]!) <= 1e-6 * Math.abs(value), `${name} ${i}`),
      )
    }
  }))

test('a subset is not verified, and what is missing is named', () =>
  withFiles(async ({ charter, files }) => {
    const { summary, files: kept } = await mergeFiles(charter, files)
    const verified = await verifyMerge(charter, files.slice(0, 1), summary)
    assert.equal(verified.ok, false)
    assert.deepEqual(verified.missing, [kept.find(({ file }) => file === files[1])!.id])
    assert.notEqual(verified.actual, verified.expected)
  }))

test('tampered, forged and foreign files are refused by name', () =>
  withFiles(async ({ root, charter, identities, files }) => {
    const [whole] = files
    const stranger = await generateIdentity()
    const foreign = sampleCharter([{ id: identities[0]!.peer, name: 'alone' }])
    const at = (name: string): string => join(root, `${name}.contribution`)
    const bad = {
      'payload-digest': await rewrite(whole!, at('payload'), (b) => ({
        ...b,
        payload: flipped(b.payload, -3),
      })),
      'bad-signature': await rewrite(whole!, at('envelope'), (b) => ({
        ...b,
        envelope: flipped(b.envelope, -3),
      })),
      'payload-size': await rewrite(whole!, at('short'), (b) => ({ ...b, payload: b.payload.subarray(1) })),
      'not-a-member': await writeFileOf(
        at('stranger'),
        sampleContribution(charter, stranger.peer, 1),
        stranger,
      ),
      'wrong-consortium': await writeFileOf(
        at('foreign'),
        sampleContribution(foreign, identities[0]!.peer, 1),
        identities[0]!,
      ),
    }
    await writeFile(at('noise'), 'not a contribution')
    const expected = await mergeFiles(charter, files)
    const merged = await mergeFiles(charter, [...files, ...Object.values(bad), at('noise')])
    assert.deepEqual(
      merged.refused.map(({ reason }) => reason),
      [...Object.keys(bad), 'malformed'],
    )
    assert.equal(merged.summary.digest, expected.summary.digest, 'refused files change nothing')
    const verified = await verifyMerge(charter, [...files, bad['payload-digest']], expected.summary)
    assert.equal(verified.ok, false)
  }))

test('a stopped node exports what it has admitted; a running one refuses', () =>
  withFiles(async ({ root, charter, identities, files }) => {
    const paths = homePaths(join(root, 'home'))
    await prepareHome(paths)
    await writeCharter(paths, charter)
    const store = await openSiteStore(paths, silentLogger())
    const expected = await mergeFiles(charter, files)
    for (const [i, identity] of identities.entries()) {
      const sample = sampleContribution(
        charter,
        identity.peer,
        1,
        { classCounts: [5, 9 + i, 4] },
        `seed ${i}`,
      )
      for (const [j, chunk] of payloadChunks(sample.payload).entries()) {
        await store.putChunk(sample.header.payload.chunks[j]!, chunk)
      }
      await store.putOwn(sample.id, await envelopeOf(sample, identity))
    }
    await store.close()

    const lock = await lockHome(paths.root, paths.lock)
    await assert.rejects(exportContributions(paths, join(root, 'out')), {
      code: 'ERR_HOME_LOCKED',
      message: new RegExp(`process ${process.pid} runs this home`),
    })
    await lock.release()
    const written = await exportContributions(paths, join(root, 'out'))
    assert.equal((await mergeFiles(charter, written)).summary.digest, expected.summary.digest)
  }))
