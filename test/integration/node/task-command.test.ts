// `task open` and `task list` as a person types them: at a stopped home, and through the node that runs there.
import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TaskOpening } from '../../../src/node/membership/open-task.ts'
import type { TasksReport } from '../../../src/node/membership/tasks-report.ts'
import { DEADLINE_MS, TestConsortium } from '../../helpers/node/consortium.ts'
import { peermerge, type Ran } from '../../helpers/node/run-program.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const task = (...args: string[]): Ran => peermerge('task', ...args)

test(
  'a task opened at a stopped home reaches the others when its node runs, and they take part',
  { timeout: 4 * DEADLINE_MS },
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' })
    const anvil = consortium.home('anvil')
    const data = join(anvil, 'new data')
    for (const label of ['larch', 'Yew']) await mkdir(join(data, label), { recursive: true })

    assert.match(task('list', '--home', anvil).stdout, /no task is open; peermerge task open/)
    const opened = task('open', 'autumn', '--classes', 'yew,larch', '--data', data, '--home', anvil)
    assert.equal(opened.code, 0, opened.stderr)
    assert.match(opened.stdout, /task "autumn" [0-9a-f]{12} is open; this site holds 1 of its 2 classes\nno samples at this site of yew \(its data has "Yew"/) // prettier-ignore
    const empty = task('open', 'winter', '--classes', ',', '--home', anvil, '--json')
    assert.deepEqual([empty.code, (JSON.parse(empty.stdout) as { error: { code: string } }).error.code], [2, 'ERR_TASK_EMPTY']) // prettier-ignore
    const near = task('open', 'winter', '--classes', 'larsh', '--home', anvil)
    assert.equal(near.code, 2)
    assert.match(near.stderr, /"larsh" differs from "larch" of task "autumn".*ERR_CLASS_SPELLING/s)

    await consortium.run('anvil')
    await consortium.join('birch', await consortium.ticket('anvil'))
    await consortium.run('birch')
    const birch = consortium.home('birch')
    await waitFor('birch hears of the task', DEADLINE_MS, async () => {
      const { tasks } = await consortium.do('birch', { command: 'tasks' })
      return tasks.length === 1 || undefined
    })
    const joined = task('open', 'autumn', '--classes', 'larch,yew', '--held', '', '--home', birch, '--json')
    assert.equal((JSON.parse(joined.stdout) as TaskOpening).became, 'joined')
    const again = task('open', 'autumn', '--classes', 'larch,yew', '--held', '', '--home', birch)
    assert.match(again.stdout, /is open already and this site takes part; nothing has changed/)
    await waitFor(
      'anvil hears of it, and finds no larch in the data that it trains on',
      DEADLINE_MS,
      async () => {
        const { tasks } = await consortium.do('anvil', { command: 'tasks' })
        const sites = tasks[0]?.sites ?? []
        return (sites.length === 2 && sites.every(({ held }) => held.length === 0)) || undefined
      },
    )
    const { tasks } = JSON.parse(task('list', '--home', anvil, '--json').stdout) as TasksReport
    assert.deepEqual(
      tasks.map(({ number, name, classes, openedBy, unheld }) => [number, name, classes, openedBy, unheld]),
      [[1, 'autumn', ['larch', 'yew'], 'anvil', ['larch', 'yew']]],
    )
    const shown = task('list', '--home', birch).stdout
    assert.match(shown, /1 +│ autumn +│ [0-9a-f]{12} │ 2: larch, yew /)
    assert.match(shown, /nobody: 2/)
    assert.equal(task('open', 'winter', '--classes', 'elm', '--held', 'elm', '--home', birch).code, 0)
    const event = await consortium.said('anvil', ({ type }) => type === 'task')
    assert.ok(event.type === 'task')
    assert.deepEqual([event.name, event.classes, event.openedBy], ['winter', 1, 'birch'])
  },
)

test('help shows examples for each', () => {
  for (const args of [[], ['open'], ['list']]) {
    const { code, stdout } = task(...args, '--help')
    assert.equal(code, 0)
    assert.match(stdout, /Example:\n  peermerge task /)
  }
  assert.equal(task('close').code, 2)
})
