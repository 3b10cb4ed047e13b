import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { EvaluateResult } from '../../training/index.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import type { Logger } from '../logger.ts'
import { parseJson } from '../parse-json.ts'

/** The site's model on its own, the one that it last trained, the merge that was scored last, what the site serves. */
export const FIGURE_ROLES = ['alone', 'trained', 'merged', 'served'] as const
export type FigureRole = (typeof FIGURE_ROLES)[number]

/** Kinds of mistake that are kept, the most frequent. */
const MAX_MISTAKES = 1000

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().min(0)
const figure = z.strictObject({
  /** Of the model; null for one that has none yet. */
  digest: digest.nullable(),
  /** When it was measured, in milliseconds since 1970. */
  at: z.number(),
  correct: count,
  count,
  /** In the order of the classifier's rows. */
  perClass: z.array(z.strictObject({ correct: count, count })).readonly(),
  mistakes: z
    .array(z.strictObject({ label: count, answer: count, count }))
    .max(MAX_MISTAKES)
    .readonly(),
})
const schema = z.strictObject({
  v: z.literal(1),
  charter: digest,
  figures: z.partialRecord(z.enum(FIGURE_ROLES), figure),
})

/** What one model got right of this site's held-out samples, class by class, and what it took for what. */
export type HeldOutFigure = z.infer<typeof figure>
export type Figures = { readonly [Role in FigureRole]?: HeldOutFigure | undefined }

export interface HeldOutFiguresInit {
  readonly file: string
  /** Digest of the charter that this run goes by. */
  readonly charter: string
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** The newest figures of each kind of model, kept over restarts; another charter starts anew. */
export class HeldOutFigures {
  readonly #init: HeldOutFiguresInit
  #figures: Figures
  #writing: Promise<void> = Promise.resolve()

  /** Starts empty where there is no file, or one that cannot be read: nothing but the display depends on it. */
  static async open(init: HeldOutFiguresInit): Promise<HeldOutFigures> {
    try {
      const { charter, figures } = parseJson(schema, await readFile(init.file, 'utf8'), init.file)
      if (charter === init.charter) return new HeldOutFigures(init, figures)
    } catch (error) {
      const isMissing = (error as { code?: unknown }).code === 'ENOENT'
      if (!isMissing) init.logger.warn({ err: error }, 'earlier figures of held-out samples are not known any more') // prettier-ignore
    }
    return new HeldOutFigures(init, {})
  }

  private constructor(init: HeldOutFiguresInit, figures: Figures) {
    this.#init = init
    this.#figures = figures
  }

  get all(): Figures {
    return this.#figures
  }

  /** Never waits: what cannot be written is known until this run ends. */
  enter(role: FigureRole, digest: string | null, result: EvaluateResult): void {
    const { correct, count, perClass } = result
    const mistakes = result.mistakes.slice(0, MAX_MISTAKES)
    const at = this.#init.wallNow()
    this.#figures = { ...this.#figures, [role]: { digest, at, correct, count, perClass, mistakes } }
    this.#writing = this.#writing.then(() => this.#write())
  }

  /** Resolves when all that was entered is on disk, or could not be written. */
  async close(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    const { file, charter, logger } = this.#init
    const text = JSON.stringify({ v: 1, charter, figures: this.#figures })
    await writeFileAtomic(file, `${text}\n`, { mode: 0o600 }).catch((error: unknown) => {
      logger.warn({ err: error }, 'figures of held-out samples could not be written')
    })
  }
}
