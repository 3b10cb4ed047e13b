import { execFile } from 'node:child_process'
import { PeermergeError } from '../../src/errors.ts'

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Bytes for standard input. */
  readonly input?: string | Buffer
  /** @default 10 minutes */
  readonly timeoutMs?: number
  /** Standard error too, after the other. @default false */
  readonly bothOutputs?: boolean
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** What a command prints. @throws PeermergeError ERR_DOCKER - with what it said on standard error */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { env = {}, input, timeoutMs = 600_000, bothOutputs = false } = options
  return new Promise((resolve, reject) => {
    const settings = { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES }
    const child = execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) return resolve(bothOutputs ? stdout + stderr : stdout)
      const said = stderr.trim() || error.message
      reject(new PeermergeError('ERR_DOCKER', `${command} ${args.slice(0, 4).join(' ')}: ${said}`, {}, { cause: error })) // prettier-ignore
    })
    child.stdin?.on('error', () => undefined) // it ended before it had read all
    child.stdin?.end(input)
  })
}

export function docker(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return run('docker', args, options)
}

/** Why there is no engine to work with; undefined where there is one. */
export async function missingEngine(): Promise<string | undefined> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 20_000 })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

let found: Promise<readonly string[]> | undefined

/** `docker compose`, or the program of its own that came before. */
export async function compose(args: readonly string[], options: RunOptions = {}): Promise<string> {
  found ??= docker(['compose', 'version']).then(
    () => ['docker', 'compose'],
    () => ['docker-compose'],
  )
  const [command = 'docker', ...first] = await found
  return run(command, [...first, ...args], options)
}
