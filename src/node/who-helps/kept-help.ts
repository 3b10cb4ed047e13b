import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import type { HomePaths } from '../home.ts'
import type { HelpReport } from './types.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

/** A report without classes and tasks, as the home keeps the last one: to be shown again without computing. */
export const keptHelpSchema = z.strictObject({
  v: z.literal(1),
  /** When it was made, in milliseconds since 1970. */
  at: z.int(),
  merge: digest,
  /** What that merge got right of the held-out samples. */
  correct: count,
  count,
  /** From the most helpful to the most harmful. */
  sites: z
    .array(
      z.strictObject({
        peer: z.string(),
        name: z.string(),
        self: z.boolean(),
        /** What the merge without it got right. */
        correct: count,
        gained: count,
        lost: count,
        chance: z.number().min(0).max(1),
        effect: z.enum(['helps', 'harms', 'unclear']),
      }),
    )
    .readonly(),
})

export type KeptHelp = z.infer<typeof keptHelpSchema>

export function keptHelp({ merge, figures, sites }: HelpReport, at: number): KeptHelp {
  return {
    v: 1,
    at,
    merge,
    correct: figures.correct,
    count: figures.count,
    sites: sites.map(({ peer, name, self, figures: { correct }, gained, lost, chance, effect }) => {
      return { peer, name, self, correct, gained, lost, chance, effect }
    }),
  }
}

/** In place of the report before. */
export async function keepHelp(
  { help }: Pick<HomePaths, 'help'>,
  report: HelpReport,
  at: number,
): Promise<void> {
  await writeFileAtomic(help, `${JSON.stringify(keptHelp(report, at), null, 2)}\n`, { mode: 0o600 })
}
