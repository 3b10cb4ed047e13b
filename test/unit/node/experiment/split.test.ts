import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dirichletTask, domainTask, LEAST_PER_SITE } from '../../../../src/node/experiment/split.ts'
import { runTasks } from '../../../../src/node/experiment/tasks.ts'

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)
const classesOf = (classes: number, each: number): number[][] =>
  range(0, classes).map((c) => range(c * each, each))

test('every sample of a task comes to one site, and every site has enough, whatever the concentration', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0.1, 0.5, 5),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 2, max: 6 }),
      fc.string(),
      (concentration, sites, classes, seed) => {
        const each = 8 * sites
        const split = dirichletTask(concentration, { classes: classesOf(classes, each), sites, seed })
        assert.equal(split.length, sites)
        assert.deepEqual(split.flat().sort((a, b) => a - b), range(0, classes * each)) // prettier-ignore
        assert.ok(split.every((samples) => samples.length >= LEAST_PER_SITE))
      },
    ),
    { seed: 7, numRuns: 40 },
  )
})

test('a seed is a split, another seed another one', () => {
  const init = { classes: classesOf(4, 30), sites: 3 }
  assert.deepEqual(dirichletTask(0.5, { ...init, seed: 'a' }), dirichletTask(0.5, { ...init, seed: 'a' }))
  assert.notDeepEqual(dirichletTask(0.5, { ...init, seed: 'a' }), dirichletTask(0.5, { ...init, seed: 'b' }))
})

test('small concentrations give sites few classes', () => {
  const held = (concentration: number): number => {
    const split = dirichletTask(concentration, { classes: classesOf(10, 60), sites: 5, seed: 's' })
    const classes = split.map((samples) => new Set(samples.map((sample) => Math.floor(sample / 60))).size)
    return classes.reduce((sum, count) => sum + count, 0)
  }
  assert.ok(held(0.1) < held(100) / 1.5)
})

test('too few samples for all sites are an error that says what to change', () => {
  assert.throws(() => dirichletTask(0.5, { classes: classesOf(2, 5), sites: 4, seed: 's' }), {
    code: 'ERR_SPLIT',
    message: /10 samples .* 4 sites 6 .*more samples a class/,
  })
})

test('by domain every site has the samples of one', () => {
  assert.deepEqual(domainTask([[0, 1, 2], [3, 4]], [0, 1, 0, 1, 1], 2), [[0, 2], [1, 3, 4]]) // prettier-ignore
})

test('the classes of a run are drawn by its seed and cut into tasks as equal as can be', () => {
  const data = {
    path: '',
    heldOutPath: '',
    classes: range(0, 11).map(String),
    trainCounts: new Array<number>(11).fill(20),
    testCounts: new Array<number>(11).fill(2),
  }
  const spec = { tasks: 4, sites: 2 }
  const tasks = runTasks(spec, data, '0.5', 1)
  assert.deepEqual(tasks.flatMap(({ classes }) => classes).sort((a, b) => a - b), range(0, 11)) // prettier-ignore
  assert.deepEqual(new Set(tasks.map(({ classes }) => classes.length)), new Set([2, 3]))
  for (const { classes, sites } of tasks) {
    assert.ok(sites.flat().every((sample) => classes.includes(Math.floor(sample / 20))))
  }
  assert.notDeepEqual(runTasks(spec, data, '0.5', 2), tasks)
  assert.deepEqual(runTasks(spec, data, '0.5', 1), tasks)
})
