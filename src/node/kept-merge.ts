import {
  incrementalMerge,
  type ContributionHeader,
  type ContributionView,
  type IncrementalMerge,
  type MergeContext,
  type MergeResult,
  type MergeSpec,
} from '../merge/index.ts'

interface Identified {
  readonly id: string
  readonly header: ContributionHeader
}

/** Contributions to merge, and how one is opened. */
export interface SetToMerge<T extends Identified> {
  readonly spec: MergeSpec
  readonly context: MergeContext
  readonly contributions: readonly T[]
  readonly open: (contribution: T) => ContributionView
}

interface ReopenedView extends ContributionView {
  /** What is read after this is read from disk, and verified, anew. */
  close(): void
}

/** What the merge thread keeps from one merge under a charter with exact sums to the next. */
interface KeptMerge {
  readonly key: string
  readonly merge: IncrementalMerge
  views: ReadonlyMap<string, ReopenedView>
}

let kept: KeptMerge | undefined

/**
 * The merge under a spec with exact sums: reads only what has come or gone since the last one under the same spec. What goes is
 * verified again as it is read again, since other bytes than those that were added would stay in the sums.
 */
export function mergeKept<T extends Identified>({
  spec,
  context,
  contributions,
  open,
}: SetToMerge<T>): MergeResult {
  const key = JSON.stringify([context.charter, context.carried, spec])
  if (kept?.key !== key) kept = { key, merge: incrementalMerge(spec, context), views: new Map() }
  const { merge, views } = kept
  const now = contributions.map((files) => views.get(files.id) ?? reopened(files, open))
  try {
    const result = merge.merge(now)
    kept.views = new Map(now.map((view) => [view.id, view]))
    return result
  } finally {
    for (const view of now) view.close()
  }
}

/** Opened when something in it is asked for; remembers which tensors it has seen there. */
function reopened<T extends Identified>(files: T, open: (contribution: T) => ContributionView): ReopenedView {
  let opened: ContributionView | undefined
  const held = new Map<string, boolean>()
  const view = (): ContributionView => (opened ??= open(files))
  return {
    id: files.id,
    header: files.header,
    has(name) {
      const isHeld = held.get(name) ?? view().has(name)
      held.set(name, isHeld)
      return isHeld
    },
    tensor: (name) => view().tensor(name),
    bytes: (name) => view().bytes(name),
    close: () => (opened = undefined),
  }
}
