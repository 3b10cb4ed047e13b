import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import type { Logger } from '../logger.ts'
import { parseJson } from '../parse-json.ts'
import { nextRecords, type ScoredTask, type TaskRecord } from './task-record.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().min(0)
const score = z.strictObject({ merge: digest, correct: count, count: count.min(1) })
const schema = z.strictObject({
  v: z.literal(1),
  charter: digest,
  merge: digest.nullable(),
  tasks: z.array(
    z.strictObject({
      task: digest.nullable(),
      now: score,
      end: score,
      own: digest,
      others: digest,
      isMeasurable: z.boolean(),
    }),
  ),
})

export interface ScoreBookInit {
  readonly file: string
  /** Digest of the charter that this run goes by. */
  readonly charter: string
  /** Earlier ones whose contributions are merged on under it. */
  readonly carried: { has(charter: string): boolean }
  readonly logger: Logger
}

/** What this site's held-out samples have said of merges, task by task, kept over restarts. Another charter that carries nothing over starts anew. */
export class ScoreBook {
  readonly #init: ScoreBookInit
  #merge: string | null
  #records: readonly TaskRecord[]

  /** Starts empty where there is no file, or one that cannot be read: nothing but the display depends on it. */
  static async open(init: ScoreBookInit): Promise<ScoreBook> {
    try {
      const { charter, merge, tasks } = parseJson(schema, await readFile(init.file, 'utf8'), init.file)
      if (charter === init.charter || init.carried.has(charter)) return new ScoreBook(init, merge, tasks)
    } catch (error) {
      const isMissing = (error as { code?: unknown }).code === 'ENOENT'
      if (!isMissing) init.logger.warn({ err: error }, 'earlier accuracies are not known any more')
    }
    return new ScoreBook(init, null, [])
  }

  private constructor(init: ScoreBookInit, merge: string | null, records: readonly TaskRecord[]) {
    this.#init = init
    this.#merge = merge
    this.#records = records
  }

  /** Digest of the merge that was scored last; null before the first. */
  get merge(): string | null {
    return this.#merge
  }

  get records(): readonly TaskRecord[] {
    return this.#records
  }

  /** A merge has been scored. Where it cannot be written, it is known until this run ends. */
  async enter(merge: string, found: readonly ScoredTask[]): Promise<void> {
    this.#records = nextRecords(this.#records, merge, found)
    this.#merge = merge
    const { file, charter, logger } = this.#init
    const text = JSON.stringify({ v: 1, charter, merge, tasks: this.#records })
    await writeFileAtomic(file, `${text}\n`).catch((error: unknown) => {
      logger.warn({ err: error }, 'accuracies could not be written')
    })
  }
}
