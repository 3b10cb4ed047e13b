// Statuses for tests of what is made of them: three members, of which two have contributed.
import { NOTHING_SERVED } from '../../../../src/node/status/served-report.ts'
import { NO_SCORES, type ScoreReport, type TaskReportRow } from '../../../../src/node/scores/types.ts'
import type { PolicyReport } from '../../../../src/node/policy/policy-report.ts'
import { summariseAgreement } from '../../../../src/node/status/agreement-text.ts'
import type { MemberAgreement, MemberStatus, NodeStatus } from '../../../../src/node/status/types.ts'

export const AT = '2026-11-25T12:00:00.000Z'

/** An ISO time so many seconds before `AT`. */
export function before(seconds: number): string {
  return new Date(Date.parse(AT) - 1000 * seconds).toISOString()
}

export function agreement(change: Partial<MemberAgreement> = {}): MemberAgreement {
  return {
    state: 'agrees',
    heardAt: before(2),
    isCurrent: true,
    merge: 'a1b2c3',
    lacks: [],
    hereLacks: [],
    ...change,
  }
}

export const UNHEARD = agreement({ state: 'unknown', heardAt: null, isCurrent: false, merge: null })

/** Of a member that lacks two contributions. */
export const LACKS_TWO = agreement({
  state: 'behind',
  merge: '0000',
  lacks: [
    { peer: 'a', name: 'hospital-a', numbers: [5] },
    { peer: 'b', name: 'hospital-b', numbers: [3] },
  ],
})

export function member(name: string, change: Partial<MemberStatus> = {}): MemberStatus {
  return {
    id: `id of ${name}`,
    name,
    self: false,
    standing: 'member',
    contributes: true,
    connected: true,
    connection: { path: 'direct', address: '/ip4/192.0.2.7/tcp/4001', direction: 'outbound', rttMs: 12.4 },
    lastSeen: before(0),
    adapters: 2,
    statistics: 1,
    generation: 2,
    newest: { sequence: 3, receivedAt: before(300) },
    included: 3,
    agreement: agreement(),
    ...change,
  }
}

/** One contribution is held since a minute and a half, it is quiet for training, and every limit has another source. */
export const POLICY: PolicyReport = {
  digest: 'b0a7'.repeat(16),
  problem: null,
  statistics: ['grams-projected'],
  forbidden: [],
  quiet: { training: '2026-11-25T18:00:00.000Z', sharing: null },
  limits: {
    threads: { value: 2, from: 'settings' },
    mergeThreads: { value: 1, from: 'default' },
    memoryBytes: { value: 2 ** 31, from: 'policy' },
    diskBytes: null,
    uploadBytesPerSecond: { value: 500_000, from: 'policy' },
    downloadBytesPerSecond: null,
    floorSamples: { value: 50, from: 'policy' },
    floorPerClass: { value: 4, from: 'charter' },
  },
  outbox: {
    required: true,
    waiting: [
      {
        id: '3f9c2a7b1d0e'.padEnd(64, '0'),
        publishedId: '3f9c2a7b1d0e'.padEnd(64, '0'),
        state: 'held',
        kind: 'adapter',
        sequence: 4,
        generation: 2,
        task: null,
        round: null,
        samples: 120,
        classCounts: [60, 60],
        bytes: 40_000,
        heldAt: before(90),
        decidedAt: null,
        by: null,
        reason: '',
      },
    ],
  },
}

export const SELF = member('hospital-a', { self: true, connected: false, connection: null })

export function statusWith(members: readonly MemberStatus[], change: Partial<NodeStatus> = {}): NodeStatus {
  const merge = {
    digest: 'a1b2c3',
    cutDigest: 'c',
    adapter: 'd',
    classifier: 'e',
    classifierSource: { rule: 'counts' as const },
    generation: 2,
    cut: ['1', '2', '3', '4', '5', '6'],
    known: 8,
    equivocating: [],
    contributors: [],
  }
  const { merge: given = merge } = change
  const present = members.filter(({ standing }) => standing === 'member')
  return {
    at: AT,
    peer: '12D3KooWSelf',
    name: 'hospital-a',
    consortium: '0123456789abcdef',
    charterName: 'scans',
    charter: 'fedcba9876543210',
    addresses: ['/ip4/192.0.2.1/tcp/4001'],
    activity: { kind: 'idle', text: 'all contributions are published', waitingFor: [] },
    done: true,
    progress: null,
    members,
    merge: given,
    agreement: summariseAgreement(present, given !== null, AT),
    round: null,
    policy: POLICY,
    scores: NO_SCORES,
    help: null,
    ...NOTHING_SERVED,
    votes: [{ text: 'remove press', votes: ['hospital-a'], needed: 2 }],
    ledger: { head: 'f00d', statements: 12, charter: 'c0de' },
    requests: [],
    store: { admitted: 6, fetching: 0, rejected: 0, pruned: 0, blocks: 6, blockBytes: 600 },
    own: { adapters: 2, statistics: 1, target: 2 },
    bytes: { sent: 1_200_000, received: 999 },
    memory: null,
    problems: [],
    ...change,
  }
}

/** Two tasks and one whose samples are gone here; of all sites the first two. */
export const SCORES: ScoreReport = {
  merge: 'a1b2c3',
  forgetting: 0.125,
  tasks: [
    taskRow(null, { accuracy: 0.75, accuracyAtEnd: 0.875, sites: 3 }),
    taskRow('autumn', { accuracy: 0.5, accuracyAtEnd: 0.5, sites: 2 }),
    {
      ...taskRow('winter', { accuracy: 0.25, accuracyAtEnd: 1, sites: 0, isMeasurable: false }),
      consortium: null,
    },
  ],
  consortium: { merge: 'a1b2c3', sites: 3, of: 4, forgetting: 0.125, reports: [] },
}

function taskRow(
  name: string | null,
  {
    accuracy,
    accuracyAtEnd,
    sites,
    isMeasurable = true,
  }: { accuracy: number; accuracyAtEnd: number; sites: number; isMeasurable?: boolean },
): TaskReportRow {
  const score = {
    accuracy,
    accuracyAtEnd,
    forgetting: accuracyAtEnd - accuracy,
    correct: 8 * accuracy,
    count: 8,
  }
  const atEnd = { correct: 8 * accuracyAtEnd, count: 8 }
  return {
    id: name === null ? null : `id of ${name}`,
    name,
    own: { ...score, merge: 'a1b2c3', atEnd: { ...atEnd, merge: 'b' }, isMeasurable },
    consortium: { ...score, count: 80, atEnd, sites },
  }
}
