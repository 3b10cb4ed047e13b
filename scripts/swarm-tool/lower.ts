import { setTimeout as delay } from 'node:timers/promises'
import { PeermergeError } from '../../src/errors.ts'
import { compose, docker } from './docker.ts'
import { composeFiles } from './raise-compose.ts'
import { removeSecrets } from './raise-stack.ts'
import { kindOf } from './site-containers.ts'

const DEADLINE_MS = 120_000

/** Takes a swarm down with everything of it: containers, networks, volumes, secrets. */
export async function lower(name: string): Promise<void> {
  if ((await kindOf(name)) === 'compose') {
    await compose([...composeFiles(name), 'down', '--volumes', '--timeout', '5'])
    return
  }
  await docker(['stack', 'rm', name])
  const left = async (): Promise<string[]> =>
    lines(await docker(['ps', '--all', '--quiet', '--filter', `label=com.docker.stack.namespace=${name}`]))
  await until(async () => (await left()).length === 0, `containers of ${name} are still there`)
  await removeSecrets(name)
  await until(() => removeVolumes(name), `volumes of ${name} are still there`)
}

/** A volume is held for a moment longer than the container that had it. */
async function removeVolumes(name: string): Promise<boolean> {
  const volumes = lines(await docker(['volume', 'ls', '--quiet', '--filter', `name=^${name}_`]))
  if (volumes.length === 0) return true
  return docker(['volume', 'rm', ...volumes]).then(
    () => true,
    () => false,
  )
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean)
}

async function until(holds: () => Promise<boolean>, problem: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS
  while (!(await holds())) {
    if (performance.now() > end) throw new PeermergeError('ERR_TIMEOUT', `${problem} after ${DEADLINE_MS / 1000} s`) // prettier-ignore
    await delay(1_000)
  }
}
