import type { FileHandle } from 'node:fs/promises'

const FLUSH_LENGTH = 64 * 1024

/** Lines of JSON, written in larger pieces. */
export class LineWriter {
  readonly #file: FileHandle
  #waiting = ''

  constructor(file: FileHandle) {
    this.#file = file
  }

  async write(value: object): Promise<void> {
    this.#waiting += `${JSON.stringify(value)}\n`
    if (this.#waiting.length >= FLUSH_LENGTH) await this.flush()
  }

  async flush(): Promise<void> {
    const text = this.#waiting
    this.#waiting = ''
    await this.#file.appendFile(text)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
