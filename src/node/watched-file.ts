import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { parseJson } from './parse-json.ts'

/** A small file that is exchanged and never changed in place: parsed once for each that is there. One that cannot be read says nothing. */
export class WatchedFile<Schema extends z.ZodType> {
  readonly #file: string
  readonly #schema: Schema
  #seen = ''
  #value: z.infer<Schema> | undefined

  constructor(file: string, schema: Schema) {
    this.#file = file
    this.#schema = schema
  }

  /** At the moment of asking; undefined where there is none. */
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
