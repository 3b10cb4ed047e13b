import { MAX_CLASSES, MAX_TASKS } from '../constants.ts'
import { byKey } from './by-key.ts'
import type { LedgerTask, TaskAction } from './types.ts'

interface OpenTask {
  readonly task: Omit<LedgerTask, 'sites'>
  readonly sites: Map<string, readonly string[]>
  /** What was shown of it last; undefined once it has changed. */
  shown: LedgerTask | undefined
}

/** The tasks that have been opened at one point of the fold, and who takes part. */
export class FoldTasks {
  readonly #open = new Map<string, OpenTask>()
  readonly #classes = new Set<string>()

  /** Opens the task if it is not open, and notes what the site holds; null for one that is no member. Returns why there is no effect. */
  say(id: string, { name, classes, held }: TaskAction, author: string, site: string | null): string | null {
    let open = this.#open.get(id)
    const isNew = open === undefined
    if (open === undefined) {
      const objection = this.#objection(classes)
      if (objection !== null) return objection
      open = { task: { id, name, classes, openedBy: author }, sites: new Map(), shown: undefined }
      this.#open.set(id, open)
      for (const label of classes) this.#classes.add(label)
    }
    if (site === null || isSame(open.sites.get(site), held)) return isNew ? null : 'known'
    open.sites.set(site, held)
    open.shown = undefined
    return null
  }

  /** A member is gone; the key in its place holds what it held. */
  end(peer: string, next: string | null): void {
    for (const open of this.#open.values()) {
      const held = open.sites.get(peer)
      if (held === undefined) continue
      open.sites.delete(peer)
      if (next !== null) open.sites.set(next, held)
      open.shown = undefined
    }
  }

  opened(): Map<string, LedgerTask> {
    const show = (open: OpenTask): LedgerTask => (open.shown ??= { ...open.task, sites: byKey(open.sites) })
    return new Map([...this.#open].map(([id, open]) => [id, show(open)]))
  }

  #objection(classes: readonly string[]): string | null {
    if (this.#open.size >= MAX_TASKS) return 'too-many-tasks'
    const unseen = classes.filter((label) => !this.#classes.has(label))
    return this.#classes.size + unseen.length > MAX_CLASSES ? 'too-many-classes' : null
  }
}

function isSame(before: readonly string[] | undefined, held: readonly string[]): boolean {
  return before?.length === held.length && before.every((label, i) => label === held[i])
}
