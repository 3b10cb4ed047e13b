/** What the node tells its page; times are milliseconds since 1970, shares go from 0 to 1. The page imports these types and nothing else of the node. */
export interface DashboardState {
  readonly v: 1
  readonly at: number
  /** Of this process of the node: entries of the timeline are numbered anew in each. */
  readonly run: string
  readonly startedAt: number
  readonly version: string
  readonly site: {
    readonly name: string
    readonly peer: string
    readonly consortium: string
    readonly charter: string
    readonly charterName: string
    readonly addresses: readonly string[]
  }
  readonly activity: { readonly kind: string; readonly text: string; readonly waitingFor: readonly string[] }
  readonly progress: DashboardProgress | null
  readonly merge: {
    readonly digest: string
    readonly generation: number
    readonly contributions: number
    readonly contributors: number
  } | null
  readonly agreement: { readonly holding: number; readonly of: number; readonly text: string }
  /** Of the staged schedule, in words. */
  readonly round: { readonly text: string; readonly todo: string | null } | null
  readonly members: readonly DashboardMember[]
  /** Members that there are; more than are listed where there are very many. */
  readonly memberCount: number
  readonly accuracy: Accuracy
  readonly requests: readonly {
    readonly name: string
    readonly fingerprint: string
    readonly at: number
    readonly replaces: string | null
  }[]
  readonly tickets: readonly {
    readonly fingerprint: string
    readonly expires: number
    readonly used: number
    readonly uses: number
  }[]
  readonly votes: readonly { readonly text: string; readonly votes: readonly string[]; readonly needed: number }[] // prettier-ignore
  /** Null until the site's log has been read, or where there is none. */
  readonly egress: EgressSummary | null
  readonly outbox: OutboxSummary
  /** As `peermerge who-helps` said last; null where nobody has asked. */
  readonly help: HelpSummary | null
  readonly store: { readonly admitted: number; readonly fetching: number; readonly rejected: number; readonly bytes: number } // prettier-ignore
  readonly bytes: { readonly sent: number; readonly received: number }
  /** Processor time of this run of the node, in seconds: its own process, and its training process. */
  readonly cpuSeconds: { readonly node: number; readonly trainer: number }
  readonly own: { readonly adapters: number; readonly statistics: number; readonly target: number }
  /** Newest last. */
  readonly problems: readonly { readonly at: number; readonly code: string; readonly message: string }[]
}

export interface DashboardProgress {
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly samplesPerSecond: number
}

export interface DashboardMember {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly removed: boolean
  /** How it is reached at the moment; null: not connected. This site itself: null. */
  readonly path: 'direct' | 'relayed' | null
  readonly rttMs: number | null
  readonly lastSeen: number | null
  /** Admitted contributions, and how many of them count in this node's merge. */
  readonly contributed: number
  readonly included: number
  readonly newestAt: number | null
  /** Samples behind what counts, and their share of all that counts; null where nothing does. */
  readonly samples: number
  readonly share: number | null
  readonly agreement: string
  readonly agreementIsCurrent: boolean
  readonly merge: string | null
  /** What is the matter, in words; null where it agrees. */
  readonly complaint: string | null
}

/** On this site's held-out samples. */
export interface Accuracy {
  readonly models: readonly ModelRow[]
  /** Of the model with the most to say: what is served, or else the merge, or what was trained. */
  readonly confusion: Confusion | null
  /** Of all sites that say so, of the merge. */
  readonly consortium: { readonly sites: number; readonly of: number; readonly tasks: readonly TaskFigure[] } | null // prettier-ignore
}

export interface ModelRow {
  readonly role: 'alone' | 'trained' | 'merged' | 'served'
  readonly digest: string | null
  readonly at: number
  /** It is what is trained from, merged or served now, and no earlier one. */
  readonly isCurrent: boolean
  readonly correct: number
  readonly count: number
  readonly tasks: readonly TaskFigure[]
}

export interface TaskFigure {
  /** Null for the classes of the charter. */
  readonly task: string | null
  readonly correct: number
  readonly count: number
}

