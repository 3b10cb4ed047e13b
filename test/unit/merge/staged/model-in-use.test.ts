import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstChain } from '../../../../src/merge/staged/staged-chain.ts'
import { rowsOfTask } from '../../../../src/merge/tasks/class-rows.ts'
import type { MergeSpec, TargetModule, TensorMap } from '../../../../src/merge/types.ts'
import { TASK, withTask } from '../fixtures.ts'
import { relativeError } from '../vectors.ts'
import { gramOf, plus, rowsOf, scaled, times, weighed, type Rows } from './by-hand.ts'
import { stagedSpec, Walk, walkTask } from './two-sites.ts'

const EPSILON = 1e-5

function product(adapter: TensorMap, { name }: TargetModule): Rows {
  const [b, a] = ['B', 'A'].map((factor) => rowsOf(adapter.get(`adapter/${name}/lora_${factor}`)!))
  return times(b!, a!)
}

function twoTasks(spec: MergeSpec): Walk {
  const walk = new Walk(firstChain(spec))
  walkTask(walk, spec, null, { task: TASK, step: 0 })
  walkTask(walk, spec, TASK, null)
  return walk
}

test('before anything is merged it is the start, and of one task its own adapter', () => {
  const spec = stagedSpec()
  const walk = new Walk(firstChain(spec))
  const start = walk.inUse(spec)
  assert.deepEqual([start.generation, start.classifierSource.rule, start.cut], [0, 'start', []])
  assert.equal(start.adapter, walk.chain.state.adapter)
  walk.all(spec, { task: null, step: 1 })
  const one = walk.inUse(spec)
  assert.equal(one.adapter, walk.chain.state.adapter)
  assert.deepEqual(one.adapterSpec, spec.adapter)
  assert.deepEqual([one.generation, one.cut], [1, walk.chain.cut])
})

test('of two finished tasks it is nearest to both on the inputs of each, by hand', () => {
  const spec = withTask(stagedSpec())
  const walk = twoTasks(spec)
  const { adapter, adapterSpec } = walk.inUse(spec)
  assert.equal(adapterSpec.rank, 4)
  for (const module of spec.modules) {
    const grams = walk.chain.ended.map((task) =>
      task.grams.map((id) => gramOf(walk.views.get(id)!, module, module.in)).reduce(plus),
    )
    const expected = weighed(walk.chain.ended.map((task) => product(task.adapter, module)), grams, spec.ridge) // prettier-ignore
    const error = relativeError(product(adapter, module).flat(), expected.flat())
    assert.ok(error < EPSILON, `${module.name}: ${error}`)
  }
})

test('while a task is under way it is the mean of the tasks', () => {
  const spec = withTask(stagedSpec())
  const walk = new Walk(firstChain(spec))
  walkTask(walk, spec, null, { task: TASK, step: 0 })
  const first = walk.chain.ended[0]!
  assert.equal(walk.inUse(spec).adapter, first.adapter, 'nothing of the second is merged yet')
  walk.all(spec, { task: TASK, step: 1 })
  const { adapter } = walk.inUse(spec)
  for (const module of spec.modules) {
    const both = plus(product(first.adapter, module), product(walk.chain.state.adapter, module))
    assert.ok(relativeError(product(adapter, module).flat(), scaled(both, 0.5).flat()) < EPSILON)
  }
})

test('a finished task without Grams leaves the mean', () => {
  const spec = withTask(stagedSpec())
  const walk = new Walk(firstChain(spec))
  walkTask(walk, spec, null, { task: TASK, step: 0 })
  walk.all(spec, { task: TASK, step: 1 })
  walk.all(spec, { task: TASK, step: 2 })
  walk.step(spec, null, [])
  const { adapter } = walk.inUse(spec)
  const [module] = spec.modules
  const both = walk.chain.ended.map((task) => product(task.adapter, module!)).reduce(plus)
  assert.ok(relativeError(product(adapter, module!).flat(), scaled(both, 0.5).flat()) < EPSILON)
})

test('rows of every task stay as its rounds left them; a class of two has that of the later one', () => {
  const spec = withTask(stagedSpec(), ['burr', 'dent', 'pit'])
  const walk = twoTasks(spec)
  const { classifier } = walk.inUse(spec)
  const [first, second] = walk.chain.ended
  const rows = rowsOf(classifier.weight)
  for (const [own, row] of rowsOfTask(spec, TASK).entries()) {
    assert.deepEqual(rows[row], rowsOf(second!.classifier.weight)[own])
  }
  for (const label of ['crack', 'stain']) {
    const own = ['crack', 'dent', 'stain'].indexOf(label)
    assert.deepEqual(rows[spec.classes.indexOf(label)], rowsOf(first!.classifier.weight)[own])
  }
  assert.equal(classifier.weight.shape[0], 5)
})

test('the same rounds give the same digests, and each round others', () => {
  const spec = withTask(stagedSpec())
  assert.deepEqual(twoTasks(spec).inUse(spec).digests, twoTasks(spec).inUse(spec).digests)
  const walk = new Walk(firstChain(spec))
  const seen = [walk.inUse(spec).digests.merge]
  walk.all(spec, { task: null, step: 1 })
  seen.push(walk.inUse(spec).digests.merge)
  walk.all(spec, { task: null, step: 2 })
  seen.push(walk.inUse(spec).digests.merge)
  walk.step(spec, null, [])
  seen.push(walk.inUse(spec).digests.merge)
  assert.equal(new Set(seen).size, 4)
})
