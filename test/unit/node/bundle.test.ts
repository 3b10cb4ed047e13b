import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encodeEnvelope, generateIdentity, signEnvelope, type Identity } from '../../../src/gossip/index.ts'
import { payloadChunks } from '../../../src/merge/index.ts'
import { writeBundle } from '../../../src/node/bundle.ts'
import { readCharterFile } from '../../../src/node/charter-file.ts'
import type { Charter } from '../../../src/node/charter.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import { gatherFiles } from '../../../src/node/gather-files.ts'
import { homePaths, prepareHome, writeCharter } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { rulesOf } from '../../../src/node/consortium-rules.ts'
import { formatClaim, readClaim } from '../../../src/node/merge-claim.ts'
import { saveMerge } from '../../../src/node/merge-files.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { verifyMerge, type Verification } from '../../../src/node/verify-merge.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

let root = ''
let charter: Charter
let identities: Identity[]
const at = (...parts: string[]): string => join(root, ...parts)

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-bundle-'))
  identities = [await generateIdentity(), await generateIdentity()]
  charter = sampleCharter(identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` })))
  const paths = homePaths(at('home'))
  await prepareHome(paths)
  await writeCharter(paths, charter)
  await keep(1)
  await writeBundle(paths, at('first'))
  const first = await mergeFiles(charter, (await gatherFiles([at('first')])).contributions)
  await saveMerge(paths.merges, first.result, first.summary, { charter: '', spec: first.spec })
  await keep(2)
  await writeBundle(paths, at('bundle'))
})
after(() => rm(root, { recursive: true, force: true }))

/** Both sites' contributions of this sequence number, into the home. */
async function keep(sequence: number): Promise<void> {
  await using store = await openSiteStore(homePaths(at('home')), silentLogger())
  for (const identity of identities) {
    const { header, headerBytes, id, payload } = sampleContribution(charter, identity.peer, sequence)
    for (const [i, chunk] of payloadChunks(payload).entries())
      await store.putChunk(header.payload.chunks[i]!, chunk)
    await store.putOwn(id, encodeEnvelope(await signEnvelope(headerBytes, identity)))
  }
}

async function verified(directory: string): Promise<Verification> {
  const { charter, claim, contributions, tensors } = await gatherFiles([directory])
  return verifyMerge(await readCharterFile(charter!), contributions, await readClaim(claim!), { tensors })
}

test('a bundle says everything that an outsider needs, and all of it is computed again', async () => {
  const { ok, checks, missing, additional, refused, summary } = await verified(at('bundle'))
  assert.deepEqual(checks.filter((check) => !check.ok), []) // prettier-ignore
  assert.equal(ok, true)
  assert.deepEqual([missing, additional, refused], [[], [], []])
  assert.equal(summary.cut.length, 2)
  const { contributions } = await gatherFiles([at('bundle')])
  assert.equal(contributions.length, 2, 'what is superseded is left out')
  assert.deepEqual(checks.map(({ what }) => what), ['charter digest', 'kernel', 'rule', 'generation', 'contributors', 'equivocating contributions', 'cut digest', 'adapter digest', 'classifier digest', 'merge digest', 'merged tensors']) // prettier-ignore
})

test('an earlier merge that the home keeps is bundled with its own cut', async () => {
  const { digest } = await readClaim(at('first', 'merge.json'))
  const { summary } = await writeBundle(homePaths(at('home')), at('again'), { merge: digest })
  assert.equal(summary.digest, digest)
  assert.equal((await verified(at('again'))).summary.cut.length, 2)
})

test('every part of a claim that is not so is named', async () => {
  const claim = await readClaim(at('bundle', 'merge.json'))
  const { charter: file, contributions } = await gatherFiles([at('bundle')])
  const other = 'ab'.repeat(32)
  const wrong = { charter: other, kernel: 2, rule: 'mean', generation: 9, contributors: [], equivocating: [other], cutDigest: other, adapter: other, classifier: other, digest: other } // prettier-ignore
  for (const [field, value] of Object.entries(wrong)) {
    const { ok, checks } = await verifyMerge(await readCharterFile(file!), contributions, { ...claim, [field]: value }) // prettier-ignore
    assert.equal(ok, false, field)
    assert.equal(checks.filter((check) => !check.ok).length, 1, field)
  }
})

test('one bit of the merged tensors, or a tensor too many, is found', async () => {
  const { contributions, charter: file, claim, tensors } = await gatherFiles([at('bundle')])
  const bytes = await readFile(tensors!)
  for (const [name, change] of [
    ['bit', (b: Buffer) => (b[b.length - 5]! ^= 1)],
    ['metadata', (b: Buffer) => (b[30]! ^= 1)],
  ] as const) {
    // prettier-ignore
    const copy = Buffer.from(bytes)
    change(copy)
    await writeFile(at(`${name}.safetensors`), copy)
    const job = verifyMerge(await readCharterFile(file!), contributions, await readClaim(claim!), { tensors: at(`${name}.safetensors`) }) // prettier-ignore
    const { ok, checks } = await job
    assert.equal(ok, name === 'metadata', name)
    if (name === 'bit') assert.match(checks.at(-1)!.actual, /1 differ: classifier\/weight/)
  }
})

test('a contribution that is left out, or put in, is named', async () => {
  const { contributions, charter: file, claim } = await gatherFiles([at('bundle')])
  const read = await readCharterFile(file!)
  const fewer = await verifyMerge(read, contributions.slice(1), await readClaim(claim!))
  assert.deepEqual([fewer.ok, fewer.missing.length, fewer.additional.length], [false, 1, 0])
  const older = (await gatherFiles([at('first')])).contributions
  const both = [...older, ...contributions]
  assert.equal(
    (await verifyMerge(read, both, await readClaim(claim!))).ok,
    true,
    'what is superseded is no harm',
  )
  const more = await verifyMerge(read, both, await readClaim(at('first', 'merge.json')))
  assert.deepEqual([more.ok, more.missing.length, more.additional.length], [false, 0, 2])
})

test('a bundle under another charter does not verify under the one that is trusted', async () => {
  const trusted = sampleCharter([...charter.members, { id: (await generateIdentity()).peer, name: 'third' }])
  const { contributions, claim } = await gatherFiles([at('bundle')])
  const { ok, refused } = await verifyMerge(trusted, contributions, await readClaim(claim!))
  assert.equal(ok, false)
  assert.deepEqual(new Set(refused.map(({ reason }) => reason)), new Set(['wrong-consortium']))
})

test('what a directory holds beside is said; two bundles at once and none at all are refused', async () => {
  await copyFile(at('bundle', 'merge.json'), at('again', 'notes.txt'))
  assert.deepEqual((await gatherFiles([at('again')])).unread, [at('again', 'notes.txt')])
  await assert.rejects(gatherFiles([at('bundle'), at('first')]), { code: 'ERR_OPTIONS' })
  await assert.rejects(gatherFiles([at('home')]), { code: 'ERR_INVALID_FILE', message: /no file ends in \.contribution/ }) // prettier-ignore
  await assert.rejects(gatherFiles([at('nowhere')]), { code: 'ERR_INVALID_FILE', message: /is not there/ })
})

test('a claim is read back as it was written', async () => {
  const { summary } = await mergeFiles(charter, (await gatherFiles([at('bundle')])).contributions)
  await writeFile(at('claim.json'), formatClaim(rulesOf(charter), summary))
  assert.deepEqual((await readClaim(at('claim.json'))).cut, summary.cut)
  await writeFile(at('claim.json'), '{"digest":"12"}')
  await assert.rejects(readClaim(at('claim.json')), {
    code: 'ERR_INVALID_FILE',
    message: /64 hexadecimal digits/,
  })
})
