import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'node:test'
import { helpStatus } from '../../../../src/node/status/help-status.ts'
import { renderStatus } from '../../../../src/node/status/render-status.ts'
import type { NodeStatus } from '../../../../src/node/status/types.ts'
import { agreement, before, LACKS_TWO, member, SCORES, SELF, statusWith, UNHEARD } from './statuses.ts'

function lines(status: NodeStatus, columns = 200): string[] {
  return stripVTControlCharacters(renderStatus(status, columns)).split('\n')
}

/** The line that starts so; fails where there is none. */
function line(status: NodeStatus, start: string): string {
  const found = lines(status).find((one) => one.startsWith(start))
  assert.ok(found !== undefined, `no line starts with ${start}`)
  return found
}

/** The table row of a member, its cells. */
function row(status: NodeStatus, name: string): string[] {
  const found = lines(status).find((one) => one.startsWith(`│ ${name} `))
  assert.ok(found !== undefined, `no row of ${name}`)
  return found.split('│').slice(1, -1).map((cell) => cell.trim()) // prettier-ignore
}

test('alone: nothing was heard of the others, and they are named', () => {
  const gone = { connected: false, connection: null, lastSeen: null, agreement: UNHEARD, newest: null, adapters: 0, statistics: 0, included: 0 } // prettier-ignore
  const status = statusWith([SELF, member('hospital-b', gone), member('hospital-c', gone)])
  assert.equal(
    line(status, 'agreement'),
    'agreement: 1 of 3 holds this merge: this node alone; hospital-b, hospital-c not heard from yet',
  )
  assert.deepEqual(row(status, 'hospital-b'), ['hospital-b', 'not connected', 'never', 'nothing', 'none', '0 of 0', 'not heard from yet']) // prettier-ignore
  assert.match(line(status, 'merge'), /6 contributions of 1 of 3 members \(without hospital-b, hospital-c\)/)
})

test('all agree: one line says so of all', () => {
  const status = statusWith([SELF, member('hospital-b'), member('hospital-c')])
  assert.equal(line(status, 'agreement'), 'agreement: all 3 members hold this merge')
  assert.deepEqual(row(status, 'hospital-b'), ['hospital-b', 'direct, 12 ms', 'now', '2 + 1 statistics', 'number 3, 5 min ago', '3 of 3', 'holds this merge']) // prettier-ignore
  assert.match(line(status, 'merge'), /6 contributions of 3 of 3 members$/)
})

test('who is behind lacks contributions by name, who is silent is named with how long', () => {
  const silent = agreement({ isCurrent: false, heardAt: before(3 * 3600 + 60) })
  const status = statusWith([
    SELF,
    member('hospital-b'),
    member('hospital-c', { agreement: LACKS_TWO }),
    member('factory-d', {
      connected: false,
      connection: null,
      lastSeen: before(3 * 3600 + 60),
      agreement: silent,
    }),
  ])
  assert.equal(
    line(status, 'agreement'),
    'agreement: 2 of 4 hold this merge; hospital-c lacks 2: hospital-a 5, hospital-b 3; factory-d not heard from for 3 h',
  )
  assert.equal(row(status, 'factory-d')[2], '3 h ago')
})

test('this node is behind: what it lacks is named', () => {
  const ahead = agreement({
    state: 'ahead',
    hereLacks: [{ peer: 'b', name: 'hospital-b', upTo: 7, here: 3 }],
  })
  const status = statusWith([SELF, member('hospital-b', { agreement: ahead })])
  assert.equal(
    line(status, 'agreement'),
    'agreement: 1 of 2 holds this merge: this node alone; hospital-b has what this node lacks: hospital-b up to 7 (here 3)',
  )
})

test('two sides of a healed partition each lack something', () => {
  const diverged = agreement({
    state: 'diverged',
    lacks: [{ peer: 'a', name: 'hospital-a', numbers: [4, 5] }],
    hereLacks: [{ peer: 'b', name: 'hospital-b', upTo: 1, here: 0 }],
  })
  const status = statusWith([SELF, member('hospital-b', { agreement: diverged })])
  assert.match(
    line(status, 'agreement'),
    /hospital-b lacks 2: hospital-a 4 5 and has what this node lacks: hospital-b up to 1 \(here none\)/,
  )
})

