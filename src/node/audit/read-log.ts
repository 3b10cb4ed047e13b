import { stat } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import { AuditChain, isFlaw, type ChainFlaw } from './audit-chain.ts'
import { isSealedBy, type AuditEntry, type SealedEntry } from './audit-entry.ts'
import type { FactsOf } from './audit-kinds.ts'
import { logLines, MAX_LINE_BYTES } from './log-lines.ts'

export interface ReadLogOptions {
  /** All signatures are checked, or that of the newest entry, which by the chain covers those before. @default 'newest' */
  readonly signatures?: 'all' | 'newest'
  readonly signal?: AbortSignal | undefined
  /** Told each entry that follows the one before, in order; where the newest is not signed, more than `entries` says. */
  readonly onEntry?: (entry: AuditEntry, digest: string) => void
}

/** What a log holds as far as it holds. */
export interface LogReading {
  readonly entries: number
  /** Digest of the newest entry; null where there is none. */
  readonly head: string | null
  /** What the first entry says; undefined where there is none. */
  readonly begun: FactsOf<'log-begun'> | undefined
  /** Bytes up to the end of the newest entry, and of one behind it that a crash has cut off. */
  readonly bytes: number
  readonly tornBytes: number
  readonly flaw: ChainFlaw | null
}

/**
 * Follows the chain of a log from its first entry to its newest, or to the first that does not hold. Memory holds an entry at a time.
 *
 * @throws PeermergeError ERR_NO_AUDIT - there is no such file; the file system's other errors
 */
export async function readLog(file: string, options: ReadLogOptions = {}): Promise<LogReading> {
  const { signatures = 'newest', signal, onEntry } = options
  const chain = new AuditChain()
  const { size } = await stat(file).catch((cause: unknown) => missing(file, cause))
  let bytes = 0
  for await (const { text, end } of logLines(file)) {
    signal?.throwIfAborted()
    if (text === undefined) return reading(chain, bytes, 0, chain.flaw('too-large', `more than ${MAX_LINE_BYTES} bytes`)) // prettier-ignore
    const signer = chain.begun?.peer
    const step = chain.next(text)
    if (isFlaw(step)) return reading(chain, bytes, 0, step)
    if (signatures === 'all' || signer === undefined) {
      const flaw = await objectionTo(step, chain)
      if (flaw !== undefined) return reading(chain, bytes, 0, flaw, 1)
    }
    bytes = end
    onEntry?.(step.entry, step.digest)
  }
  const isForged = chain.newest !== undefined && (await objectionTo(chain.newest, chain)) !== undefined
  if (isForged) return await readLog(file, { signatures: 'all', signal }) // up to which entry they hold
  return reading(chain, bytes, Math.max(0, size - bytes), null)
}

function missing(file: string, cause: unknown): never {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  const problem = 'there is no such log; a node writes one from its first start on'
  throw new PeermergeError('ERR_NO_AUDIT', `${file}: ${problem}`, { file }, { cause })
}

/** The entry has just been taken for good. */
async function objectionTo(sealed: SealedEntry, { begun }: AuditChain): Promise<ChainFlaw | undefined> {
  const { peer } = begun!
  if (await isSealedBy(sealed, peer)) return undefined
  const line = sealed.entry.sequence
  return { line, reason: 'bad-signature', message: `entry ${line}: not signed by ${peer} (bad-signature)` }
}

function reading(
  chain: AuditChain,
  bytes: number,
  tornBytes: number,
  flaw: ChainFlaw | null,
  unsigned = 0,
): LogReading {
  const entries = chain.entries - unsigned
  const head = unsigned === 0 ? chain.head : (chain.newest?.entry.previous ?? null)
  return { entries, head, begun: chain.begun, bytes, tornBytes, flaw }
}
