import type { ChunkReply } from './chunk-client.ts'
import type { ChunkPicker } from './chunk-picker.ts'

/** What holders have said of one payload. */
export class HolderAnswers {
  readonly #picker: Pick<ChunkPicker, 'learn'>
  readonly #answered = new Set<string>()
  #isPruned = false

  constructor(picker: Pick<ChunkPicker, 'learn'>) {
    this.#picker = picker
  }

  get answered(): ReadonlySet<string> {
    return this.#answered
  }

  /** One of them had the payload once and has let it go. */
  get isPruned(): boolean {
    return this.#isPruned
  }

  note(peer: string, { status, have }: ChunkReply): void {
    this.#answered.add(peer)
    if (status === 'pruned') this.#isPruned = true
    this.#picker.learn(peer, have)
  }
}
