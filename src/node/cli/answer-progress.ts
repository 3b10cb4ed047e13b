/** Before this nothing is said. */
const QUIET_MS = 2000
/** Where a line cannot be written over. */
const EVERY_MS = 10_000

/** Says on the way how many inputs have been answered: on a terminal one line, elsewhere one every ten seconds. */
export class AnswerProgress {
  readonly #stream: NodeJS.WriteStream
  readonly #started = performance.now()
  #told = 0
  #done = 0
  #hasLine = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  advance(inputs: number, total: number | undefined): void {
    this.#done += inputs
    const elapsed = performance.now() - this.#started
    const { isTTY } = this.#stream
    if (elapsed < QUIET_MS || (!isTTY && elapsed - this.#told < EVERY_MS)) return
    this.#told = elapsed
    const speed = (1000 * this.#done) / elapsed
    const text = `${this.#done}${total === undefined ? '' : ` of ${total}`} answered, ${speed.toFixed(0)}/s`
    this.#stream.write(isTTY ? `\r\u001b[2K${text}` : `${text}\n`)
    this.#hasLine = isTTY
  }

  /** Before something else is written. */
  clear(): void {
    if (this.#hasLine) this.#stream.write('\r\u001b[2K')
    this.#hasLine = false
  }
}
