import type { RobustSpec } from '../types.ts'

/**
 * What new charters say: caps and a clip that honest sites of different sizes and inputs hardly meet, and the closed form. Measured in
 * docs/results/attacks.md; decided in docs/decisions/0009-robust-default.md.
 */
export const DEFAULT_ROBUST: RobustSpec = {
  normalise: false,
  countCap: { times: 2 },
  energyCap: 2,
  directionalCap: { floor: 0.1, ceiling: 10 },
  clip: 1.5,
}
