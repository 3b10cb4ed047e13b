import { nameOf } from './members-report.ts'
import type { MembershipSite } from './types.ts'

export interface TaskSiteReport {
  readonly peer: string
  readonly name: string
  readonly self: boolean
  readonly held: readonly string[]
}

export interface TaskReport {
  /** Place in the order of opening, from 1; may still change while openings of others arrive. */
  readonly number: number
  readonly name: string
  readonly id: string
  readonly classes: readonly string[]
  /** Name of who opened it. */
  readonly openedBy: string
  /** Members that take part, by name. */
  readonly sites: readonly TaskSiteReport[]
  /** Classes that no member holds. */
  readonly unheld: readonly string[]
  /** Admitted. */
  readonly contributions: number
}

export interface TasksReport {
  readonly consortium: string
  readonly tasks: readonly TaskReport[]
}

/** The tasks that are open, and who holds what of them. */
export function tasksReport(site: MembershipSite): TasksReport {
  const { state } = site.ledger
  const tasks = [...state.tasks.values()].map(({ id, name, classes, openedBy, sites }, index) => {
    const takingPart = [...sites].map(([peer, held]) => ({
      peer,
      name: nameOf(state, peer),
      self: peer === site.identity.peer,
      held,
    }))
    const somewhere = new Set(takingPart.flatMap(({ held }) => held))
    return {
      number: index + 1,
      name,
      id,
      classes,
      openedBy: nameOf(state, openedBy),
      sites: takingPart.sort((a, b) => (a.name < b.name ? -1 : 1)),
      unheld: classes.filter((label) => !somewhere.has(label)),
      contributions: site.contributedTo(id),
    }
  })
  return { consortium: site.consortium, tasks }
}
