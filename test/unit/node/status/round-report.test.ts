import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cut, NetworkEvents, RoundStatus } from '../../../../src/gossip/index.ts'
import type { Network } from '../../../../src/gossip/index.ts'
import type { OpenSite } from '../../../../src/node/components.ts'
import { describeEvent } from '../../../../src/node/describe-event.ts'
import { EventHub } from '../../../../src/node/event-hub.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { Problems } from '../../../../src/node/problems.ts'
import { tellRounds } from '../../../../src/node/status/round-events.ts'
import { reportRound, type RoundReportFacts } from '../../../../src/node/status/round-report.ts'
import { renderStatus } from '../../../../src/node/status/render-status.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import { SELF, statusWith } from './statuses.ts'

const TASK = '7'.repeat(64)
const STAGED = { rounds: 4, grams: { B: { form: 'projected' }, A: { form: 'diagonal' } } } as const
const NAMES: Record<string, string> = { a: 'anvil', b: 'birch', c: 'cedar' }

const voter = (peer: string, change: object = {}) => ({ peer, did: 'awaited', hasVoted: false, isConnected: true, hasForgotten: false, ...change }) // prettier-ignore

function report(change: object = {}, facts: Partial<RoundReportFacts> = {}) {
  const status = {
    round: 7,
    agenda: `${TASK}/1`,
    phase: 'contributing',
    isAcceptor: true,
    acceptors: [
      voter('a', { did: 'contributed', hasVoted: true }),
      voter('b', { did: 'passed' }),
      voter('c'),
    ],
    missing: [],
    joining: [],
    ballots: 0,
    able: 3,
    needed: 2,
    underWayMs: 0,
    ...change,
  } as unknown as RoundStatus
  const names = { memberName: (peer: string) => NAMES[peer]!, taskName: (id: string) => (id === TASK ? 'autumn' : undefined) } // prettier-ignore
  return reportRound({ staged: STAGED, status, merged: 7, lacking: 0, ...names, ...facts })
}

test('a round is told by number, task, step and what each member has done, by name', () => {
  const { round, about, voters, text, todo, takesPart } = report()
  assert.deepEqual([round, takesPart, todo], [7, true, null])
  assert.deepEqual(about, { task: 'autumn', step: 2, of: 4, phase: 'A', text: 'task autumn, step 2 of 4, A' })
  assert.deepEqual(voters.map(({ name, did }) => [name, did]), [['anvil', 'contributed'], ['birch', 'passed'], ['cedar', 'awaited']]) // prettier-ignore
  assert.equal(text, 'round 7 (task autumn, step 2 of 4, A): waits for contributions of cedar')
})

test('the charter’s own classes have no task, its end is named, and so is a round about nothing', () => {
  assert.deepEqual(report({ agenda: 'charter/4' }).about, { task: null, step: 5, of: 4, phase: 'end', text: 'end' }) // prettier-ignore
  assert.equal(report({ agenda: 'idle' }).about.text, 'about nothing')
})

test('without a majority somebody has to do something: whose nodes to start, and how many', () => {
  const gone = report({ phase: 'no-majority', missing: ['c', 'b'], able: 1 })
  assert.match(gone.text, /birch, cedar are missing/)
  assert.match(gone.todo!, /start the nodes of birch, cedar, or mend their network, until 2 of 3 are there/)
  const forgotten = report({ phase: 'forgotten', acceptors: [voter('a'), voter('b', { hasForgotten: true }), voter('c', { hasForgotten: true })] }) // prettier-ignore
  assert.match(forgotten.todo!, /the disk that was in use before at birch, cedar/)
})

test('a site that lags behind says that it catches up', () => {
  const { text } = report({ phase: 'idle' }, { merged: 3, lacking: 2 })
  assert.equal(text, 'round 7 (task autumn, step 2 of 4, A): this site catches up')
})

test('status shows the round in words, and what to do where it stands still', () => {
  const shown = (round: ReturnType<typeof report>): string => renderStatus(statusWith([SELF], { round }), 200)
  assert.match(shown(report()), /waits for contributions of cedar/)
  assert.doesNotMatch(shown(report()), /what to do/)
  const lagging = shown(report({ joining: ['b'], isAcceptor: false }, { merged: 3, lacking: 2 }))
  assert.match(lagging, /merged up to round 3, 2 contributions on their way; from the next round on: birch, this site/) // prettier-ignore
  const gone = shown(report({ phase: 'no-majority', missing: ['b', 'c'], able: 1 }))
  assert.match(
    gone,
    /birch, cedar are missing; nothing is lost[\s\S]*what to do: start the nodes of birch, cedar/,
  )
})

test('what becomes of rounds is told as events, and what stands in their way as problems by name', () => {
  const hub = new EventHub(silentLogger())
  const told: NodeEvent[] = []
  hub.subscribe((event) => told.push(event))
  const listeners = new Map<string, (...args: unknown[]) => void>()
  const events = { on: (type: keyof NetworkEvents, listener: never) => listeners.set(type, listener) }
  const site = {
    spec: { staged: STAGED },
    roster: { members: Object.entries(NAMES).map(([id, name]) => ({ id, name })) },
    ledger: { state: { tasks: new Map([[TASK, { name: 'autumn' }]]) } },
  } as unknown as OpenSite
  const problems = new Problems(hub, silentLogger())
  tellRounds({ site, network: { events } as unknown as Network, hub, problems })
  const cut = { round: 4, contributions: ['x', 'y'], acceptors: [{ peer: 'a' }, { peer: 'c' }], agenda: `${TASK}/0` } as unknown as Cut // prettier-ignore
  listeners.get('round-decided')!(cut, 'd')
  const [event] = told
  assert.ok(event?.type === 'round')
  assert.deepEqual([event.round, event.contributions, event.voters, event.next.task], [4, 2, ['anvil', 'cedar'], 'autumn']) // prettier-ignore
  assert.equal(
    describeEvent(event),
    'round 4 is decided, of 2 contributions; next: task autumn, step 1 of 4, B',
  )
  listeners.get('round-forgotten')!('ab')
  listeners.get('round-contradiction')!('b', new Uint8Array(1), new Uint8Array(2))
  listeners.get('round-failure')!(new Error('disk full'))
  const [forgotten, contradiction, failure] = problems.list()
  assert.deepEqual([forgotten!.code, contradiction!.code], ['round-forgotten', 'round-contradiction'])
  assert.match(contradiction!.message, /^birch has signed two words/)
  assert.match(failure!.message, /round: disk full/)
})
