import { ClassicLevel } from 'classic-level'
import type { LedgerStore } from '../gossip/index.ts'

export interface HomeLedgerStore extends LedgerStore, AsyncDisposable {
  close(): Promise<void>
}

/** The statements of a home in a classic-level database, id → bytes. What `append` has resolved for survives `kill -9`. */
export async function openLedgerStore(directory: string): Promise<HomeLedgerStore> {
  const database = new ClassicLevel<string, Uint8Array>(directory, { valueEncoding: 'view' })
  await database.open()
  const close = (): Promise<void> => database.close()
  return {
    load: () => database.values().all(),
    append: (statements) =>
      database.batch(
        statements.map(({ id, bytes }) => ({ type: 'put', key: id, value: bytes })),
        { sync: true },
      ),
    close,
    [Symbol.asyncDispose]: close,
  }
}
