import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../atomic-file.ts'

/** A file that only grows, readable by its owner only. What `append` has resolved for survives a power cut. */
export class AppendFile {
  readonly #handle: FileHandle
  #size: number
  /** A write has failed, so that there may be a part of it behind `#size`. */
  #isTorn = false

  /** Opens it at this length: what is behind is taken away. */
  static async open(path: string, size: number): Promise<AppendFile> {
    const handle = await open(path, 'a', 0o600)
    try {
      await handle.truncate(size)
      await handle.sync()
      await syncDirectory(dirname(path))
      return new AppendFile(handle, size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  /** All of it or, after an error, nothing of it once something is appended again. */
  async append(text: string): Promise<void> {
    if (this.#isTorn) await this.#handle.truncate(this.#size)
    this.#isTorn = true
    await this.#handle.appendFile(text)
    await this.#handle.sync()
    this.#isTorn = false
    this.#size += Buffer.byteLength(text)
  }

  async close(): Promise<void> {
    if (this.#isTorn) await this.#handle.truncate(this.#size).catch(() => undefined) // else the next start does it
    await this.#handle.close()
  }
}
