import { PeermergeError } from '../errors.ts'

/** A file that a person wrote (charter, config) says something that cannot be used. */
export class InvalidFileError extends PeermergeError {
  override readonly name = 'InvalidFileError'

  constructor(fileName: string, problems: readonly string[], options?: ErrorOptions) {
    super('ERR_INVALID_FILE', `${fileName}: ${problems.join('; ')}`, { fileName, problems }, options)
  }
}

/** Another living process runs this home. */
export class HomeLockedError extends PeermergeError {
  override readonly name = 'HomeLockedError'

  constructor(home: string, pid: number) {
    super(
      'ERR_HOME_LOCKED',
      `${home}: process ${pid} runs this home; stop it first (peermerge status shows it), or use another --home`,
      { home, pid },
    )
  }
}

/**
 * A chunk on disk is missing, short, or no longer has its digest. Not a PeermergeError: the merge room takes those for the
 * fault of the contribution, and this is the disk's.
 */
export class CorruptChunkError extends Error {
  override readonly name = 'CorruptChunkError'
  readonly code = 'ERR_CHUNK_CORRUPT'
  readonly digest: string
  readonly problem: string

  constructor(digest: string, problem: string) {
    super(`chunk ${digest}: ${problem}; it will be fetched again`)
    this.digest = digest
    this.problem = problem
  }
}

/** A payload would not fit on this node's disk; nothing of it is kept. Tried again, as room may come. */
export class NoSpaceError extends PeermergeError {
  override readonly name = 'NoSpaceError'

  constructor(whose: string, bytes: number, missingBytes: number, advice: string) {
    super(
      'ERR_NO_SPACE',
      `${whose}: ${inMb(bytes)} do not fit, ${inMb(missingBytes)} are missing; ${advice}`,
      { whose, bytes, missingBytes },
    )
  }
}

function inMb(bytes: number): string {
  return `${(Math.ceil(bytes / 1e4) / 100).toFixed(2)} MB`
}

/** What this site would publish violates its own policy or the charter; nothing was published. */
export class PublishRefusedError extends PeermergeError {
  override readonly name = 'PublishRefusedError'

  constructor(reason: string, problem: string, detail: Record<string, unknown> = {}) {
    super('ERR_PUBLISH_REFUSED', `not published (${reason}): ${problem}`, { reason, ...detail })
  }
}

/** The merge worker ended while a job was under way. */
export class WorkerCrashedError extends PeermergeError {
  override readonly name = 'WorkerCrashedError'

  constructor(worker: string, problem: string, options?: ErrorOptions) {
    super(
      'ERR_WORKER_CRASHED',
      `${worker} ended: ${problem}; it starts again with the next job`,
      { worker },
      options,
    )
  }
}

/** Key, backbone or data of this site do not fit the charter. */
export class CharterMismatchError extends PeermergeError {
  override readonly name = 'CharterMismatchError'

  constructor(operand: string, problem: string) {
    super('ERR_CHARTER_MISMATCH', `${operand}: ${problem}`, { operand })
  }
}

/** A folder of images is not laid out as needed. */
export class DataLayoutError extends PeermergeError {
  override readonly name = 'DataLayoutError'

  constructor(dir: string, problem: string, options?: ErrorOptions) {
    super('ERR_DATA_LAYOUT', `${dir}: ${problem}`, { dir }, options)
  }
}

/** Nothing answers for this home. */
export class NotRunningError extends PeermergeError {
  override readonly name = 'NotRunningError'

  constructor(home: string, options?: ErrorOptions) {
    super(
      'ERR_NOT_RUNNING',
      `${home}: no node answers; start it with peermerge run --home ${home}`,
      { home },
      options,
    )
  }
}
