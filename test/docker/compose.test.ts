import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { docker } from '../../scripts/swarm-tool/docker.ts'
import { lower } from '../../scripts/swarm-tool/lower.ts'
import { raiseCompose } from '../../scripts/swarm-tool/raise-compose.ts'
import { findSite } from '../../scripts/swarm-tool/site-containers.ts'
import { kill, remove, restart } from '../../scripts/swarm-tool/site-faults.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { builtImages, whyNoEngine } from './engine.ts'
import { expectAgreement, expectOf } from './expect-swarm.ts'

const name = `pm-compose-${process.pid}`
const skip = await whyNoEngine()
/** Sites tell each other what they hold with the next beat after a merge. */
const AGREED_MS = 60_000

before(async () => {
  if (skip === undefined) await builtImages()
})

after(async () => {
  if (skip === undefined) await lower(name).catch(() => undefined)
})

test(
  'a site that reaches the others only through the relay holds the same merge',
  { skip, timeout: 2_400_000 },
  async () => {
    await raiseCompose({
      name,
      peers: 4,
      contributions: 3,
      epochs: 1,
      pictures: 60,
      cpus: '0.8',
      memory: '1g',
    })
    const seen = new Map<string, number>()
    await expectOf(
      name,
      'a site in the north has contributed',
      ({ made }) => (made.get('north-1') ?? 0) > 0,
      seen,
    )
    await kill(name, 'north-1')
    await restart(name, 'north-1')
    await expectAgreement(name, 4, seen)
    await expectOf(name, 'south-1 reaches the relay directly, and through it the north', (_, sites) => {
      const members = sites.find(({ site }) => site === 'south-1')?.status?.members ?? []
      const paths = new Map(members.map((member) => [member.name, member.connection?.path]))
      assert.ok(paths.get('founder') !== 'direct' && paths.get('north-1') !== 'direct')
      return (
        paths.get('relay') === 'direct' &&
        paths.get('founder') === 'relayed' &&
        paths.get('north-1') === 'relayed'
      )
    })
    const { container } = await findSite(name, 'founder')
    const ask = `fetch('http://127.0.0.1:9464/metrics', { headers: { authorization: 'Bearer ' + require('fs').readFileSync(process.env.PEERMERGE_METRICS_TOKEN_FILE, 'utf8').trim() } }).then((r) => r.text()).then(console.log)`
    await waitFor('the founder has heard that all four agree', AGREED_MS, async () => {
      const said = await docker(['exec', container, 'node', '-e', ask])
      return /^peermerge_members_agreeing 4$/m.test(said) || undefined
    })

    await remove(name, 'north-1')
    await expectOf(name, 'three members are left, and what the fourth made still counts', (_, left) =>
    left.length === 3 && left.every(({ status }) => status?.members.filter(({ standing }) => standing === 'member').length === 3 && status.merge?.digest !== undefined)) // prettier-ignore
  },
)
