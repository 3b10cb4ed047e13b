import { contributionId, decodeHeader } from '../../merge/index.ts'
import type { ContributionHeader } from '../../merge/index.ts'
import { decodeEnvelope, isSignedBy } from './envelope.ts'
import { asError, RefusedError } from '../errors.ts'

/** An envelope whose bytes, limits, consortium and signature hold. Whether it may enter is for the judge to say. */
export interface OpenedEnvelope {
  readonly id: string
  readonly header: ContributionHeader
  readonly bytes: Uint8Array
}

/**
 * In this order: size, decode, header, consortium, signature. A refusal speaks of the envelope, not of the contribution:
 * anyone can put a wrong signature beside the header of an honest peer, so the id must not be marked.
 *
 * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `bad-signature`
 */
export async function openEnvelope(bytes: Uint8Array, consortium: string): Promise<OpenedEnvelope> {
  const envelope = decodeEnvelope(bytes)
  const header = readHeader(envelope.header)
  if (header.consortium !== consortium) {
    throw new RefusedError('wrong-consortium', 'header', 'belongs to another consortium')
  }
  if (!(await isSignedBy(envelope, header.peer))) {
    throw new RefusedError('bad-signature', 'envelope', `not signed by ${header.peer}`)
  }
  return { id: contributionId(envelope.header), header, bytes }
}

function readHeader(bytes: Uint8Array): ContributionHeader {
  try {
    return decodeHeader(bytes)
  } catch (thrown) {
    throw new RefusedError('malformed', 'header', asError(thrown).message, { cause: thrown })
  }
}
