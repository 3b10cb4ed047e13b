// What a node of a consortium of any size would tell its page, made up and always the same: for tests of the page through the real server.
import type { FeedSource } from '../../../src/node/dashboard/live-feed.ts'
import type {
  DashboardMember,
  DashboardState,
  TaskFigure,
  TimelineEntry,
  TimelineKind,
  UsageSample,
} from '../../../src/node/dashboard/wire.ts'

/** 2026-03-04 12:00 UTC. */
export const SHOWN_AT = Date.UTC(2026, 2, 4, 12)
const MINUTE = 60_000
const NAMES = ['north clinic', 'harbour', 'foundry', 'mill', 'press', 'st. anne', 'lakeside', 'east wing', 'quarry', 'old town', 'ridge', 'river lab'] // prettier-ignore
const CLASSES = ['crack', 'dent', 'scratch', 'stain', 'pore', 'burr', 'sound']
const digest = (of: string): string => of.repeat(64).slice(0, 64)

/** Of 2 ** 32, by mixing bits; seeded by a place, so that the same place has the same value. */
function noise(seed: number): number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  for (let i = 0; i < 3; i++) state = Math.imul(state ^ (state >>> 15), 0x85ebca6b)
  return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32
}

/** How a member other than this site stands. */
function standing(
  i: number,
): Pick<DashboardMember, 'path' | 'rttMs' | 'lastSeen' | 'agreement' | 'agreementIsCurrent' | 'complaint'> {
  if (noise(i) < 0.12) {
    const complaint = 'not heard from for 3 h'
    return {
      path: null,
      rttMs: null,
      lastSeen: SHOWN_AT - 180 * MINUTE,
      agreement: 'unknown',
      agreementIsCurrent: false,
      complaint,
    }
  }
  const isBehind = i % 7 === 4
  const agreement = isBehind
    ? { agreement: 'behind', complaint: 'lacks 1: harbour 4' }
    : { agreement: 'agrees', complaint: null }
  const path = i % 4 === 3 ? 'relayed' : 'direct'
  return { path, rttMs: 1 + 80 * noise(i + 70), lastSeen: SHOWN_AT, agreementIsCurrent: true, ...agreement }
}

const ITSELF = {
  path: null,
  rttMs: null,
  lastSeen: SHOWN_AT,
  agreement: 'agrees',
  agreementIsCurrent: true,
  complaint: null,
}

function member(i: number, of: number): DashboardMember {
  const contributed = i % 9 === 8 ? 0 : 2 + Math.floor(3 * noise(i + 500))
  const included = contributed === 0 || i % 11 === 7 ? 0 : 1 + (i % 2)
  const samples = included === 0 ? 0 : 120 + Math.floor(700 * noise(i + 900))
  return {
    id: `12D3KooW${String(i).padStart(4, '0')}${'x'.repeat(40)}`,
    name: of <= NAMES.length ? NAMES[i]! : `${NAMES[i % NAMES.length]!} ${Math.floor(i / NAMES.length) + 1}`,
    self: i === 0,
    removed: false,
    contributed,
    included,
    newestAt: contributed === 0 ? null : SHOWN_AT - Math.floor(90 * MINUTE * noise(i + 30)),
    samples,
    share: samples === 0 ? null : samples / (of * 470),
    merge: digest('3f9ac27b'),
    ...(i === 0 ? ITSELF : standing(i)),
  }
}

const KINDS: readonly [TimelineKind, string][] = [
  ['contribution', 'harbour\'s adapter 4 is here (412 samples, 118 kB)'],
  ['merge', 'merged 14 contributions: 3f9ac27b3f9a'],
  ['score', 'scored merge 3f9ac27b3f9a: 172 of 203 held-out samples right'],
  ['egress', 'press has fetched 118 kB of 9be1d4c27a55'],
  ['serving', 'serves merge 3f9ac27b3f9a: 172 of 203 held-out samples right, what is served 166; a gain of 3.0 %'],
  ['network', 'mill is reached through a relay (/ip4/192.0.2.7/tcp/4001)'],
  ['work', 'training: contribution 3, from generation 2'],
  ['members', 'harbour says: add ridge'],
  ['contribution', 'published adapter 3 (388 samples, 118 kB)'],
  ['problem', 'contribution-rejected: quarry, number 2: non-finite'],
] // prettier-ignore

