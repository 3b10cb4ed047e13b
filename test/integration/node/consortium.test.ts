import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { NotRunningError } from '../../../src/node/errors.ts'
import { DEADLINE_MS, stepWatch, TestConsortium } from '../../helpers/node/consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const TIMEOUT = { timeout: 4 * DEADLINE_MS }

async function whyRemoved(consortium: TestConsortium, name: string): Promise<string> {
  const line = await consortium.said(name, (one) => one.type === 'problem' && one.code === 'ERR_REMOVED')
  return line.type === 'problem' ? line.message : ''
}

test('a site joins with a ticket and a member’s word, and a ticket lets in one', TIMEOUT, async () => {
  await using consortium = await TestConsortium.open()
  await consortium.create('anvil')
  await assert.rejects(consortium.ticket('anvil'), { code: 'ERR_NOT_DIALABLE' }, 'nobody could be found')
  await consortium.run('anvil')

  const ticket = await consortium.ticket('anvil')
  const { onStep, seen } = stepWatch('waiting')
  const joining = consortium.join('birch', ticket, { onStep })
  const waiting = await Promise.race([seen, joining])
  assert.ok('fingerprint' in waiting)
  await assert.rejects(access(join(consortium.home('birch'), 'charter.json')), 'nothing is written yet')
  const request = await consortium.said('anvil', ({ type }) => type === 'join-request')
  assert.ok(request.type === 'join-request' && request.fingerprint === waiting.fingerprint)
  const { requests } = await consortium.do('anvil', { command: 'members' })
  assert.deepEqual(
    requests.map(({ name, fingerprint }) => [name, fingerprint]),
    [['birch', waiting.fingerprint]],
  )
  assert.deepEqual((await consortium.status('anvil')).requests, requests)

  await consortium.do('anvil', { command: 'accept', who: waiting.fingerprint.toLowerCase() })
  const setup = await joining
  await consortium.run('birch')
  await consortium.connected('birch', ['anvil'])
  const report = await consortium.do('birch', { command: 'members' })
  assert.deepEqual(
    report.members.map(({ name, role, invitedBy, self }) => [name, role, invitedBy, self]).sort(),
    [
      ['anvil', 'founder', null, false],
      ['birch', 'member', 'anvil', true],
    ],
  )
  assert.equal(report.members.find(({ self }) => self)?.peer, setup.peer)
  await waitFor('the newcomer’s contribution counts', DEADLINE_MS, async () => {
    const { members } = await consortium.status('anvil')
    return (members.find(({ name }) => name === 'birch')?.included ?? 0) > 0 || undefined
  })

  await assert.rejects(consortium.join('cedar', ticket), { code: 'ERR_NOT_ADMITTED', reason: 'used-up' })
  await assert.rejects(consortium.join('birch', ticket), { code: 'ERR_ALREADY_JOINED' })
})

test(
  'under a charter that says so, tickets alone let in; votes remove, replace and end membership',
  TIMEOUT,
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' })
    await consortium.run('anvil')
    const ticket = await consortium.ticket('anvil', 3)
    for (const name of ['birch', 'cedar', 'delta']) {
      await consortium.join(name, ticket)
      await consortium.run(name)
    }
    const all = ['anvil', 'birch', 'cedar', 'delta']
    for (const name of all) await consortium.sees(name, all)
    await consortium.connected('anvil', ['birch', 'cedar', 'delta'])

    const first = await consortium.do('anvil', { command: 'remove', who: 'delta', past: 'exclude' })
    assert.deepEqual([first.effective, first.votes, first.needed], [false, ['anvil'], 3])
    await consortium.do('birch', { command: 'remove', who: 'delta', past: 'exclude' })
    await waitFor(
      'two votes are seen',
      DEADLINE_MS,
      async () =>
        (await consortium.do('cedar', { command: 'members' })).votes[0]?.votes.length === 2 || undefined,
    )
    const last = await consortium.do('cedar', { command: 'remove', who: 'delta', past: 'exclude' })
    assert.equal(last.effective, true)
    assert.match(await whyRemoved(consortium, 'delta'), /delta was removed by/)
    await assert.rejects(consortium.ended('delta'), /ended with code/)
    for (const name of ['anvil', 'birch', 'cedar']) await consortium.sees(name, ['anvil', 'birch', 'cedar'])
    await assert.rejects(consortium.join('delta2', ticket), { reason: 'used-up' })

    await consortium.stop('cedar') // its key is lost
    const again = await consortium.ticket('anvil')
    const { onStep, seen } = stepWatch('waiting')
    const rejoining = consortium.join('cedar2', again, { onStep, replaces: 'cedar', site: consortium.site('cedar2', { site: 'cedar' }) }) // prettier-ignore
    const waiting = await Promise.race([seen, rejoining])
    assert.ok('fingerprint' in waiting)
    await assert.rejects(consortium.do('anvil', { command: 'accept', who: 'cedar' }), { code: 'ERR_REQUEST' })
    await consortium.do('anvil', { command: 'replace', who: 'cedar', next: waiting.fingerprint })
    await waitFor(
      'the vote is seen',
      DEADLINE_MS,
      async () => (await consortium.do('birch', { command: 'members' })).votes.length === 1 || undefined,
    )
    const replaced = await consortium.do('birch', { command: 'replace', who: 'cedar', next: waiting.peer })
    assert.equal(replaced.effective, true)
    await rejoining
    await consortium.run('cedar2')
    await consortium.connected('cedar2', ['anvil', 'birch'])
    await consortium.do('birch', { command: 'leave' })
    await assert.rejects(consortium.ended('birch'), /ended with code/)
    for (const name of ['anvil', 'cedar2']) await consortium.sees(name, ['anvil', 'cedar'])
  },
)

