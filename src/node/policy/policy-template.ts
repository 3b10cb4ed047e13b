import type { Policy } from './policy-schema.ts'
import { STATISTICS } from './statistics-asked.ts'

const TEMPLATE: Policy = {
  v: 1,
  floors: { samples: 50, perClass: 10 },
  statistics: [...STATISTICS],
  outbox: true,
  quietHours: [],
  bandwidth: {},
}

/** A policy to start from: everything waits for a person, floors are higher than a charter's usual ones, all statistics are named. */
export const POLICY_TEMPLATE = `${JSON.stringify(TEMPLATE, null, 2)}\n`
