import { planOf, type Plan } from './plan.ts'
import { runSeed } from './run-seed.ts'

/** The plan of a failing seed with as few faults as still fail; each is taken away once, the last first. */
export async function shrink(seed: string): Promise<Plan> {
  let plan = planOf(seed)
  for (let at = plan.faults.length - 1; at >= 0; at--) {
    const smaller = { ...plan, faults: plan.faults.filter((_, i) => i !== at) }
    const { violations } = await runSeed(seed, { plan: smaller })
    if (violations.length > 0) plan = smaller
  }
  return plan
}
