import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Charter } from '../../../../src/node/charter.ts'
import { openTask, type TaskOpening } from '../../../../src/node/membership/open-task.ts'
import { tasksReport } from '../../../../src/node/membership/tasks-report.ts'
import type { MembershipSite } from '../../../../src/node/membership/types.ts'
import { founders, openLedger } from '../../../helpers/gossip/ledgers.ts'

const told: Promise<unknown>[] = []

/** Two sites under a charter with the classes oak and beech, whose ledgers hear of each other at once. */
async function twoSites(): Promise<MembershipSite[]> {
  const { identities, genesis } = await founders(2)
  const ledgers = await Promise.all(identities.map((identity) => openLedger(genesis, identity)))
  return ledgers.map((ledger, i) => {
    const identity = identities[i]!
    ledger.events.on('entered', ({ bytes }) => told.push(ledgers[1 - i]!.enter(bytes, identity.peer)))
    return {
      identity,
      ledger,
      consortium: genesis.consortium,
      charter: () => ({ classes: ['oak', 'beech'] }) as unknown as Charter,
      contributedTo: () => 0,
    } as Partial<MembershipSite> as MembershipSite
  })
}

/** Resolves when the other site knows of it. */
async function open(
  site: MembershipSite,
  name: string,
  classes: string[],
  held: string[] = [],
  force = false,
): Promise<TaskOpening> {
  const opening = await openTask(site, { command: 'task-open', name, classes, held, force })
  await Promise.all(told)
  return opening
}

test('who opens the same task again takes part in it; said again with other samples it replaces what was held', async () => {
  const [a, b] = await twoSites()
  const opened = await open(a!, 'autumn', ['yew', 'larch'], ['larch'])
  assert.deepEqual([opened.became, opened.classes, opened.missing], ['opened', ['larch', 'yew'], ['yew']])
  const joined = await open(b!, 'autumn', ['larch', 'yew', 'larch'])
  assert.deepEqual([joined.became, joined.id], ['joined', opened.id])
  assert.equal((await open(b!, ' autumn', ['larch', 'yew '])).became, 'known')
  assert.equal(b!.ledger.state.statements, 2)
  await open(b!, 'autumn', ['larch', 'yew'], ['yew'])
  const [task] = tasksReport(b!).tasks
  assert.deepEqual(
    task!.sites.map(({ name, self, held }) => [name, self, held]),
    [
      ['site 0', false, ['larch']],
      ['site 1', true, ['yew']],
    ],
  )
  assert.deepEqual([task!.number, task!.openedBy, task!.unheld], [1, 'site 0', []])
})

test('labels are written in the composed form, whatever the file system makes of them', async () => {
  const [a] = await twoSites()
  const { classes, held } = await open(a!, 'autumn', ['me\u0301le\u0300ze'], ['m\u00e9l\u00e8ze'])
  assert.deepEqual([classes, held], [['m\u00e9l\u00e8ze'], ['m\u00e9l\u00e8ze']])
})

test('no classes, and samples of none of them, are refused by name', async () => {
  const [a] = await twoSites()
  await assert.rejects(open(a!, 'autumn', [' ']), { code: 'ERR_TASK_EMPTY' })
  await assert.rejects(open(a!, 'autumn', ['yew'], ['elm']), { code: 'ERR_TASK_HELD', detail: { name: 'autumn', strange: ['elm'] } }) // prettier-ignore
  assert.equal(a!.ledger.state.statements, 0)
})

test('the same name with other classes is refused, and what differs is said', async () => {
  const [a] = await twoSites()
  const { id } = await open(a!, 'autumn', ['larch', 'yew'])
  const detail = { name: 'autumn', open: id, openName: 'autumn', added: ['elm'], left: ['larch'] }
  await assert.rejects(open(a!, 'autumn', ['elm', 'yew'], [], true), { code: 'ERR_TASK_NAME', detail })
  await assert.rejects(open(a!, 'Autumn', ['larch', 'yew']), /its name is "autumn"/)
})

test('a class that is spelt almost as one of the charter or of another task is refused, unless it is meant', async () => {
  const [a] = await twoSites()
  await open(a!, 'autumn', ['larch', 'yew'])
  for (const [label, told] of [
    ['Beech', /"Beech" differs from "beech" of the charter by case/],
    ['beach', /"beach" differs from "beech" of the charter by a letter/],
    ['LARCH', /"LARCH" differs from "larch" of task "autumn" by case/],
  ] as const) {
    await assert.rejects(open(a!, 'winter', ['elm', label]), { code: 'ERR_CLASS_SPELLING', message: told })
  }
  assert.equal((await open(a!, 'winter', ['Beech', 'elm'], [], true)).became, 'opened')
})

test('a class of another task may come again; one of the charter only where that is meant', async () => {
  const [a] = await twoSites()
  await open(a!, 'autumn', ['larch', 'yew'])
  assert.equal((await open(a!, 'winter', ['larch', 'elm'])).became, 'opened')
  const detail = { name: 'spring', classes: ['oak'] }
  await assert.rejects(open(a!, 'spring', ['oak', 'elm']), { code: 'ERR_CLASS_IN_CHARTER', detail })
  assert.equal((await open(a!, 'spring', ['oak', 'elm'], [], true)).became, 'opened')
})

test('a site that is no member opens nothing', async () => {
  const [a] = await twoSites()
  await a!.ledger.sign({ type: 'remove', peer: a!.identity.peer, past: 'keep', upTo: 0 })
  await assert.rejects(open(a!, 'autumn', ['yew']), { code: 'ERR_NOT_A_MEMBER' })
})
