import { generateIdentity, Ledger, signStatement } from '../../../src/gossip/index.ts'
import type {
  Action,
  Genesis,
  Identity,
  LedgerInit,
  LedgerStore,
  OpenedStatement,
} from '../../../src/gossip/index.ts'
import { CONSORTIUM } from './contributions.ts'
import { testLogger } from './swarm.ts'

/** Keeps statements in memory and can be told to fail. */
export class MemoryLedgerStore implements LedgerStore {
  readonly kept = new Map<string, Uint8Array>()
  failures = 0

  load(): Promise<Uint8Array[]> {
    return Promise.resolve([...this.kept.values()])
  }

  append(statements: readonly Pick<OpenedStatement, 'id' | 'bytes'>[]): Promise<void> {
    if (this.failures > 0) {
      this.failures--
      return Promise.reject(new Error('disk full'))
    }
    for (const { id, bytes } of statements) this.kept.set(id, bytes)
    return Promise.resolve()
  }
}

export async function founders(count: number): Promise<{ identities: Identity[]; genesis: Genesis }> {
  const identities = await Promise.all(Array.from({ length: count }, () => generateIdentity()))
  const members = identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` }))
  return { identities, genesis: { consortium: CONSORTIUM, members } }
}

export function openLedger(
  genesis: Genesis,
  identity: Identity,
  options: Partial<LedgerInit> = {},
): Promise<Ledger> {
  return Ledger.open({
    genesis,
    identity,
    store: new MemoryLedgerStore(),
    logger: testLogger('ledger'),
    checkCharter: () => undefined,
    ...options,
  })
}

/** Without any check of its effect, as a liar would. */
export function saySigned(
  author: Identity,
  action: Action,
  parents: readonly OpenedStatement[] = [],
  consortium = CONSORTIUM,
): Promise<OpenedStatement> {
  const ids = parents.map(({ id }) => id).sort()
  return signStatement({ v: 1, consortium, author: author.peer, parents: ids, action }, author)
}
