import { WatchedFile } from '../watched-file.ts'
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
