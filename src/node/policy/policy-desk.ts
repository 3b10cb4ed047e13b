import { stat } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import type { HomePaths } from '../home.ts'
import type { Policy } from './policy-schema.ts'
import { quietAt, QUIETED, type Quiet, type Quieted } from './quiet-hours.ts'
import { readPolicy, type FoundPolicy } from './read-policy.ts'

/** Short enough that a jump of the clock, or a new file, is seen before anybody minds. */
const LOOK_MS = 2_000

export interface PolicyDeskInit {
  readonly paths: Pick<HomePaths, 'policy'>
  /** As it was read when the node was made. */
  readonly found: FoundPolicy
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
  /** Another policy is in force, or the file has come to say something that cannot be one, or says something good again. */
  onChanged(before: FoundPolicy): void
  /** Something is quiet that was not, or the other way round. */
  onQuiet(what: Quieted, until: number | null): void
}

/**
 * The policy that a running node goes by. It looks at file and clock every two seconds, rather than to wait for a moment that a changed
 * clock would move. A file that has come to be none, or is gone, leaves the policy before it in force and closes the way out: what it was
 * meant to say is not known, so nothing leaves until it can be read.
 */
export class PolicyDesk {
  readonly #init: PolicyDeskInit
  #found: FoundPolicy
  #seen: string | undefined
  #problem: string | null = null
  #quiet: Quiet
  #ending: AbortController
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(init: PolicyDeskInit) {
    this.#init = init
    this.#found = init.found
    this.#quiet = this.#quietNow()
    this.#ending = new AbortController()
    if (this.#quiet.training !== null) this.#ending.abort(quietError(this.#quiet.training))
  }

  get policy(): Policy {
    return this.#found.policy
  }

  /** Of its file; null where there is none. */
  get digest(): string | null {
    return this.#found.digest
  }

  /** Why nothing may leave: the file is no policy any more. */
  get problem(): string | null {
    return this.#problem
  }

  /** As of the last look, which has been told. */
  get quiet(): Quiet {
    return this.#quiet
  }

  /** Aborted while training is quiet; another one after that. */
  get training(): AbortSignal {
    return this.#ending.signal
  }

  /** Looks from now on, and tells what is quiet already. */
  start(): void {
    for (const what of QUIETED) if (this.#quiet[what] !== null) this.#init.onQuiet(what, this.#quiet[what])
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS)
    void this.look()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** At the clock, and at the file where it has changed. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  /** As a person asks for it: a file that is gone is no policy. @throws InvalidFileError - it is none; nothing leaves until it is */
  async reload(): Promise<void> {
    await this.#looking
    try {
      this.#take(await readPolicy(this.#init.paths))
    } catch (error) {
      this.#refuse(error)
      throw error
    }
  }

  async #look(): Promise<void> {
    this.#hush()
    const { policy: file } = this.#init.paths
    const seen = await stat(file).then(({ mtimeMs, size, ino }) => [mtimeMs, size, ino].join(), () => 'gone') // prettier-ignore
    if (seen === this.#seen) return
    this.#seen = seen
    try {
      const found = await readPolicy(this.#init.paths)
      if (found.digest === null && this.#found.digest !== null) throw goneError(file)
      this.#take(found)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #take(found: FoundPolicy): void {
    const before = this.#found
    const hadProblem = this.#problem !== null
    this.#found = found
    this.#problem = null
    if (found.digest !== before.digest || hadProblem) this.#init.onChanged(before)
    this.#hush()
  }

  #refuse(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error)
    if (problem === this.#problem) return
    this.#problem = problem
    this.#init.onChanged(this.#found)
  }

  #hush(): void {
    const before = this.#quiet
    const now = this.#quietNow()
    this.#quiet = now
    if (now.training === null && this.#ending.signal.aborted) this.#ending = new AbortController()
    if (now.training !== null) this.#ending.abort(quietError(now.training))
    for (const what of QUIETED) {
      if (now[what] !== before[what]) this.#init.onQuiet(what, now[what])
    }
  }

  #quietNow(): Quiet {
    return quietAt(this.policy.quietHours, this.#init.wallNow())
  }
}

/** What ends training where a quiet hour begins; it goes on from its checkpoint after it. */
const QUIET_CODE = 'ERR_QUIET_HOURS'

/** Whether that is why work has ended. */
export function isQuieted(error: unknown): boolean {
  return error instanceof PeermergeError && error.code === QUIET_CODE
}

function quietError(until: number): PeermergeError {
  const text = `quiet hours of policy.json: no training until ${new Date(until).toISOString()}`
  return new PeermergeError(QUIET_CODE, text, { until })
}

function goneError(file: string): PeermergeError {
  const problem = `${file}: it is gone, and the policy read before stays in force; put it back, or say peermerge policy reload to go on without`
  return new PeermergeError('ERR_POLICY_GONE', problem, { file })
}