test('a removed member is no part of the count, and what it left is shown', () => {
  const status = statusWith([
    SELF,
    member('hospital-b'),
    member('press', { standing: 'removed', agreement: UNHEARD }),
  ])
  assert.equal(line(status, 'agreement'), 'agreement: all 2 members hold this merge')
  const cells = row(status, 'press')
  assert.deepEqual([cells[1], cells[5], cells[6]], ['removed', '3 of 3', 'no member any more'])
})

test('a member that only listens is named and lacks nothing, unless it has another result', () => {
  const away = { contributes: false, adapters: 0, statistics: 0, included: 0, newest: null }
  const press = member('press', { ...away, connected: false, connection: null, agreement: UNHEARD })
  const status = statusWith([SELF, member('hospital-b'), press])
  assert.equal(line(status, 'agreement'), 'agreement: all 2 members hold this merge; press only listens')
  assert.match(line(status, 'merge'), /of 2 of 2 members$/)
  assert.equal(row(status, 'press')[3], 'only listens')
  const wrong = member('press', { ...away, agreement: agreement({ state: 'contradicts' }) })
  const { text, of } = statusWith([SELF, wrong]).agreement
  assert.match(text, /1 of 2 holds.*press HAS ANOTHER RESULT/)
  assert.equal(of, 2)
})

test('pending votes are shown with who voted', () => {
  const vote = { text: 'remove press', votes: ['hospital-a', 'hospital-b'], needed: 3 }
  assert.equal(line(statusWith([SELF], { votes: [vote] }), 'vote'), 'vote: remove press: 2 of 3 needed (hospital-a, hospital-b)') // prettier-ignore
})

test('a relayed way is said to be one', () => {
  const connection = {
    path: 'relayed' as const,
    address: '/p2p-circuit',
    direction: 'inbound' as const,
    rttMs: null,
  }
  assert.equal(row(statusWith([SELF, member('hospital-b', { connection })]), 'hospital-b')[1], 'relayed')
})

test('another result for the same contributions cannot be overlooked', () => {
  const status = statusWith([SELF, member('hospital-b', { agreement: agreement({ state: 'contradicts' }) })])
  assert.match(line(status, 'agreement'), /hospital-b HAS ANOTHER RESULT FOR THE SAME CONTRIBUTIONS/)
})

test('before the first merge', () => {
  const none = agreement({ state: 'no-merge', merge: null })
  const status = statusWith([SELF, member('hospital-b', { agreement: none })], { merge: null })
  assert.equal(line(status, 'agreement'), 'agreement: no merge here yet; hospital-b has no merge either')
  assert.ok(lines(status).includes('no merge yet'))
})

test('a narrow terminal gets paragraphs that fit', () => {
  const status = statusWith([SELF, member('hospital-b'), member('hospital-c', { agreement: LACKS_TWO })])
  const narrow = lines(status, 80)
  assert.ok(!narrow.some((one) => one.includes('│')))
  const [path, contributed, merge] = narrow.slice(narrow.indexOf('hospital-c  direct, 12 ms'))
  assert.equal(path, 'hospital-c  direct, 12 ms')
  assert.equal(contributed, '  contributed 2 + 1 statistics, newest number 3, 5 min ago')
  assert.equal(merge, '  in my merge 3 of 3; lacks 2: hospital-a 5, hospital-b 3')
})

test('names and numbers are counted where a line cannot hold them', () => {
  const lacks = [{ peer: 'a', name: 'hospital-a', numbers: Array.from({ length: 30 }, (_, i) => i + 1) }]
  const others = Array.from({ length: 20 }, (_, i) => member(`site-${i}`, { agreement: UNHEARD }))
  const status = statusWith([
    SELF,
    member('hospital-b', { agreement: agreement({ state: 'behind', lacks }) }),
    ...others,
  ])
  assert.match(line(status, 'agreement'), /lacks 30: hospital-a 1 2 3 4 5 6 and 24 more; site-0, .* and 12 more not heard from yet$/) // prettier-ignore
  assert.equal(status.agreement.others.length, 21)
})

test('problems are last, each with its age', () => {
  const problems = [{ at: before(90), code: 'refused', message: 'from hospital-b: malformed' }]
  assert.equal(
    lines(statusWith([SELF], { problems })).at(-1),
    '1 min ago  refused  from hospital-b: malformed',
  )
})

