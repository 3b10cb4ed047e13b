import { decodeEnvelope, openStatement, type OpenedStatement } from '../../gossip/records.ts'
import { decodeHeader, type ContributionHeader } from '../../merge/index.ts'
import { Blocks } from '../blocks.ts'
import { charterDigest, type Charter } from '../charter.ts'
import { openSiteStore } from '../components.ts'
import { readHomeRules } from '../home-ledger.ts'
import { lockHome } from '../home-lock.ts'
import { readCharter, type HomePaths } from '../home.ts'
import { silentLogger } from '../logger.ts'
import { readHomeRounds } from '../rounds-file.ts'
import { runningNode } from '../running-node.ts'
import type { ContributionState } from '../types.ts'
import { tellHoldings, type ToldHoldings } from './tell-holdings.ts'

export interface HeldContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly state: ContributionState
  readonly envelope: Uint8Array
  /** Files of the payload's chunks in order; there while it is admitted. */
  readonly payload: readonly string[]
}

/** What merges are computed from at a home, at one moment. */
export interface Holdings {
  /** The charter that the consortium was founded with. */
  readonly founding: Charter
  readonly statements: readonly OpenedStatement[]
  /** Certificates of the staged schedule, from round 0 on. */
  readonly rounds: readonly Uint8Array[]
  readonly contributions: readonly HeldContribution[]
}

export interface HoldingsOptions {
  /** Of the contributions asked for; those that this home has never seen are left out. @default all that are admitted */
  readonly ids?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * By the node where one runs, from the disk where none does. Of a node nothing is asked but what it has in memory: payloads are read from its
 * files, which have the names of what is in them.
 *
 * @throws HomeLockedError - another command is at work there; InvalidFileError; RefusedError - a statement is damaged
 */
export async function readHoldings(
  paths: HomePaths,
  { ids, signal }: HoldingsOptions = {},
): Promise<Holdings> {
  const founding = await readCharter(paths)
  const running = await runningNode(paths)
  const told =
    running === undefined
      ? await holdingsOfStopped(paths, ids)
      : ((await running.execute({ command: 'holdings', ...(ids && { ids }) }, { ...(signal && { signal }) })) as ToldHoldings) // prettier-ignore
  return await openHoldings(paths, founding, told)
}

async function holdingsOfStopped(
  paths: HomePaths,
  ids: readonly string[] | undefined,
): Promise<ToldHoldings> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    const { statements } = await readHomeRules(paths)
    const rounds = await readHomeRounds(paths.rounds)
    await using store = await openSiteStore(paths, silentLogger())
    return await tellHoldings({ store, statements, rounds }, ids)
  } finally {
    await lock.release()
  }
}

async function openHoldings({ blocks }: HomePaths, founding: Charter, told: ToldHoldings): Promise<Holdings> {
  const files = new Blocks(blocks)
  const consortium = charterDigest(founding)
  const contributions = told.contributions.map(({ id, state, envelope: text }) => {
    const envelope = fromBase64(text)
    const header = decodeHeader(decodeEnvelope(envelope).header)
    return { id, header, state, envelope, payload: header.payload.chunks.map((chunk) => files.path(chunk)) }
  })
  const statements = told.statements.map((text) => openStatement(fromBase64(text), consortium))
  return { founding, statements: await Promise.all(statements), rounds: told.rounds.map(fromBase64), contributions } // prettier-ignore
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
