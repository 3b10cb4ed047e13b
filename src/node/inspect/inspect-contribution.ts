import { PeermergeError } from '../../errors.ts'
import { decodeEnvelope, isSignedBy } from '../../gossip/records.ts'
import {
  contributionId,
  decodeHeader,
  frozenDigest,
  memorySource,
  openSafetensors,
  payloadRef,
  validatePayload,
  type ContributionHeader,
} from '../../merge/index.ts'
import { charterDigest, mergeSpecOf, type Charter } from '../charter.ts'
import { decodeContainer } from '../contribution-container.ts'
import { judgeChunks } from '../judge-chunks.ts'
import { judgeHeaderByCharter } from '../judge.ts'
import { inspection, type DigestFacts, type Inspection } from './inspection.ts'
import { packedGrams } from './packed-grams.ts'
import { tensorFacts } from './tensor-facts.ts'

/** A contribution in a file. @throws MalformedError, RefusedError - no such file, or no envelope or header in it */
export async function inspectContribution(
  file: string,
  bytes: Uint8Array,
  charter: Charter | undefined,
): Promise<Inspection> {
  const { envelope, payload } = decodeContainer(file, bytes)
  const signed = await inspectEnvelope(file, envelope, charter)
  const header = decodeHeader(decodeEnvelope(envelope).header)
  const { tensors, problems } = readTensors(payload, charter)
  return {
    ...signed,
    kind: 'contribution file',
    bytes: bytes.length,
    digests: [...signed.digests, ...payloadDigests(header, payload)],
    tensors,
    problems: [...signed.problems, ...problems],
    verdict: signed.verdict?.kind === 'accept' ? judgePayload(charter!, header, payload) : signed.verdict,
  }
}

/** An envelope without its payload. @throws RefusedError, MalformedError - no envelope, or no header in it */
export async function inspectEnvelope(
  file: string,
  bytes: Uint8Array,
  charter: Charter | undefined,
): Promise<Inspection> {
  const envelope = decodeEnvelope(bytes)
  const header = decodeHeader(envelope.header)
  const isSigned = await isSignedBy(envelope, header.peer)
  const { payload, ...said } = header
  return inspection({
    file,
    kind: 'envelope',
    bytes: bytes.length,
    fields: { id: contributionId(envelope.header), ...said, payloadBytes: payload.size, ...memberName(header, charter) }, // prettier-ignore
    signature: isSigned ? 'valid' : 'invalid',
    digests: charter === undefined ? [] : charterDigests(header, charter),
    verdict: charter === undefined ? null : verdictOfHeader(header, charter),
  })
}

function memberName({ peer }: ContributionHeader, charter: Charter | undefined): { member?: string | null } {
  return charter === undefined ? {} : { member: charter.members.find(({ id }) => id === peer)?.name ?? null }
}

function charterDigests(header: ContributionHeader, charter: Charter): DigestFacts[] {
  return [
    { what: 'charter', stored: header.charter, computed: charterDigest(charter) },
    { what: 'frozen factors', stored: header.frozen, computed: frozenDigest(charter.adapter, charter.modules) }, // prettier-ignore
  ]
}

function payloadDigests({ payload: stored }: ContributionHeader, payload: Uint8Array): DigestFacts[] {
  const computed = payload.length === 0 ? { digest: 'of nothing', chunks: [], size: 0 } : payloadRef(payload)
  return [
    { what: 'payload', stored: stored.digest, computed: computed.digest },
    { what: 'payload bytes', stored: String(stored.size), computed: String(computed.size) },
    ...Array.from({ length: Math.max(stored.chunks.length, computed.chunks.length) }, (_, i) => ({ what: `chunk ${i}`, stored: stored.chunks[i] ?? 'none', computed: computed.chunks[i] ?? 'none' })), // prettier-ignore
  ]
}

function readTensors(
  payload: Uint8Array,
  charter: Charter | undefined,
): Pick<Inspection, 'tensors' | 'problems'> {
  // prettier-ignore
  try {
    const file = openSafetensors(memorySource(payload), 'payload')
    return { tensors: tensorFacts(file, packedGrams(file, charter)), problems: [] }
  } catch (error) {
    if (!(error instanceof PeermergeError)) throw error
    return { tensors: [], problems: [error.message] }
  }
}

function verdictOfHeader(header: ContributionHeader, charter: Charter): Inspection['verdict'] {
  const facts = { charter, charterDigest: charterDigest(charter), spec: mergeSpecOf(charter) }
  const judged = judgeHeaderByCharter(facts, header)
  return judged.ok ? { kind: 'accept' } : { kind: 'reject', reason: judged.reason, message: judged.message }
}

function judgePayload(
  charter: Charter,
  header: ContributionHeader,
  payload: Uint8Array,
): Inspection['verdict'] {
  const checked = validatePayload(mergeSpecOf(charter), header, memorySource(payload))
  const judged = checked.ok ? judgeChunks(header, payload) : checked
  return judged.ok ? { kind: 'accept' } : { kind: 'reject', reason: judged.reason, message: judged.message }
}
