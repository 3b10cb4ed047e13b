import type { ContributionHeader, RoundTerms } from '../../merge/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import { untilStored } from '../disk-trouble.ts'
import { PublishRefusedError } from '../errors.ts'
import { assertAllowed } from '../policy/assert-policy.ts'
import type { PolicyDesk } from '../policy/policy-desk.ts'
import { assembleDraft, assertAdmissible, publishAssembled, publishDraft, type PublisherInit } from '../publisher.ts' // prettier-ignore
import type { Decision } from '../schedule/schedule.ts'
import type { HeldAbout } from './outbox.ts'
import type { OutboxDesk } from './outbox-desk.ts'
import { publishedId, type OutboxItem } from './outbox-item.ts'

export interface DeparturesInit {
  readonly outbox: OutboxDesk
  readonly policy: Pick<PolicyDesk, 'policy' | 'problem' | 'quiet'>
  /** False where this site only listens: then what waits keeps waiting, released or not. */
  readonly contributes: boolean
  /** Digest of the charter that this run goes by. */
  readonly charter: string
  /** As the policy in force has it. */
  readonly publisher: () => PublisherInit
  /** For whoever decides. */
  readonly about: (header: ContributionHeader) => Pick<HeldAbout, 'classes' | 'clipping'>
  /** Of a contribution to a round: `over` where it was decided without it, `ahead` while earlier ones are not merged here. */
  readonly termsOf: (round: number) => RoundTerms | 'over' | 'ahead'
}

/** Where a site's contributions go: to the others, or into the outbox until a person has spoken; and what waits for that. */
export class Departures {
  readonly #init: DeparturesInit
  /** Released, but could not be published; tried again under another policy, and at the next start. */
  readonly #failed = new Map<string, string>()

  constructor(init: DeparturesInit) {
    this.#init = init
  }

  /** What comes before any work; undefined where work may go on. */
  next(): Decision | undefined {
    const { outbox, policy, contributes } = this.#init
    if (policy.problem !== null) return rest(`nothing leaves: ${policy.problem}`)
    for (const item of outbox.list('released', 'held')) {
      const reason = this.#lapsed(item)
      if (reason !== undefined) outbox.lapse(item.id, reason)
      else if (contributes) return this.#waiting(item)
    }
    const { training } = policy.quiet
    return training === null ? undefined : rest(`quiet hours: no training until ${new Date(training).toISOString()}`) // prettier-ignore
  }

  /** Why a person has refused what this work would make again; undefined where nobody has. */
  refusal(work: string): PublishRefusedError | undefined {
    const { decision } = this.#init.outbox.refused(work) ?? {}
    if (decision === undefined || decision === null) return undefined
    return new PublishRefusedError('refused', `${decision.by} has refused it in the outbox${because(decision.reason)}`) // prettier-ignore
  }

  /** Publishes a draft, or holds it where the policy has an outbox. @throws PublishRefusedError */
  async send(draft: ContributionDraft, work: string, signal: AbortSignal): Promise<void> {
    const init = this.#init.publisher()
    if (!this.#init.policy.policy.outbox) await publishDraft(init, draft, signal)
    else await this.#hold(init, draft, work, signal)
  }

  /** Publishes what was released. Where a crash came between store and outbox, it is there already. */
  async publish(id: string, signal: AbortSignal): Promise<void> {
    const { outbox } = this.#init
    const item = outbox.get(id)
    if (item === undefined) return
    const init = this.#init.publisher()
    try {
      const envelope = await init.store.getEnvelope(publishedId(item))
      if (envelope === undefined) await this.#publish(init, item, signal)
      else await init.network.publish(envelope)
    } catch (error) {
      if (!signal.aborted) this.#failed.set(id, error instanceof Error ? error.message : String(error))
      throw error
    }
    await outbox.done(id)
  }

  /** Another policy is in force: what could not be published under the one before is tried again. */
  policyChanged(): void {
    this.#failed.clear()
  }

  async #hold(
    init: PublisherInit,
    draft: ContributionDraft,
    work: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { outbox } = this.#init
    const assembled = await assembleDraft(init, draft, signal)
    const trouble = { signal, onTrouble: (error: Error) => init.onTrouble?.(error) }
    await untilStored(() => outbox.keepChunks(assembled), trouble)
    const payload = outbox.pathsOf(assembled.header.payload.chunks)
    await assertAdmissible(init, assembled, { at: draft.at, payload }, signal)
    await untilStored(() => outbox.hold(assembled, { work, ...this.#init.about(assembled.header) }), trouble)
  }

  async #publish(init: PublisherInit, item: OutboxItem, signal: AbortSignal): Promise<void> {
    const numbered = await this.#numbered(init, item, signal)
    const { header, headerBytes } = numbered
    const at = header.round === null ? undefined : this.#init.termsOf(header.round)
    if (at === 'over' || at === 'ahead') throw new PublishRefusedError('past-round', `round ${header.round} has been decided`) // prettier-ignore
    assertAllowed(init.policy.policy, init.spec!, { ...header, at })
    const payload = await this.#init.outbox.payloadOf(item)
    const assembled = { id: publishedId(numbered), header, headerBytes, payload }
    await publishAssembled(init, assembled, { at, release: { by: item.decision!.by! } }, signal)
  }

  /** Under the number that it was held under, unless somebody may have seen that one meanwhile. */
  async #numbered(
    { nextNumber, store, identity }: PublisherInit,
    item: OutboxItem,
    signal: AbortSignal,
  ): Promise<OutboxItem> {
    const next = (await nextNumber?.(signal)) ?? store.nextSequence(identity.peer)
    return next <= item.header.sequence ? item : await this.#init.outbox.renumber(item.id, next)
  }

  #waiting({ id, state, header }: OutboxItem): Decision {
    const what = `${header.kind} ${header.sequence} (${id.slice(0, 12)})`
    if (state === 'held') return rest(`held in the outbox: ${what}; peermerge outbox show, release or refuse ${id.slice(0, 12)}`) // prettier-ignore
    if (header.round !== null && this.#init.termsOf(header.round) === 'ahead') return rest(`${what}, which was released, waits for the rounds before it`) // prettier-ignore
    const failed = this.#failed.get(id)
    if (failed === undefined) return { kind: 'publish', text: `publishing ${what}, which was released`, id }
    return { kind: 'stuck', text: `${what} was released and could not be published: ${failed}; tried again when policy.json changes, or at the next start` } // prettier-ignore
  }

  /** Why it can be of no use to anybody any more; undefined where it can. */
  #lapsed({ header }: OutboxItem): string | undefined {
    if (header.charter !== this.#init.charter) return 'the members go by another charter now'
    if (header.round !== null && this.#init.termsOf(header.round) === 'over') return `round ${header.round} was decided without it` // prettier-ignore
    return undefined
  }
}

/** A wait that ends when a person or the clock has done something: until then nothing has to be kept in memory. */
function rest(text: string): Decision {
  return { kind: 'wait', text, waitingFor: [], until: null, rests: true }
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}
