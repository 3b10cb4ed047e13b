import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { candidateFile, candidateSchema, type CandidateReport } from './candidate-report.ts'
import { servingFile, servingFileSchema, type Serving } from './served-model.ts'

/** What lies in `served/` at the moment of asking: a person may change it while the node runs. A file that cannot be read says nothing; who needs it names what is the matter. */
export class ServedNow {
  readonly #serving: WatchedFile<typeof servingFileSchema>
  readonly #candidate: WatchedFile<typeof candidateSchema>

  constructor(directory: string) {
    this.#serving = new WatchedFile(servingFile(directory), servingFileSchema)
    this.#candidate = new WatchedFile(candidateFile(directory), candidateSchema)
  }

  get serving(): Serving | undefined {
    return this.#serving.value
  }

  /** The last that was judged. */
  get candidate(): CandidateReport | undefined {
    return this.#candidate.value
  }
}

/** A small file that is exchanged and never changed in place: parsed once for each that is there. */
class WatchedFile<Schema extends z.ZodType> {
  readonly #file: string
  readonly #schema: Schema
  #seen = ''
  #value: z.infer<Schema> | undefined

  constructor(file: string, schema: Schema) {
    this.#file = file
    this.#schema = schema
  }

  get value(): z.infer<Schema> | undefined {
    const stat = statSync(this.#file, { throwIfNoEntry: false })
    const now = stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`
    if (now !== this.#seen) this.#value = now === '' ? undefined : this.#read()
    this.#seen = now
    return this.#value
  }

  #read(): z.infer<Schema> | undefined {
    try {
      return parseJson(this.#schema, readFileSync(this.#file, 'utf8'), this.#file)
    } catch {
      return undefined
    }
  }
}
