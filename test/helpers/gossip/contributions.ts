import { createCipheriv, createHash } from 'node:crypto'
import type { ContributionJudge, Identity, Verdict } from '../../../src/gossip/index.ts'
import { encodeEnvelope, openEnvelope, signEnvelope } from '../../../src/gossip/index.ts'
import type { ContributionHeader } from '../../../src/merge/index.ts'
import { contributionId, encodeHeader, payloadChunks, payloadRef } from '../../../src/merge/index.ts'
import type { MemoryStore } from './memory-store.ts'

export const CONSORTIUM = 'test-consortium'
export const CHARTER = sha256('charter of the test')

export interface TestContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly envelope: Uint8Array
  readonly payload: Uint8Array
}

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Seeded noise. */
export function noise(size: number, seed: string): Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  return new Uint8Array(createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size)))
}

export async function makeContribution(
  identity: Identity,
  options: { sequence?: number; size?: number; fields?: Partial<ContributionHeader> } = {},
): Promise<TestContribution> {
  const { sequence = 1, size = 3000, fields = {} } = options
  const payload = noise(size, `${identity.peer} ${sequence}`)
  const header: ContributionHeader = {
    v: 1,
    consortium: CONSORTIUM,
    charter: CHARTER,
    peer: identity.peer,
    sequence,
    generation: 2,
    task: null,
    round: null,
    phase: null,
    kind: 'adapter',
    base: null,
    anchor: null,
    frozen: sha256('frozen factors'),
    count: 37,
    classCounts: [12, 25],
    payload: payloadRef(payload),
    noise: 0,
    masked: false,
    kernel: 1,
    ...fields,
  }
  const bytes = encodeHeader(header)
  const envelope = encodeEnvelope(await signEnvelope(bytes, identity))
  return { id: contributionId(bytes), header, envelope, payload }
}

/** Puts the payload where `publish` expects it. */
export async function storePayload(store: MemoryStore, { payload }: TestContribution): Promise<void> {
  for (const chunk of payloadChunks(payload)) await store.putChunk(sha256(chunk), chunk)
  store.puts.length = 0
}

/** Right charter, payload complete and with the digest that the header says. Keeps its verdicts in the store. */
export class TestJudge implements ContributionJudge {
  readonly #store: MemoryStore
  headerVerdict: (header: ContributionHeader) => Verdict = ({ charter }) =>
    charter === CHARTER ? { kind: 'accept' } : { kind: 'reject', reason: 'wrong-charter' }
  payloadHolds = 0
  letGo: NonNullable<ContributionJudge['letGo']> = () => Promise.resolve(false)
  consortium = CONSORTIUM

  constructor(store: MemoryStore) {
    this.#store = store
  }

  judgeHeader(header: ContributionHeader): Verdict {
    return this.headerVerdict(header)
  }

  async judgePayload(id: string): Promise<Verdict> {
    if (this.payloadHolds > 0) {
      this.payloadHolds--
      return { kind: 'hold', reason: 'not-yet' }
    }
    const { header } = await openEnvelope(this.#store.envelopes.get(id)!, this.consortium)
    const hash = createHash('sha256')
    for (const digest of header.payload.chunks) hash.update(this.#store.chunks.get(digest)!)
    const good = hash.digest('hex') === header.payload.digest
    this.#store.states.set(id, good ? 'admitted' : 'rejected')
    return good ? { kind: 'accept' } : { kind: 'reject', reason: 'payload-digest' }
  }
}
