import { sha256Hex } from '../../merge/index.ts'
import type { Cut, Network } from '../../gossip/index.ts'
import type { OpenSite } from '../components.ts'
import type { EventHub } from '../event-hub.ts'
import { memberName } from '../member-name.ts'
import type { Problems } from '../problems.ts'
import { describeAgenda } from './agenda-text.ts'

export interface RoundEventsInit {
  readonly site: Pick<OpenSite, 'spec' | 'roster' | 'ledger'>
  readonly network: Pick<Network, 'events'>
  readonly hub: EventHub
  readonly problems: Pick<Problems, 'add' | 'failed'>
}

/** Tells of the rounds of the staged schedule, and of what stands in their way. */
export function tellRounds(init: RoundEventsInit): void {
  const { network, hub, problems, site } = init
  const { events } = network
  events.on('round-decided', (cut, digest) => hub.emit(roundEvent(init, cut, digest)))
  events.on('round-forgotten', (incarnation) => {
    const text = `this home has been restored from a copy: it votes again once a round has named its new memory, ${incarnation}; contributions go on`
    problems.add('round-forgotten', text)
  })
  events.on('round-contradiction', (author, first, second) => {
    const name = memberName(site.roster, author)
    const digests = [first, second].map((word) => sha256Hex(word).slice(0, 12))
    const text = `${name} has signed two words of one round that contradict each other (${digests.join(', ')}): two copies of its home run, or its program is not honest; ask that site`
    problems.add('round-contradiction', text)
  })
  events.on('round-failure', (error) => problems.failed('round', error))
}

function roundEvent({ site: { spec, roster, ledger } }: RoundEventsInit, cut: Cut, digest: string) {
  const { round, contributions, acceptors, agenda } = cut
  const taskName = (task: string): string | undefined => ledger.state.tasks.get(task)?.name
  return {
    type: 'round',
    round,
    contributions: contributions.length,
    voters: acceptors.map(({ peer }) => memberName(roster, peer)),
    next: describeAgenda(spec.staged!, agenda, taskName),
    digest,
  } as const
}
