import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encodeEnvelope, generateIdentity, signEnvelope, type Identity } from '../../../src/gossip/index.ts'
import { writeSafetensors } from '../../../src/merge/index.ts'
import type { AssembledContribution } from '../../../src/node/assemble-contribution.ts'
import { charterDigest, formatCharter, mergeSpecOf, type Charter } from '../../../src/node/charter.ts'
import { printable, renderInspection } from '../../../src/node/cli/render-inspection.ts'
import { writeContributionFile } from '../../../src/node/contribution-file.ts'
import { inspectFile } from '../../../src/node/inspect/inspect-file.ts'
import { isSound } from '../../../src/node/inspect/inspection.ts'
import { rulesOf } from '../../../src/node/consortium-rules.ts'
import { formatClaim } from '../../../src/node/merge-claim.ts'
import { mergeBytes } from '../../../src/node/merge-files.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { MODULE, sampleCharter, sampleContribution, sampleTensors } from './sample-contributions.ts'

let root = ''
let identity: Identity
let charter: Charter
let sample: AssembledContribution
const at = (name: string): string => join(root, name)

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-inspect-'))
  identity = await generateIdentity()
  charter = sampleCharter([{ id: identity.peer, name: 'foundry' }])
  sample = sampleContribution(charter, identity.peer, 1)
  await write('whole.contribution', sample)
})
after(() => rm(root, { recursive: true, force: true }))

async function write(
  name: string,
  { headerBytes, payload }: Pick<AssembledContribution, 'headerBytes' | 'payload'>,
  signer = identity,
): Promise<Uint8Array> {
  // prettier-ignore
  const envelope = encodeEnvelope(await signEnvelope(headerBytes, signer))
  await writeContributionFile(at(name), envelope, payload)
  return envelope
}

test('a contribution: header, signature, digests as written and computed, tensors, verdict', async () => {
  const found = await inspectFile(at('whole.contribution'), charter)
  assert.equal(found.kind, 'contribution file')
  assert.deepEqual([found.fields.id, found.fields.peer, found.fields.member, found.fields.count], [sample.id, identity.peer, 'foundry', 30]) // prettier-ignore
  assert.equal(found.signature, 'valid')
  assert.deepEqual(found.verdict, { kind: 'accept' })
  assert.ok(found.digests.length >= 5 && isSound(found))
  const gram = found.tensors.find(({ name }) => name === `gram/${MODULE}`)!
  const { data } = sampleTensors(charter, 'adapter', [9, 14, 7], `${identity.peer} 1`).get(gram.name)!
  assert.deepEqual(gram.shape, [2, 6])
  assert.equal(gram.grams.length, 2)
  assert.equal(gram.grams[1]!.trace, data[6]! + data[8]! + data[11]!)
  assert.equal(gram.grams[0]!.smallestPivot! > 0 && gram.grams[0]!.largestPivot! >= data[0]!, true)
  assert.equal(gram.max, Math.max(...data))
  assert.ok(Math.abs(gram.norm! - Math.hypot(...data)) < 1e-9 * gram.norm!)
  assert.match(renderInspection(found), /signature +valid[^]*row 1[^]*admitted under this charter/)
})

test('what does not hold in a contribution is shown, not thrown', async () => {
  const stranger = await generateIdentity()
  await write('forged.contribution', sample, stranger)
  const forged = await inspectFile(at('forged.contribution'))
  assert.deepEqual([forged.signature, isSound(forged)], ['invalid', false])

  const damaged = Uint8Array.from(sample.payload)
  damaged[damaged.length - 1]! ^= 1
  await write('damaged.contribution', { ...sample, payload: damaged })
  const found = await inspectFile(at('damaged.contribution'), charter)
  assert.deepEqual(found.digests.filter(({ stored, computed }) => stored !== computed).map(({ what }) => what), ['payload', 'chunk 0']) // prettier-ignore
  assert.ok(found.verdict?.kind === 'reject' && found.verdict.reason === 'payload-digest')
  assert.match(renderInspection(found), /chunk 0 +DIFFERENT: written/)

  await write('empty.contribution', { ...sample, payload: new Uint8Array(0) })
  assert.match((await inspectFile(at('empty.contribution'))).problems.join(), /ends at byte 0/)

  const tensors = new Map(sampleTensors(charter, 'adapter', [9, 14, 7], 'x'))
  const gram = tensors.get(`gram/${MODULE}`)!
  tensors.set(`gram/${MODULE}`, { ...gram, data: gram.data.map((value, i) => (i === 1 ? 10 * gram.data[0]! : value)) }) // prettier-ignore
  tensors.set('classifier/bias', { shape: [3], data: Float32Array.of(NaN, 1, Infinity) })
  await write('bad.contribution', sampleContribution(charter, identity.peer, 1, { tensors }))
  const bad = await inspectFile(at('bad.contribution'), charter)
  const bias = bad.tensors.find(({ name }) => name === 'classifier/bias')!
  assert.deepEqual([bias.nonFinite, bias.min, bias.max], [2, 1, 1])
  const [first] = bad.tensors.find(({ name }) => name.startsWith('gram/'))!.grams
  assert.ok(first!.smallestPivot! < 0 && first!.largestPivot === null)
  assert.match(renderInspection(bad), /indefinite[^]*NOT admitted \(non-finite\)/)

  const other = sampleCharter([{ id: stranger.peer, name: 'other' }])
  const foreign = await inspectFile(at('whole.contribution'), other)
  assert.ok(foreign.verdict?.kind === 'reject' && foreign.verdict.reason === 'wrong-consortium')
  assert.equal(foreign.fields.member, null)
})

