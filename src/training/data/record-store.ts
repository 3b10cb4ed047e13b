/** Records of bytes under growing indices; what a sample set reads from. */
export interface RecordStore {
  readonly count: number
  append(record: Uint8Array): void
  /** Bytes of each record. */
  sizes(): Int32Array
  /** The record; its bytes are valid until the next call. */
  read(index: number): Uint8Array
  /** Frees memory and files. Harmless twice. */
  close(): void
}

/** Records in memory. */
export function memoryRecords(): RecordStore {
  let records: Uint8Array[] = []
  return {
    get count() {
      return records.length
    },
    append: (record) => void records.push(record),
    sizes: () => Int32Array.from(records, ({ byteLength }) => byteLength),
    read: (index) => records[index]!,
    close: () => void (records = []),
  }
}
