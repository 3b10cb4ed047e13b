import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PeermergeError } from '../../src/errors.ts'
import { docker } from './docker.ts'
import { FILES, IMAGES } from './files.ts'
import { settingsEnvironment, type SwarmSettings } from './settings.ts'

/** Secrets of a stack, by the files that `found` writes. */
const SECRETS = {
  'founder-key': 'founder.key',
  charter: 'charter.json',
  ticket: 'ticket',
  'metrics-token': 'metrics-token',
} as const

export async function raiseStack(settings: SwarmSettings): Promise<void> {
  const state = (await docker(['info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}'])).trim() // prettier-ignore
  if (state !== 'active true')
    throw new PeermergeError('ERR_NO_SWARM_MODE', `this engine is no manager of a swarm (${state}); say docker swarm init first`) // prettier-ignore
  await makeSecrets(settings)
  const files = FILES.stack.flatMap((file) => ['-c', file])
  const env = settingsEnvironment(settings)
  await docker(['stack', 'deploy', '--resolve-image', 'never', ...files, settings.name], { env })
}

/** Founds the consortium in a container that is gone afterwards; what it wrote becomes secrets. Nothing where they are there. */
async function makeSecrets({ name, contributions, epochs }: SwarmSettings): Promise<void> {
  const there = (await docker(['secret', 'ls', '--format', '{{.Name}}'])).split('\n')
  if (there.includes(`${name}-ticket`)) return
  const work = await mkdtemp(join(tmpdir(), 'peermerge-found-'))
  const charter = ['--contributions', String(contributions), '--epochs', String(epochs), '--learning-rate', '4e-3'] // prettier-ignore
  const founders = 'PEERMERGE_FOUNDERS=founder=switchboard:4100'
  const created = ['create', '--network', 'none', '--env', founders, IMAGES.node, 'found', '/consortium']
  const container = (await docker([...created, ...charter])).trim()
  try {
    await docker(['start', '--attach', container])
    await docker(['cp', `${container}:/consortium/.`, work])
    for (const [secret, file] of Object.entries(SECRETS)) {
      const input = await readFile(join(work, file))
      await docker(['secret', 'create', `${name}-${secret}`, '-'], { input })
    }
  } finally {
    await docker(['rm', '--force', '--volumes', container])
    await rm(work, { recursive: true, force: true })
  }
}

export async function removeSecrets(name: string): Promise<void> {
  const there = (await docker(['secret', 'ls', '--format', '{{.Name}}'])).split('\n')
  const mine = Object.keys(SECRETS).map((secret) => `${name}-${secret}`).filter((one) => there.includes(one)) // prettier-ignore
  if (mine.length > 0) await docker(['secret', 'rm', ...mine])
}
