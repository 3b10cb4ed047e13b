import type { ContributionHeader } from '../../merge/index.ts'
import type { Charter } from '../charter.ts'
import type { SiteConfig } from '../home.ts'
import type { NodeStore, StoredContribution } from '../types.ts'
import type { AuditDraft, FactsOf } from './audit-kinds.ts'
import { payloadTensors } from './payload-tensors.ts'

type Published = FactsOf<'contribution-published'>

/** By what an own contribution was made. */
export interface PublishedUnder {
  readonly charter: Pick<Charter, 'training'>
  readonly config: Pick<SiteConfig, 'training'>
}

/** An own contribution, tensor by tensor. @param under - undefined where it was made some time before this start */
export async function publishedDraft(
  store: Pick<NodeStore, 'getChunk' | 'getEnvelope'>,
  { id, header, receivedAt }: StoredContribution,
  under: PublishedUnder | undefined,
): Promise<AuditDraft> {
  const envelope = await store.getEnvelope(id)
  const { sequence, generation, kind, task, charter, payload, count, classCounts, noise } = header
  const facts: Published = {
    id,
    sequence,
    generation,
    kind,
    task,
    charter,
    publishedAt: receivedAt ?? null,
    isLate: under === undefined,
    headerBytes: envelope?.length ?? 0,
    payload: { digest: payload.digest, bytes: payload.size },
    samples: count,
    classCounts: [...classCounts],
    clipping: under === undefined ? 'unknown' : clippingOf(header, under),
    noise,
    tensors: await payloadTensors(payload, (digest) => store.getChunk(digest)).catch(() => null), // the disk's fault: the next start looks again
  }
  return { kind: 'contribution-published', facts }
}

/** Statistics are measured, not trained. */
export function clippingOf(
  { kind }: ContributionHeader,
  { charter, config }: PublishedUnder,
): number | 'none' {
  if (kind !== 'adapter') return 'none'
  return config.training.clipNorm ?? charter.training.clipNorm ?? 'none'
}
