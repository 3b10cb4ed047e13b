import { statSync } from 'node:fs'
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Hex } from '../merge/index.ts'
import { makeDirectory, syncDirectory, TEMPORARY_SUFFIX } from './atomic-file.ts'

const CHUNK_NAME = /^[0-9a-f]{64}$/

/**
 * Content-addressed chunk files, `<root>/ab/cd/abcd…`. A file gets its name only after its bytes are on disk, so a name means
 * a whole chunk; bytes that rot later are found by their digest at the next read.
 */
export class Blocks {
  readonly #root: string
  readonly #sizes = new Map<string, number>()
  #bytes = 0
  #counter = 0

  constructor(root: string) {
    this.#root = root
  }

  /** Reads the names on disk and removes what a crash left half-written. */
  async open(): Promise<void> {
    await makeDirectory(this.#root)
    for (const entry of await readdir(this.#root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      if (CHUNK_NAME.test(entry.name)) this.#note(entry.name, statSync(path).size)
      else if (entry.name.endsWith(TEMPORARY_SUFFIX)) await rm(path, { force: true })
    }
  }

  get count(): number {
    return this.#sizes.size
  }

  get bytes(): number {
    return this.#bytes
  }

  digests(): readonly string[] {
    return [...this.#sizes.keys()]
  }

  has(digest: string): boolean {
    return this.#sizes.has(digest)
  }

  path(digest: string): string {
    return join(this.#root, digest.slice(0, 2), digest.slice(2, 4), digest)
  }

  /** Bytes of a chunk, or undefined when it is missing. `corrupt` says that the file held other bytes. */
  async read(digest: string): Promise<{ bytes: Uint8Array | undefined; corrupt: boolean }> {
    if (!this.#sizes.has(digest)) return { bytes: undefined, corrupt: false }
    const bytes = await readFile(this.path(digest)).catch(() => undefined)
    if (bytes === undefined || sha256Hex(bytes) !== digest) return { bytes: undefined, corrupt: true }
    return { bytes, corrupt: false }
  }

  async write(digest: string, bytes: Uint8Array): Promise<void> {
    if (this.#sizes.has(digest)) return
    const path = this.path(digest)
    await this.#makeFolder(dirname(path))
    this.#counter += 1
    const temporary = `${path}.${this.#counter}${TEMPORARY_SUFFIX}`
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }) // half a chunk on a full disk is of no use
      throw error
    }
    await syncDirectory(dirname(path))
    this.#note(digest, bytes.byteLength)
  }

  async remove(digest: string): Promise<void> {
    this.#bytes -= this.#sizes.get(digest) ?? 0
    this.#sizes.delete(digest)
    await rm(this.path(digest), { force: true })
  }

  #note(digest: string, size: number): void {
    this.#bytes += size - (this.#sizes.get(digest) ?? 0)
    this.#sizes.set(digest, size)
  }

  async #makeFolder(folder: string): Promise<void> {
    const made = await mkdir(folder, { recursive: true })
    if (made === undefined) return
    await syncDirectory(dirname(folder))
    await syncDirectory(this.#root)
  }
}
