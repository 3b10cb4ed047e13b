import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { docker } from '../../scripts/swarm-tool/docker.ts'
import { putFaults } from '../../scripts/swarm-tool/links.ts'
import { lower } from '../../scripts/swarm-tool/lower.ts'
import { raiseStack } from '../../scripts/swarm-tool/raise-stack.ts'
import { findSite } from '../../scripts/swarm-tool/site-containers.ts'
import { add, kill, remove } from '../../scripts/swarm-tool/site-faults.ts'
import { NO_FAULTS } from '../../scripts/switchboard/faults.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { builtImages, swarmMode, whyNoEngine } from './engine.ts'
import { expectAgreement, expectOf } from './expect-swarm.ts'

const name = `pm-stack-${process.pid}`
const skip = await whyNoEngine()
/** Several times the interval of the image's health check. */
const CHECKED_MS = 120_000
let leave = (): Promise<void> => Promise.resolve()

before(async () => {
  if (skip !== undefined) return
  await builtImages()
  leave = await swarmMode()
})

after(async () => {
  if (skip !== undefined) return
  await lower(name).catch(() => undefined) // it may never have come up
  await leave()
})

test(
  'five sites on a docker swarm lose two, are cut apart, gain one, and hold one merge of everything',
  { skip, timeout: 3_000_000 },
  async () => {
    await raiseStack({ name, peers: 5, contributions: 4, epochs: 1, pictures: 60, cpus: '0.8', memory: '1G' })
    const seen = new Map<string, number>()
    await expectOf(name, 'two sites that have contributed', ({ made }) => [...made.values()].filter((n) => n > 0).length >= 2, seen) // prettier-ignore

    const killed = await Promise.all(['site-1', 'site-3'].map((site) => findSite(name, site)))
    for (const { site } of killed) await kill(name, site)
    await expectOf(name, 'the killed sites are back', (_, sites) =>
    killed.every(({ site, container }) => sites.some((one) => one.site === site && one.container !== container && one.status !== null)), seen) // prettier-ignore

    await putFaults(name, {
      ...NO_FAULTS,
      groups: [
        ['founder', 'site-1'],
        ['site-2', 'site-3', 'site-4'],
      ],
    })
    await expectOf(
      name,
      'the founder is cut off from site-2',
      (_, sites) => {
        const founder = sites.find(({ site }) => site === 'founder')?.status
        return founder?.members.some((member) => member.name === 'site-2' && !member.connected) === true
      },
      seen,
    )
    await putFaults(name, NO_FAULTS)

    assert.equal(await add(name, 'north'), 'site-5')
    const sites = await expectAgreement(name, 6, seen)
    assert.equal(
      new Set(sites.map(({ status }) => status!.peer)).size,
      6,
      'every task slot has a key of its own',
    )
    const { container } = await findSite(name, 'site-5')
    await waitFor('the engine’s own check has found site-5 live and ready', CHECKED_MS, async () => {
      const said = await docker(['inspect', '--format', '{{range .State.Health.Log}}{{.Output}}{{end}}', container]) // prettier-ignore
      return /live +yes\nready +yes/.test(said) || undefined
    })

    const former = sites.find(({ site }) => site === 'site-5')!.status!.peer
    await remove(name, 'site-5')
    assert.equal(await add(name, 'north'), 'site-5')
    await expectOf(name, 'a new site in the slot of the removed one, with its own key', (_, now) => {
      const own = now.find(({ site }) => site === 'site-5')?.status
      return own != null && own.peer !== former && own.merge !== null
    })
  },
)
