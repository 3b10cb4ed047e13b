import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command line as it is installed; it needs a build. */
export const PROGRAM = fileURLToPath(new URL('../../../dist/node/main.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `peermerge …args` to its end, in a process of its own, while this one waits. */
export function peermerge(...args: string[]): Ran {
  return peermergeWith('', ...args)
}

/** The same with this on its standard input. */
export function peermergeWith(input: string, ...args: string[]): Ran {
  const env = { ...process.env, NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env,
    input,
    timeout: 120_000,
  })
  return { code: status, stdout, stderr }
}

/** As {@link peermerge}, while this process goes on, as it must where a node of its own is asked. */
export function peermergeBeside(...args: string[]): Promise<Ran> {
  const env = { ...process.env, NO_COLOR: '1' }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { env, timeout: 120_000 }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    }) // prettier-ignore
  })
}
