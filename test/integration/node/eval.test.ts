import assert from 'node:assert/strict'
import { cp, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import { createNode } from '../../../src/node/index.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { executeAtHome } from '../../../src/node/membership/execute-at-home.ts'
import { evaluateModel, type EvaluateInit, type Evaluation } from '../../../src/node/predict/evaluate.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { homeWithModels, runUntilScored, type HomeWithModels } from './home-with-models.ts'

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

function evaluate({ paths }: HomeWithModels, change: Partial<EvaluateInit> = {}): Promise<Evaluation> {
  return evaluateModel(paths, { signal: AbortSignal.timeout(60_000), ...change })
}

describe('peermerge eval', () => {
  let home: HomeWithModels
  before(async () => {
    home = await homeWithModels()
  })
  after(() => home.remove())

  it('comes to what the node has scored, and to a confusion of all samples', async () => {
    const own = home.status.scores.tasks[0]!.own!
    const found = await evaluate(home)
    assert.deepEqual(found.model, { kind: 'merged', digest: own.merge })
    assert.deepEqual(found.data, { path: home.data, part: 'held out' })
    assert.deepEqual([found.correct, found.count, found.accuracy], [own.correct, own.count, own.accuracy])
    assert.ok(own.correct < own.count)
    for (const [row, { correct, count }] of found.classes.entries())
      assert.deepEqual([found.confusion[row]![row], sum(found.confusion[row]!)], [correct, count])
    const each = found.classes.map(({ accuracy }) => accuracy!)
    assert.ok(Math.abs(found.balancedAccuracy! - sum(each) / each.length) < 1e-12)
    assert.deepEqual([found.tasks, found.skipped, found.leftOut], [[], [], []])
  })

  it('is right on data of one’s own, all of it, while a node runs; what cannot be read is named and does not count', async () => {
    const data = join(dirname(home.data), 'more')
    for (const label of ['red', 'green']) await cp(join(home.data, label), join(data, label), { recursive: true }) // prettier-ignore
    await writeFile(join(data, 'red', 'broken.png'), 'no image')
    await using node = await createNode({ home: home.paths.root, logger: silentLogger() })
    await node.start()
    await connectControl(home.paths)
    const found = await evaluate(home, { data })
    assert.deepEqual(found.classes.map(({ label, count }) => [label, count]), [['blue', 0], ['green', 22], ['red', 28]]) // prettier-ignore
    assert.equal(found.classes[0]!.accuracy, null)
    assert.equal(found.balancedAccuracy, (found.classes[1]!.accuracy! + found.classes[2]!.accuracy!) / 2)
    assert.deepEqual(found.skipped.map(({ where }) => where), [join(data, 'red', 'broken.png')]) // prettier-ignore
  })

  it('refuses classes that the model does not know, and data that it does not read', async () => {
    const odd = join(dirname(home.data), 'odd')
    await mkdir(join(odd, 'yellow'), { recursive: true })
    await assert.rejects(evaluate(home, { data: odd }), { code: 'ERR_UNKNOWN_CLASS', message: /yellow/ })
    await writeFile(join(odd, 'texts.csv'), 'text,label\na,red\n')
    await assert.rejects(evaluate(home, { data: join(odd, 'texts.csv') }), { code: 'ERR_MODALITY' })
  })

  it('says the same on the command line, also of the site’s own model', () => {
    const { code, stdout, stderr } = peermerge('eval', '--home', home.paths.root, '--model', 'personal', '--json') // prettier-ignore
    assert.equal(code, 0, stderr)
    const { model, count, confusion } = JSON.parse(stdout) as Evaluation
    assert.deepEqual([model.kind, count], ['personal', home.status.scores.tasks[0]!.own!.count])
    assert.equal(sum(confusion.flat()), count)
    const text = peermerge('eval', '--home', home.paths.root).stdout
    assert.match(text, /accuracy \d+\.\d %.*balanced/)
    assert.match(text, /taken for/)
  })
})

it(
  'where tasks have been opened, peermerge eval comes to the node’s scores of each',
  { timeout: 400_000 },
  async () => {
    const classifier = { rule: 'counts' } as const
    const floors = { samples: 4, perClass: 2 }
    const aside = (data: string): string => join(dirname(data), 'red')
    const without = (data: string): Promise<void> => rename(join(data, 'red'), aside(data))
    const home = await homeWithModels(
      { classes: ['blue', 'green'], rule: 'mean', classifier, floors },
      without,
    )
    try {
      const early = await evaluate(home)
      assert.deepEqual([early.tasks, early.classes.length], [[], 2])
      const task = { name: 'autumn', classes: ['red', 'violet'], held: ['red'], force: true }
      const { id } = await executeAtHome(home.paths, { command: 'task-open', ...task })
      await rename(aside(home.data), join(home.data, 'red'))
      const { scores, merge } = await runUntilScored(home.paths, 2)
      const { code, stdout, stderr } = peermerge('eval', '--home', home.paths.root, '--json')
      assert.equal(code, 0, stderr)
      const found = JSON.parse(stdout) as Evaluation
      assert.equal(found.model.digest, merge!.digest)
      assert.deepEqual(
        found.tasks,
        scores.tasks.map(({ id: task, name, own }) => {
          return { name, task, correct: own!.correct, count: own!.count, accuracy: own!.accuracy }
        }),
      )
      assert.deepEqual(found.tasks.map(({ task }) => task), [null, id]) // prettier-ignore
      assert.deepEqual(found.classes.map(({ label }) => label), ['blue', 'green', 'red', 'violet']) // prettier-ignore
    } finally {
      await home.remove()
    }
  },
)
