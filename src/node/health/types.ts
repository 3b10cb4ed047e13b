/** What a supervisor asks of a node, from the least to the most. */
export const HEALTH_QUESTIONS = ['live', 'ready', 'agreement'] as const
export type HealthQuestion = (typeof HEALTH_QUESTIONS)[number]

/** Three answers that must not be taken for one another: a node that runs may not be ready, and one that is ready may disagree. */
export interface Health {
  /** The process answers. Only where this does not hold does a restart help. */
  readonly live: boolean
  /** It is a member, its charter, backbone and data fit, and it trains, gossips and merges. */
  readonly ready: boolean
  /** Every member has lately said to hold the same merge as this node. One that is away makes this false, and is no fault of this node. */
  readonly agreement: boolean
  /** For people: why each of them does or does not hold. */
  readonly why: { readonly [question in HealthQuestion]: string }
}