/** Over six hours, more of them towards the end. */
export function shownEntries(count: number): readonly TimelineEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const [kind, text] = i % 53 === 0 ? KINDS[9]! : KINDS[Math.floor(9 * noise(i))]!
    const at = SHOWN_AT - Math.floor(6 * 3_600_000 * (1 - (i + 1) / count) ** 1.4)
    return { n: i + 1, at, kind, text, ...(kind === 'score' && { accuracy: 0.85 - 0.35 * (1 - i / count) ** 3 + 0.02 * noise(i + 7) }) } // prettier-ignore
  })
}

function usageSamples(): readonly UsageSample[] {
  return Array.from({ length: 360 }, (_, i) => {
    const burst = i % 60 < 9 ? 1 : 0.04
    return {
      at: SHOWN_AT - (360 - i) * 10_000,
      sent: burst * 240_000 * (0.6 + 0.4 * noise(i)),
      received: burst * 410_000 * (0.5 + 0.5 * noise(i + 40)),
      cores: burst * 0.8 + 0.1 * noise(i + 90),
      trainerCores: i % 60 < 40 ? 0.9 + 0.1 * noise(i + 130) : 0,
      memory: 214_000_000,
      trainerMemory: 612_000_000,
    }
  })
}

function figures(right: number): { correct: number; count: number; tasks: readonly TaskFigure[] } {
  const tasks = [
    { task: null, correct: Math.round(143 * right), count: 143 },
    { task: 'castings 2026', correct: Math.round(60 * (right - 0.04)), count: 60 },
  ]
  return { correct: tasks.reduce((sum, one) => sum + one.correct, 0), count: 203, tasks }
}

export interface ShownOptions {
  readonly members?: number
  readonly entries?: number
  /** Of classes, for a confusion of that size. */
  readonly classes?: number
}

export function shownState({ members = 12, classes = CLASSES.length }: ShownOptions = {}): DashboardState {
  const all = Array.from({ length: members }, (_, i) => member(i, members))
  const holding = all.filter(({ complaint }) => complaint === null).length
  return {
    v: 1,
    at: SHOWN_AT,
    run: '0d2f9c1e-6a51-4b60-9d35-8f1c55aa10b2',
    startedAt: SHOWN_AT - 6 * 3_600_000,
    version: '0.1.0',
    site: {
      name: 'north clinic',
      peer: all[0]!.id,
      consortium: digest('c41d'),
      charter: digest('77ab'),
      charterName: 'surface inspection',
      addresses: ['/ip4/192.0.2.10/tcp/4001'],
    },
    activity: { kind: 'training', text: 'contribution 3, from generation 2', waitingFor: [] },
    progress: { phase: 'train', done: 1240, total: 1940, samplesPerSecond: 61 },
    merge: { digest: digest('3f9ac27b'), generation: 2, contributions: all.reduce((sum, one) => sum + one.included, 0), contributors: all.filter((one) => one.included > 0).length },
    agreement: { holding, of: members, text: `${holding} of ${members} hold this merge; the others lag behind or were not heard from` },
    round: null,
    members: all,
    memberCount: members,
    accuracy: {
      models: [
        { role: 'trained', digest: null, at: SHOWN_AT - 40 * MINUTE, isCurrent: true, ...figures(0.71) },
        { role: 'merged', digest: digest('3f9ac27b'), at: SHOWN_AT - 4 * MINUTE, isCurrent: true, ...figures(0.85) },
        { role: 'served', digest: digest('3f9ac27b'), at: SHOWN_AT - 4 * MINUTE, isCurrent: true, ...figures(0.85) },
      ],
      confusion: confusion(classes),
      consortium: { sites: 9, of: members, tasks: [{ task: null, correct: 1174, count: 1402 }, { task: 'castings 2026', correct: 401, count: 512 }] },
    },
    requests: [{ name: 'valley hospital', fingerprint: 'ZT4K-9QWM-2HXA', at: SHOWN_AT - 12 * MINUTE, replaces: null }],
    tickets: [{ fingerprint: 'M7PB-44RD-K0ZQ', expires: SHOWN_AT + 20 * 3_600_000, used: 1, uses: 3 }],
    votes: [{ text: 'remove quarry', votes: ['harbour', 'mill'], needed: 7 }],
    egress: {
      contributions: 3,
      publishedBytes: 354_000,
      sentBytes: 3_420_000,
      scoresTold: 18,
      recipients: all.slice(1).map(({ name }, i) => ({ name, bytes: Math.round(354_000 * (1 - 0.7 * noise(i))), fetched: 3 - (i % 3), holds: 3 - (i % 2) })),
      recipientCount: members - 1,
      days: ['02-27', '02-28', '03-01', '03-02', '03-03', '03-04'].map((day, i) => ({ day: `2026-${day}`, contributions: i % 2, sentBytes: 180_000 + 700_000 * noise(i + 3) })),
      problem: null,
      entries: 1_284,
    },
    store: { admitted: 31, fetching: 1, rejected: 1, bytes: 4_100_000 },
    bytes: { sent: 18_400_000, received: 31_900_000 },
    cpuSeconds: { node: 1_260, trainer: 13_320 },
    outbox: {
      required: true,
      problem: null,
      held: 1,
      heldBytes: 118_000,
      since: SHOWN_AT - 25 * MINUTE,
      released: 0,
      items: [{ id: '3f9c2a7b1d0e', kind: 'adapter', sequence: 4, samples: 388, bytes: 118_000, heldAt: SHOWN_AT - 25 * MINUTE }],
    },
    help: help(all),
    own: { adapters: 2, statistics: 1, target: 3 },
    problems: [{ at: SHOWN_AT - 95 * MINUTE, code: 'contribution-rejected', message: 'quarry, number 2: non-finite' }],
  } // prettier-ignore
}

