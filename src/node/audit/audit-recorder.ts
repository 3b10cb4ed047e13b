import type { Identity } from '../../gossip/index.ts'
import { VERSION } from '../../version.ts'
import type { OpenSite } from '../components.ts'
import type { EventHub } from '../event-hub.ts'
import { memberName } from '../member-name.ts'
import { statementEvent } from '../membership/statement-events.ts'
import type { Problems } from '../problems.ts'
import type { NodeEvent } from '../node-event.ts'
import { readServing } from '../serving/served-model.ts'
import type { NodeStore } from '../types.ts'
import type { AuditDraft } from './audit-kinds.ts'
import { AuditLog } from './audit-log.ts'
import { chosenDrafts } from './chosen-drafts.ts'
import { catchUp, type HomeContents } from './catch-up.ts'
import { draftOf, isRecorded } from './draft-of-event.ts'
import type { LogState } from './log-state.ts'
import { publishedDraft } from './published-draft.ts'
import { changedSettings, recordedSettings } from './recorded-settings.ts'

export interface AuditRecorderInit {
  readonly file: string
  readonly name: string
  readonly consortium: string
  /** Where it is said what the site serves. */
  readonly served: string
  readonly identity: Identity
  readonly hub: EventHub
  readonly problems: Pick<Problems, 'add'>
}

/** One run of the site, as far as it is recorded. */
export interface RecordedRun {
  readonly site: OpenSite
  readonly store: NodeStore
}

/** So long a node that stops waits for tensors to be read before their store closes. */
const SETTLE_MS = 1_000

/** Records in the site's log what a node tells. Before its first run, while the home may be another process's, nothing is recorded. */
export class AuditRecorder {
  readonly #init: AuditRecorderInit
  readonly #log: AuditLog
  #run: RecordedRun | undefined

  constructor(init: AuditRecorderInit) {
    this.#init = init
    const { file, name, consortium, identity, problems, hub } = init
    const onProblem = (code: string, text: string): void => problems.add(code, text)
    this.#log = new AuditLog({ file, identity, owner: { name, consortium }, onProblem })
    hub.subscribe((event) => this.#record(event))
  }

  /** A run has been opened and tells nothing yet. With the first one the node has started. */
  opened(run: RecordedRun): void {
    const isFirst = this.#run === undefined
    this.#run = run
    if (!isFirst) return
    this.#log.add((state) => startDrafts(run, state))
    const contents = contentsOf(run)
    this.#log.add((state, signal) => catchUp(state, contents, run.store, signal))
    this.chosen()
  }

  /** A person may have chosen what is served: recorded unless the log says so already. */
  chosen(): void {
    const { served } = this.#init
    this.#log.add(async (state) => chosenDrafts(state, await readServing(served)))
  }

  /** Resolves when all that has been told is on disk, or after so long. */
  flush(timeoutMs = SETTLE_MS): Promise<void> {
    return this.#log.flush(timeoutMs)
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  #record(event: NodeEvent): void {
    const run = this.#run
    if (run === undefined) return
    if (event.type === 'published') this.#log.add(() => published(run, event.id))
    else if (isRecorded(event)) this.#log.add((state) => [draftOf(event, state)].filter((draft) => draft !== null)) // prettier-ignore
  }
}

async function published({ site, store }: RecordedRun, id: string): Promise<readonly AuditDraft[]> {
  const contribution = store.get(id)
  return contribution === undefined ? [] : [await publishedDraft(store, contribution, site)]
}

function startDrafts({ site }: RecordedRun, { settings: before }: LogState): readonly AuditDraft[] {
  const settings = recordedSettings(site.config, site.policy.digest)
  const facts = { version: VERSION, charter: site.charterDigest, settings }
  const changes = before === null ? [] : changedSettings(before, settings)
  return [
    { kind: 'node-started', facts },
    ...(changes.length > 0 ? [{ kind: 'configuration-changed', facts: { changes } } as const] : []),
  ]
}

function contentsOf({ site, store }: RecordedRun): HomeContents {
  const { identity, ledger, roster } = site
  const statements = ledger.statements().map((opened) => {
    const { id, author, name, text } = statementEvent(ledger, opened)
    return { id, author, name, text }
  })
  const own = store.list('admitted', 'fetching', 'pruned').filter(({ header }) => header.peer === identity.peer) // prettier-ignore
  const others = store.list('admitted').filter(({ header }) => header.peer !== identity.peer)
  return {
    statements,
    own: own.sort((a, b) => a.header.sequence - b.header.sequence),
    others: others.map(({ id, header: { peer, sequence } }) => ({ id, peer, name: memberName(roster, peer), sequence })), // prettier-ignore
  }
}