test(
  'a network with a key keeps it in the home and in tickets, and nobody gets in without',
  TIMEOUT,
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' }, { networkKey: true })
    const file = join(consortium.home('anvil'), 'network.key')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    await consortium.run('anvil')
    const invitation = await consortium.do('anvil', {
      command: 'invite',
      uses: 1,
      expiresMs: 60_000,
      addresses: [],
    })
    assert.equal(invitation.secret, true)
    await consortium.join('birch', invitation.ticket)
    assert.equal((await stat(join(consortium.home('birch'), 'network.key'))).mode & 0o777, 0o600)
    await consortium.run('birch')
    await consortium.connected('birch', ['anvil'])
  },
)

test('a stopped site can invite, list and vote; its word travels when it runs', TIMEOUT, async () => {
  await using consortium = await TestConsortium.open()
  await consortium.create('anvil', {}, { listen: ['/ip4/192.0.2.7/tcp/4001'] })
  const invitation = await consortium.do('anvil', { command: 'invite', uses: 1, expiresMs: 60_000, addresses: ['/dns4/anvil.example/tcp/4001'] }) // prettier-ignore
  const { members } = await consortium.do('anvil', { command: 'members' })
  const [{ peer }] = members as [(typeof members)[0]]
  assert.deepEqual(invitation.addresses, [
    `/dns4/anvil.example/tcp/4001/p2p/${peer}`,
    `/ip4/192.0.2.7/tcp/4001/p2p/${peer}`,
  ])
  assert.equal(members[0]?.connected, null)
  await assert.rejects(consortium.do('anvil', { command: 'leave' }), { code: 'ERR_LAST_MEMBER' })
  await assert.rejects(consortium.do('anvil', { command: 'withdraw' }), { code: 'ERR_NOTHING_TO_WITHDRAW' })
  await assert.rejects(consortium.do('nowhere', { command: 'members' }), (error: Error) => !(error instanceof NotRunningError)) // prettier-ignore
})

test('a site that was removed while it was away hears who did it and stops', TIMEOUT, async () => {
  await using consortium = await TestConsortium.open()
  await consortium.create('anvil', { join: 'ticket' })
  await consortium.run('anvil')
  const ticket = await consortium.ticket('anvil', 2)
  for (const name of ['birch', 'cedar']) {
    await consortium.join(name, ticket)
    await consortium.run(name)
  }
  for (const name of ['anvil', 'birch']) await consortium.sees(name, ['anvil', 'birch', 'cedar'])
  await consortium.connected('cedar', ['anvil', 'birch'])
  await consortium.stop('cedar')
  for (const name of ['anvil', 'birch']) {
    await consortium.do(name, { command: 'remove', who: 'cedar', past: 'keep' })
  }
  await consortium.sees('anvil', ['anvil', 'birch'])
  await consortium.run('cedar')
  assert.match(await whyRemoved(consortium, 'cedar'), /cedar was removed by/)
  await assert.rejects(consortium.ended('cedar'), /ended with code/)
  const { members } = await consortium.do('cedar', { command: 'members' })
  assert.equal(members.find(({ self }) => self)?.role, 'former')
  await assert.rejects(consortium.run('cedar'), /ended with code/, 'it does not start again')
})