test('accuracy task by task: here and of all sites, and what is not measurable here any more', () => {
  const status = statusWith([SELF], { scores: SCORES })
  assert.equal(line(status, 'accuracy'), 'accuracy on held-out samples this merge; forgotten of all tasks but the last, mean: 12.5') // prettier-ignore
  assert.deepEqual(row(status, 'classes of the charter'), ['classes of the charter', '75.0 % of 8', '87.5 %', '12.5', '75.0 % of 80', '12.5', '3']) // prettier-ignore
  assert.deepEqual(row(status, 'autumn'), ['autumn', '50.0 % of 8', '50.0 %', '0.0', '50.0 % of 80', '0.0', '2']) // prettier-ignore
  assert.deepEqual(row(status, 'winter'), ['winter', 'last 25.0 %', '100.0 %', '', '', '', '0'])
  assert.match(line(status, 'winter'), /^winter: not measurable here, as its samples are gone/)
  assert.equal(line(status, 'all sites'), 'all sites: 3 of 4 members have scored this merge; forgotten of all tasks but the last, mean: 12.5') // prettier-ignore
})

test('scores that stay at home show nothing of others, and which merge they are of where it is not the newest', () => {
  const status = statusWith([SELF], { scores: { ...SCORES, merge: '0123456789abcdef', consortium: null } })
  assert.match(
    line(status, 'accuracy'),
    /^accuracy on held-out samples merge 0123456789ab, not the newest here/,
  )
  assert.equal(row(status, 'autumn').length, 4)
  assert.ok(!lines(status).some((one) => one.startsWith('all sites')))
  assert.ok(!lines(statusWith([SELF])).some((one) => one.startsWith('accuracy')))
})

test('who helped and who harmed when that was last asked, how long ago and of which merge', () => {
  const site = { peer: 'p', self: false, correct: 50, chance: 0.01 } as const
  const sites = [
    { ...site, name: 'press', gained: 9, lost: 1, effect: 'helps' },
    { ...site, name: 'hospital-a', self: true, gained: 2, lost: 1, effect: 'unclear' },
    { ...site, name: 'mill', gained: 0, lost: 8, effect: 'harms' },
  ] as const
  const kept = { v: 1, at: Date.parse(before(7200)), merge: 'a1b2c3', correct: 60, count: 100, sites } as const // prettier-ignore
  const help = helpStatus(kept, 'a1b2c3')!
  assert.equal(line(statusWith([SELF], { help }), 'who helps'), 'who helps, 2 h ago, of the newest merge: helps: press; harms: mill; unclear: 1') // prettier-ignore
  assert.deepEqual(help.sites.map(({ tied, difference }) => [tied, difference]), [[90, 0.08], [97, 0.01], [92, -0.08]]) // prettier-ignore
  const earlier = helpStatus({ ...kept, sites: kept.sites.slice(0, 1) }, 'd00d')
  assert.equal(line(statusWith([SELF], { help: earlier }), 'who helps'), 'who helps, 2 h ago, of the earlier merge a1b2c3: helps: press; unclear: 0') // prettier-ignore
  assert.equal(helpStatus(undefined, 'a1b2c3'), null)
  assert.ok(!lines(statusWith([SELF])).some((one) => one.startsWith('who helps')))
})

test('which policy, what is quiet, each limit with who has set it, and what is held', () => {
  const status = statusWith([SELF])
  assert.equal(line(status, 'policy'), 'policy b0a7b0a7b0a7: everything waits for a person, 1 held')
  assert.equal(line(status, 'statistics'), 'statistics that may leave: grams-projected')
  assert.equal(line(status, 'quiet hours'), 'quiet hours: no training until 2026-11-25T18:00:00.000Z')
  assert.equal(line(status, 'limits'), 'limits: threads 2 (settings), merge threads 1 (default), memory 2.1 GB (policy), upload 500 kB/s (policy), at least samples 50 (policy), of a class 4 (charter)') // prettier-ignore
  assert.equal(line(status, 'outbox'), 'outbox: adapter 4, 40 kB of 120 samples is held (peermerge outbox show 3f9c2a7b1d0e)') // prettier-ignore
})