test('an envelope, a payload, a merge, a claim and a charter are told apart', async () => {
  await writeFile(at('envelope'), await write('whole.contribution', sample))
  await writeFile(at('payload'), sample.payload)
  await writeFile(at('charter.json'), formatCharter(charter))
  const { result, spec, summary } = await mergeFiles(charter, [at('whole.contribution')])
  await writeFile(at('merge.safetensors'), mergeBytes(result, { charter: charterDigest(charter), spec }))
  await writeFile(at('merge.json'), formatClaim(rulesOf(charter), summary))
  await writeFile(at('peft'), writeSafetensors(new Map([['base_model.model.x.lora_A.weight', { shape: [0, 2], data: new Float32Array(0) }]]))) // prettier-ignore
  const kinds = { envelope: 'envelope', payload: 'payload of a contribution', 'charter.json': 'charter', 'merge.safetensors': 'merge', 'merge.json': 'merge claim', peft: 'PEFT adapter' } // prettier-ignore
  for (const [name, kind] of Object.entries(kinds)) {
    const found = await inspectFile(at(name), charter)
    assert.equal(found.kind, kind)
    assert.ok(isSound(found), name)
    assert.ok(renderInspection(found).includes(kind))
  }
  const digestIn = async (name: string, what: string) =>
    (await inspectFile(at(name), charter)).digests.find((one) => one.what === what)
  assert.equal((await digestIn('payload', 'file (sha2-256)'))!.computed, sample.header.payload.digest)
  assert.equal((await digestIn('charter.json', 'charter'))!.computed, charterDigest(charter))
  assert.equal((await digestIn('merge.safetensors', 'adapter'))!.computed, summary.adapter)
  assert.equal((await digestIn('merge.json', 'cut'))!.computed, summary.cutDigest)
  assert.equal((await inspectFile(at('merge.safetensors'))).fields.adapter, JSON.stringify(mergeSpecOf(charter).adapter)) // prettier-ignore
})

test('files of strangers give an error of one kind', async () => {
  const u64 = (n: bigint): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(n)
    return bytes
  }
  const huge = '{"a":{"dtype":"F32","shape":[1099511627776,8192],"data_offsets":[0,36028797018963968]}}'
  const hostile: Record<string, Uint8Array | string> = {
    empty: '',
    text: 'hello',
    array: '[[[[',
    'deep json': `{"a":${'['.repeat(200_000)}`,
    'deep charter': `{"members":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    'json of something else': '{"name":"x"}',
    'a claim that is none': '{"digest":12}',
    'a header of 2^50 bytes': Buffer.concat([u64(2n ** 40n), Buffer.from('{}')]),
    'a tensor of 2^55 bytes': Buffer.concat([u64(BigInt(huge.length)), Buffer.from(huge)]),
    'a container of 2^63 bytes': Buffer.concat([Buffer.from('a3617601677061796c6f61645b7fffffffffffffff', 'hex')]), // prettier-ignore
    'an envelope of something else': Buffer.from('a2616101616202', 'hex'),
  }
  for (const [name, content] of Object.entries(hostile)) {
    await writeFile(at('hostile'), content)
    await assert.rejects(inspectFile(at('hostile')), (error: { code?: string }) => {
      assert.match(error.code ?? 'no code', /^ERR_(?:MALFORMED|REFUSED|INVALID_FILE)$/, name)
      return true
    })
  }
  await mkdir(at('directory'))
  await assert.rejects(inspectFile(at('directory')), { code: 'ERR_MALFORMED', message: /not a regular file/ })
})

test('names in a file cannot draw on the terminal', async () => {
  assert.equal(printable('a\u001b[31mb\u202ec\u009bd'), 'a\\u{1b}[31mb\\u{202e}c\\u{9b}d')
  await writeFile(at('names'), writeSafetensors(new Map([['\u001b]0;x\u0007', { shape: [1], data: Float32Array.of(1) }]]))) // prettier-ignore
  assert.ok(!renderInspection(await inspectFile(at('names'))).includes('\u001b]'))
})