/** Most help a little, the last one does harm. */
function help(members: readonly DashboardMember[]): DashboardState['help'] {
  const contributors = members.filter(({ included }) => included > 0)
  const sites = contributors.map(({ name, self }, i) => {
    const isLast = i === contributors.length - 1
    const gained = isLast ? 1 : 12 - Math.min(11, i)
    const lost = isLast ? 19 : Math.min(6, Math.floor(i / 2))
    const effect = isLast ? 'harms' : i < 4 ? 'helps' : 'unclear'
    const chance = isLast ? 0.00002 : i < 4 ? 0.004 * (i + 1) : 0.2
    return { name, self, gained, lost, tied: 203 - gained - lost, difference: (gained - lost) / 203, chance, effect } as const // prettier-ignore
  })
  return { at: SHOWN_AT - 200 * MINUTE, merge: digest('72b1e5'), isNewestMerge: false, correct: 170, count: 203, sites, siteCount: sites.length } // prettier-ignore
}

function confusion(count: number): DashboardState['accuracy']['confusion'] {
  const classes = Array.from({ length: count }, (_, i) => ({ label: CLASSES[i] ?? `class ${i + 1}`, correct: 18 + (i % 9), count: 29 })) // prettier-ignore
  const mistakes = classes.flatMap((_, i) => [1, 3].map((step) => ({ label: i, answer: (i + step) % count, count: Math.max(1, Math.floor(8 * noise(i + step))) }))) // prettier-ignore
  return { role: 'served', classes, of: count, mistakes: mistakes.sort((a, b) => b.count - a.count) }
}

/** A source whose node tells more when a test says so. */
export class ShownConsortium implements FeedSource {
  readonly run: string
  shown: DashboardState
  readonly #entries: TimelineEntry[]
  readonly #changed = new Set<() => void>()
  readonly #told = new Set<(entry: TimelineEntry) => void>()

  constructor(options: ShownOptions = {}) {
    this.shown = shownState(options)
    this.run = this.shown.run
    this.#entries = [...shownEntries(options.entries ?? 160)]
  }

  readonly timeline = {
    entries: (after = -Infinity): readonly TimelineEntry[] => this.#entries.filter(({ n }) => n > after),
    subscribe: (listener: (entry: TimelineEntry) => void): (() => void) => {
      this.#told.add(listener)
      return () => this.#told.delete(listener)
    },
  }

  readonly usage = { samples: usageSamples, subscribe: () => () => undefined }

  state(): Promise<DashboardState> {
    return Promise.resolve(this.shown)
  }

  onChange(listener: () => void): () => void {
    this.#changed.add(listener)
    return () => this.#changed.delete(listener)
  }

  onError(error: unknown): void {
    throw error
  }

  /** The node is in another state from now on. */
  change(change: Partial<DashboardState>): void {
    this.shown = { ...this.shown, ...change }
    for (const listener of this.#changed) listener()
  }

  tell(kind: TimelineKind, text: string): void {
    const entry = { n: this.#entries.at(-1)!.n + 1, at: this.shown.at, kind, text }
    this.#entries.push(entry)
    for (const listener of this.#told) listener(entry)
  }
}