export interface Confusion {
  readonly role: ModelRow['role']
  /** Of the classes that are shown: those with the most held-out samples where there are too many. */
  readonly classes: readonly { readonly label: string; readonly correct: number; readonly count: number }[]
  readonly of: number
  /** Row and column are places in `classes`; off the diagonal, the most frequent first. */
  readonly mistakes: readonly { readonly label: number; readonly answer: number; readonly count: number }[]
}

/** As the site's signed log says. */
export interface EgressSummary {
  readonly contributions: number
  /** Of payloads, and of what has been sent of them. */
  readonly publishedBytes: number
  readonly sentBytes: number
  readonly scoresTold: number
  /** What was sent to whom; the most first. */
  readonly recipients: readonly { readonly name: string; readonly bytes: number; readonly fetched: number; readonly holds: number }[] // prettier-ignore
  readonly recipientCount: number
  /** The last thirty, oldest first. */
  readonly days: readonly { readonly day: string; readonly contributions: number; readonly sentBytes: number }[] // prettier-ignore
  readonly problem: string | null
  readonly entries: number
}

/** Own contributions that wait for a person's word; what has left is none of them. */
export interface OutboxSummary {
  /** Whether the policy holds everything until a person has released it. */
  readonly required: boolean
  /** Why nothing may leave whatever a person says; null where that is not so. */
  readonly problem: string | null
  readonly held: number
  readonly heldBytes: number
  /** Of the oldest; null where nothing is held. */
  readonly since: number | null
  /** Released, and not sent yet. */
  readonly released: number
  /** What is held, oldest first; `id` is as much of it as a command needs. */
  readonly items: readonly {
    readonly id: string
    readonly kind: string
    readonly sequence: number
    readonly samples: number
    readonly bytes: number
    readonly heldAt: number
  }[]
}

/** On this site's held-out samples. */
export interface HelpSummary {
  readonly at: number
  /** The merge that it is of, and what that got right. */
  readonly merge: string
  readonly isNewestMerge: boolean
  readonly correct: number
  readonly count: number
  /** From the most helpful to the most harmful. */
  readonly sites: readonly {
    readonly name: string
    readonly self: boolean
    /** Samples that only the merge with it has right, only the one without it, and all others. */
    readonly gained: number
    readonly lost: number
    readonly tied: number
    /** `gained` less `lost` as a share of all: −1 to 1. */
    readonly difference: number
    /** Of so lopsided a split, or more so, where gain and loss are equally likely. */
    readonly chance: number
    readonly effect: 'helps' | 'harms' | 'unclear'
  }[]
  readonly siteCount: number
}

export const TIMELINE_KINDS = ['contribution', 'merge', 'score', 'serving', 'network', 'members', 'egress', 'work', 'problem'] as const // prettier-ignore
export type TimelineKind = (typeof TIMELINE_KINDS)[number]

/** One line of the timeline. */
export interface TimelineEntry {
  /** Ascending; what was before this run of the node is 0 and below. */
  readonly n: number
  readonly at: number
  readonly kind: TimelineKind
  readonly text: string
  /** Share of held-out samples right, where it is a score of a merge. */
  readonly accuracy?: number
}

/** What the node has used, sampled; rates are of the time since the sample before. */
export interface UsageSample {
  readonly at: number
  /** Bytes a second. */
  readonly sent: number
  readonly received: number
  /** Processor cores that the node's process was busy on, its merges included; and its training process. */
  readonly cores: number
  readonly trainerCores: number
  /** Resident memory of both, in bytes; 0 where there is no training process. */
  readonly memory: number
  readonly trainerMemory: number
}

/** Events of `GET /api/events`, by name. */
export interface DashboardEvents {
  readonly state: DashboardState
  /** In order; at the start all that is remembered. */
  readonly timeline: readonly TimelineEntry[]
  readonly usage: readonly UsageSample[]
  /** The node has stopped. */
  readonly stopped: Record<string, never>
}
