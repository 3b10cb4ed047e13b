import type { TableColumns } from '../../training/index.ts'
import type { CharterOptions } from '../build-charter.ts'

export interface DemoOptions {
  /** @default the built-in backbone */
  readonly backbone?: string
  /** site/class/image, class/image, or a table of texts. @default generated surface-inspection images */
  readonly data?: string
  /** Columns of that table. @default text and label */
  readonly columns?: TableColumns
  /** Column of that table of which every value is a site. @default rows are dealt to sites */
  readonly siteColumn?: string
  readonly sites: number
  readonly skew: number
  readonly trainFraction: number
  readonly seed: string
  readonly randomBackbone: boolean
  /** Kept when given; otherwise everything is removed at the end. */
  readonly out?: string
  readonly timeoutMs: number
  readonly charter: Omit<CharterOptions, 'name' | 'classes' | 'members'>
  readonly progress: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** Shares of right answers, 0 to 1. */
export interface Accuracy {
  /** On the site's own held-out images. */
  readonly ownData: number
  /** On the held-out images of all sites together. */
  readonly allData: number
}

/** One site's row of the demo's table. */
export interface PeerReport {
  readonly id: string
  readonly name: string
  /** Digest of the merge that this peer computed. */
  readonly digest: string
  readonly trainImages: number
  readonly heldOutImages: number
  readonly contributions: number
  /** The site alone: same start, same number of local epochs. */
  readonly own: Accuracy
  readonly merged: Accuracy
  /** The site's own model, where the charter has sites keep one. */
  readonly personal?: Accuracy
  /** One model trained on the images of all sites together, for as many epochs. */
  readonly pooled: Accuracy
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** What the merge was made of, as every peer reports it. */
export interface CutReport {
  /** Ids of the contributions that count in the merge. */
  readonly contributions: readonly string[]
  /** Contributions that each peer had to choose from, superseded ones included. */
  readonly known: readonly number[]
  /** Sites × contributions per site. */
  readonly expected: number
}

export interface DemoReport {
  readonly peers: readonly PeerReport[]
  readonly cut: CutReport
  readonly adapter: string
  readonly rule: string
  readonly classifier: string
  /** Accuracy on everybody's held-out images. */
  readonly summary: {
    readonly ownMean: number
    readonly merged: number
    readonly pooled: number
    /** Ridge classifier of all images on the frozen backbone, without any adapter. */
    readonly frozen: number
    /** Pooled training on a backbone with random weights; absent where it was not run. */
    readonly randomBackbone?: number
    /** The charter's start: backbone with an untrained adapter and classifier. */
    readonly base: number
  }
  readonly checks: readonly DemoCheck[]
  readonly passed: boolean
  readonly seconds: { readonly swarm: number; readonly baselines: number; readonly total: number }
  /** Where homes and data were kept; null where they were removed. */
  readonly directory: string | null
}

export interface DemoCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}
