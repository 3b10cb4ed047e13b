import { GrowingInt32 } from './growing-int32.ts'
import { MemoryBudget } from './memory-budget.ts'
import { openSpillFile } from './spill-file.ts'
import type { SpillFile } from './spill-file.ts'

/** Records of bytes under growing indices; what a sample set reads from. */
export interface RecordStore {
  readonly count: number
  /** Keeps a copy. @throws SpillError */
  append(record: Uint8Array): void
  /** Bytes of each record. */
  sizes(): Int32Array
  /** The record; its bytes are valid until the next call. @throws SpillError */
  read(index: number): Uint8Array
  /** Frees memory and files. Harmless twice. */
  close(): void
}

export interface RecordStoreOptions {
  /** Memory for the records; what does not fit goes to a temporary file. Shared by the stores that are given the same one. */
  readonly budget?: MemoryBudget
  /** Opens that file, once it is needed. @default a nameless file in the system's folder for such */
  readonly openSpill?: () => SpillFile
}

/** Memory is taken in blocks of this many bytes, or of one record where that is larger. */
const BLOCK_BYTES = 1024 ** 2
/** In place of a block's number: the record is in the file. */
const SPILLED = -1

/**
 * Records in memory as long as the budget lasts, beyond it in a temporary file, from which they are read one by one; the system's file
 * cache makes that cheap. Besides the budget it takes 16 bytes a record, and two blocks for writing and reading.
 */
export function recordStore({
  budget = new MemoryBudget(),
  openSpill = openSpillFile,
}: RecordStoreOptions = {}): RecordStore {
  return new TwoTierStore(budget, openSpill)
}

class TwoTierStore implements RecordStore {
  readonly #budget: MemoryBudget
  readonly #openSpill: () => SpillFile
  /** Where each record is: a block and the offset in it, or SPILLED and the offset in the file as quotient and rest. */
  readonly #blockOf = new GrowingInt32()
  readonly #offsetOf = new GrowingInt32()
  readonly #fileBlockOf = new GrowingInt32()
  readonly #sizes = new GrowingInt32()
  #blocks: Uint8Array[] = []
  /** Used bytes of the last block. */
  #used = 0
  #spill: SpilledBytes | undefined
  #isClosed = false

  constructor(budget: MemoryBudget, openSpill: () => SpillFile) {
    this.#budget = budget
    this.#openSpill = openSpill
  }

  get count(): number {
    return this.#sizes.length
  }

  append(record: Uint8Array): void {
    this.#assertOpen()
    if (this.#fits(record.length)) {
      this.#blocks.at(-1)!.set(record, this.#used)
      this.#note(this.#blocks.length - 1, this.#used, 0, record.length)
      this.#used += record.length
    } else {
      const position = (this.#spill ??= new SpilledBytes(this.#openSpill())).append(record)
      this.#note(SPILLED, position % BLOCK_BYTES, Math.floor(position / BLOCK_BYTES), record.length)
    }
  }

  sizes(): Int32Array {
    return this.#sizes.toArray()
  }

  read(index: number): Uint8Array {
    this.#assertOpen()
    if (!(index >= 0 && index < this.count)) throw new RangeError(`record ${index} of ${this.count}`)
    const size = this.#sizes.at(index)
    const offset = this.#offsetOf.at(index)
    const block = this.#blockOf.at(index)
    if (block !== SPILLED) return this.#blocks[block]!.subarray(offset, offset + size)
    return this.#spill!.read(this.#fileBlockOf.at(index) * BLOCK_BYTES + offset, size)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#budget.release(this.#blocks.reduce((sum, block) => sum + block.length, 0))
    this.#blocks = []
    this.#spill?.close()
  }

  #note(block: number, offset: number, fileBlock: number, size: number): void {
    this.#blockOf.push(block)
    this.#offsetOf.push(offset)
    this.#fileBlockOf.push(fileBlock)
    this.#sizes.push(size)
  }

  /** Makes room in the last block, by a new one if the budget has it. Once a record was spilled, all later ones are. */
  #fits(size: number): boolean {
    if (this.#spill !== undefined) return false
    const last = this.#blocks.at(-1)
    if (last !== undefined && this.#used + size <= last.length) return true
    const bytes = Math.max(size, BLOCK_BYTES)
    if (!this.#budget.reserve(bytes)) return false
    this.#blocks.push(new Uint8Array(bytes))
    this.#used = 0
    return true
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error('the record store has been closed')
  }
}

/** Bytes appended to a file through a buffer. */
class SpilledBytes {
  readonly #file: SpillFile
  readonly #waiting = new Uint8Array(BLOCK_BYTES)
  /** Position in the file of the first waiting byte. */
  #written = 0
  #waits = 0
  #target = new Uint8Array(0)

  constructor(file: SpillFile) {
    this.#file = file
  }

  append(record: Uint8Array): number {
    if (this.#waits + record.length > this.#waiting.length) this.#flush()
    const position = this.#written + this.#waits
    if (record.length > this.#waiting.length) {
      this.#file.write(record, position)
      this.#written += record.length
    } else {
      this.#waiting.set(record, this.#waits)
      this.#waits += record.length
    }
    return position
  }

  read(position: number, size: number): Uint8Array {
    const start = position - this.#written
    if (start >= 0) return this.#waiting.subarray(start, start + size)
    if (this.#target.length < size) this.#target = new Uint8Array(size)
    const record = this.#target.subarray(0, size)
    this.#file.read(record, position)
    return record
  }

  close(): void {
    this.#file.close()
  }

  #flush(): void {
    this.#file.write(this.#waiting.subarray(0, this.#waits), this.#written)
    this.#written += this.#waits
    this.#waits = 0
  }
}
