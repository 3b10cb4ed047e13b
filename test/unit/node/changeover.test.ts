import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeermergeError } from '../../../src/errors.ts'
import { Changeover, type RunChoice } from '../../../src/node/changeover.ts'
import type { Site } from '../../../src/node/components.ts'
import { EventHub } from '../../../src/node/event-hub.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { Problems } from '../../../src/node/problems.ts'
import type { SiteRun } from '../../../src/node/site-run.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'

const home = (listen: string): Site => ({ config: { announce: [], listen: [listen] } }) as unknown as Site
const ANY = '/ip4/127.0.0.1/tcp/0'
const BOUND = '/ip4/127.0.0.1/tcp/5001'

interface Behaviour {
  readonly wouldFit?: (charter: string) => void
  /** Told the charter that a run is opened under: the one in force, or an earlier one. */
  readonly open?: (charter: string, choice: RunChoice, ledger: { charter: string }) => void
}

/** A node whose ledger says the charter in `ledger`, and what has become of it. */
function nodeUnder(first: string, { wouldFit, open }: Behaviour = {}) {
  const ledger = { charter: first, tasks: '', taskNames: ['later'], isTraining: false }
  const opened: RunChoice[] = []
  const events: NodeEvent[] = []
  const stopping = new AbortController()
  const hub = new EventHub(silentLogger())
  hub.subscribe((event) => events.push(event))
  const problems = new Problems(hub, silentLogger())
  const runUnder = (charterDigest: string): SiteRun =>
    ({
      site: { charterDigest, tasks: ledger.tasks, roster: ledger, backbone: undefined },
      founding: home(ANY),
      parts: {
        numbersFrom: 7,
        isTraining: ledger.isTraining,
        network: { addresses: () => [`${BOUND}/p2p/12D3KooWSelf`] },
      },
      wouldFit: async (_founding: Site, charter: string) => {
        wouldFit?.(charter)
        return await Promise.resolve({ backbone: undefined })
      },
    }) as unknown as SiteRun
  let run: SiteRun | undefined = runUnder(first)
  let lost: unknown
  const changeover = new Changeover({
    signal: stopping.signal,
    hub,
    problems,
    run: () => run,
    readHome: () => Promise.resolve(home(ANY)),
    between: (_text, work) => {
      run = undefined
      return work()
    },
    open: async (choice) => {
      const charter = choice.under ?? ledger.charter
      opened.push(choice)
      open?.(charter, choice, ledger)
      run = await Promise.resolve(runUnder(charter))
    },
    onLost: (error) => (lost = error),
  })
  const codes = (): string[] => problems.list().map(({ code }) => code)
  const under = (): string | undefined => run?.site.charterDigest
  return { ledger, changeover, opened, events, codes, under, stopping, lost: () => lost, run: () => run }
}

test('it goes over to the charter in force, on the ports and with the numbers that it had, and tells so', async () => {
  const node = nodeUnder('first')
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.opened.length, 0, 'nothing to do')
  node.ledger.charter = 'second'
  node.changeover.look()
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.under(), 'second')
  assert.equal(node.opened.length, 1)
  assert.deepEqual(node.opened[0]!.founding.config.listen, [BOUND])
  assert.equal(node.opened[0]!.numbersFrom, 7)
  assert.deepEqual(node.events, [{ type: 'charter', charter: 'second', before: 'first' }])
})

test('a charter that comes into force while it changes over is gone over to next', async () => {
  const node = nodeUnder('first', {
    open: (charter, _choice, ledger) => {
      if (charter === 'second') ledger.charter = 'third'
    },
  })
  node.ledger.charter = 'second'
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.under(), 'third')
})

test('what would not fit is tried once, nothing is ended for it, and the next charter is tried again', async () => {
  const node = nodeUnder('first', {
    wouldFit: (charter) => {
      if (charter === 'second') throw new PeermergeError('ERR_WRONG_BACKBONE', 'another backbone')
    },
  })
  node.ledger.charter = 'second'
  for (let i = 0; i < 3; i++) {
    node.changeover.look()
    await node.changeover.ended()
  }
  assert.equal(node.under(), 'first')
  assert.equal(node.opened.length, 0)
  assert.deepEqual(node.codes(), ['changeover-failed'])
  node.ledger.charter = 'third'
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.under(), 'third')
})

test('where the new run does not open, the node goes back to the earlier charter', async () => {
  const node = nodeUnder('first', {
    open: (charter) => {
      if (charter === 'second') throw new PeermergeError('ERR_WRONG_BACKBONE', 'gone meanwhile')
    },
  })
  node.ledger.charter = 'second'
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.under(), 'first')
  assert.deepEqual(node.codes(), ['changeover-failed'])
  assert.deepEqual(
    node.opened.map(({ founding }) => founding.config.listen),
    [[BOUND], [BOUND]],
  )
})

test('a port that somebody has taken meanwhile is not asked for again; if nothing opens the node is lost', async () => {
  const taken = new PeermergeError('ERR_PORT_IN_USE', 'taken')
  const node = nodeUnder('first', {
    open: () => {
      throw taken
    },
  })
  node.ledger.charter = 'second'
  node.changeover.look()
  await node.changeover.ended()
  assert.deepEqual(
    node.opened.map(({ founding }) => founding.config.listen),
    [[BOUND], [ANY]],
  )
  assert.equal(node.lost(), taken)
})

test('a node that stops changes over to nothing and complains of nothing', async () => {
  const node = nodeUnder('first', { wouldFit: () => node.stopping.abort() })
  node.ledger.charter = 'second'
  node.stopping.abort()
  node.changeover.look()
  await node.changeover.ended()
  assert.deepEqual([node.opened, node.codes()], [[], []])
})

test('a task that is opened is taken up under the same charter, once what is being trained is done', async () => {
  const node = nodeUnder('first')
  node.changeover.look()
  node.ledger.tasks = 'task-1'
  node.ledger.isTraining = true
  const training = node.run()!
  Object.assign(training.parts, { isTraining: true })
  node.changeover.look()
  await node.changeover.ended()
  assert.equal(node.opened.length, 0)
  Object.assign(training.parts, { isTraining: false })
  node.ledger.isTraining = false
  node.changeover.look()
  await node.changeover.ended()
  assert.deepEqual(node.opened.map(({ under }) => under), ['first']) // prettier-ignore
  assert.deepEqual(node.events, [{ type: 'tasks', tasks: ['later'] }])
})

test('tasks that a site cannot take up are told once', async () => {
  const node = nodeUnder('first', {
    wouldFit: () => {
      throw new PeermergeError('ERR_SPEC', 'too many classes')
    },
  })
  node.ledger.tasks = 'task-1'
  for (let i = 0; i < 3; i++) {
    node.changeover.look()
    await node.changeover.ended()
  }
  assert.deepEqual(node.codes(), ['changeover-failed'])
})
