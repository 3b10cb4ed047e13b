import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandOf } from '../../../src/node/command-request.ts'
import { homePaths, readConfig } from '../../../src/node/home.ts'
import type { JoinOptions } from '../../../src/node/membership/join-by-ticket.ts'
import { DEADLINE_MS, TestConsortium } from '../../helpers/node/consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const TIMEOUT = { timeout: 240_000 }
const INVITE: CommandOf<'invite'> = { command: 'invite', uses: 1, expiresMs: 60_000, addresses: [] }

test(
  'where one member relays and the others only dial out, any of them invites, and two commands let a site in',
  TIMEOUT,
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' }, { relay: true, reachable: 'yes' })
    await consortium.run('anvil')
    const behind = (name: string): Pick<JoinOptions, 'site'> => ({
      site: consortium.site(name, { reachable: 'no' }),
    })
    await consortium.join('birch', await consortium.ticket('anvil'), behind('birch'))
    const kept = await readConfig(homePaths(consortium.home('birch')))
    assert.equal(kept.reachable, 'no')
    await consortium.run('birch')
    await consortium.connected('birch', ['anvil'])
    const relay = (await consortium.status('anvil')).addresses

    const { ticket, addresses } = await consortium.do('birch', INVITE)
    assert.ok(addresses.length > 0 && addresses.every((one) => relay.includes(one)), addresses.join())
    await consortium.join('cedar', ticket, behind('cedar'))
    await consortium.run('cedar')
    await consortium.connected('cedar', ['anvil', 'birch'])
    const { members } = await consortium.status('cedar')
    const paths = members.filter(({ self }) => !self).map(({ name, connection }) => [name, connection?.path])
    assert.deepEqual(paths.sort(), [
      ['anvil', 'direct'],
      ['birch', 'relayed'],
    ])

    await consortium.stop('cedar')
    assert.ok((await consortium.do('cedar', INVITE)).addresses.every((one) => relay.includes(one)))
  },
)

test(
  'a ticket that leads nowhere is not made; one that leads only to this machine says so',
  TIMEOUT,
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', {}, { reachable: 'no' })
    await assert.rejects(consortium.do('anvil', INVITE), { code: 'ERR_NOT_DIALABLE', message: /member that relays/ }) // prettier-ignore
    await consortium.run('anvil')
    await assert.rejects(consortium.do('anvil', INVITE), { code: 'ERR_NOT_DIALABLE' })
    await consortium.create('birch')
    await consortium.run('birch')
    const warned = await waitFor('it has an address', DEADLINE_MS, () => consortium.do('birch', INVITE))
    assert.match(warned.warning ?? '', /only from this machine/)
    const elsewhere = await consortium.do('birch', { ...INVITE, addresses: ['birch.example:4001'] })
    assert.equal(elsewhere.warning, null)
    assert.match(elsewhere.addresses[0]!, /^\/dns\/birch\.example\/tcp\/4001\/p2p\//)
  },
)
