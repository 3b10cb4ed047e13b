import type { CutReport, DemoCheck, DemoReport, PeerReport } from './types.ts'

/** Points by which the merge must beat the mean of the sites' own models, and pretraining a random backbone. */
export const REQUIRED_GAIN = 0.1

export interface CheckFacts {
  readonly peers: readonly PeerReport[]
  readonly cut: CutReport
  /** Digest of the merge of no contribution. */
  readonly baseDigest: string
  readonly summary: DemoReport['summary']
}

/** What has to hold for the demo to count as passed; each check says what it compared. */
export function checkDemo(facts: CheckFacts): DemoCheck[] {
  const { peers, cut, summary } = facts
  const digests = new Set(peers.map((peer) => peer.digest))
  const checks = [
    {
      name: 'every peer computed the same merge',
      ok: digests.size === 1,
      detail:
        digests.size === 1
          ? `${peers.length} × ${short(peers[0]!.digest)}`
          : [...digests].map(short).join(' ≠ '),
    },
    {
      name: 'every peer has taken in every contribution',
      ok: cut.known.length > 0 && cut.known.every((count) => count === cut.expected),
      detail: `${cut.known.join(', ')} of ${cut.expected}; ${cut.contributions.length} count, newer ones supersede the others`,
    },
    {
      name: 'the merge differs from the start',
      ok: !digests.has(facts.baseDigest),
      detail: `start ${short(facts.baseDigest)}`,
    },
    gain('merged beats the mean of the own models', summary.merged, summary.ownMean),
  ]
  if (summary.randomBackbone !== undefined)
    checks.push(gain('pretraining beats random weights', summary.merged, summary.randomBackbone))
  return checks
}

function gain(name: string, better: number, worse: number): DemoCheck {
  const points = (better - worse) * 100
  // written so that a NaN fails
  return {
    name,
    ok: points >= REQUIRED_GAIN * 100,
    detail: `${points.toFixed(1)} points, at least ${REQUIRED_GAIN * 100} required`,
  }
}

function short(digest: string): string {
  return digest.slice(0, 12)
}
