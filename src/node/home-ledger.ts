import { existsSync } from 'node:fs'
import { openStatement, type OpenedStatement } from '../gossip/records.ts'
import { rulesOf, type ConsortiumRules } from './consortium-rules.ts'
import { charterDigest } from './charter.ts'
import { lockHome } from './home-lock.ts'
import { readCharter, type HomePaths } from './home.ts'
import { readHomeRounds } from './rounds-file.ts'
import { openLedgerStore } from './ledger-store.ts'

/** What a stopped node's home says that contributions are judged and merged by. */
export interface HomeRules {
  readonly rules: ConsortiumRules
  readonly statements: readonly OpenedStatement[]
}

/** As {@link readHomeRules}, of a home that nobody has locked. @throws HomeLockedError - the node runs */
export async function readLockedRules(
  paths: HomePaths,
): Promise<HomeRules & { readonly rounds: readonly Uint8Array[] }> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    return { ...(await readHomeRules(paths)), rounds: await readHomeRounds(paths.rounds) }
  } finally {
    await lock.release()
  }
}

/** The home must be locked. @throws InvalidFileError, RefusedError - a statement is damaged */
export async function readHomeRules(paths: HomePaths): Promise<HomeRules> {
  const founding = await readCharter(paths)
  const statements = await readStatements(paths, charterDigest(founding))
  return { rules: rulesOf(founding, statements), statements }
}

async function readStatements(
  { ledger }: Pick<HomePaths, 'ledger'>,
  consortium: string,
): Promise<readonly OpenedStatement[]> {
  if (!existsSync(ledger)) return [] // a home that no node has run in
  await using store = await openLedgerStore(ledger)
  return await Promise.all((await store.load()).map((bytes) => openStatement(bytes, consortium)))
}
