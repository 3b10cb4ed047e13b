import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  frozenFactors,
  loraAName,
  loraBName,
  matmul,
  solveSymmetric,
  transpose,
  unpackSymmetric,
} from '../../../../src/merge/index.ts'
import type { Matrix, Tensor, TensorMap } from '../../../../src/merge/index.ts'
import { METHOD_NAMES, methodNamed } from '../../../../src/node/experiment/methods/method-table.ts'
import { presetSpec } from '../../../../src/node/experiment/presets.ts'
import { CostMeter } from '../../../../src/node/experiment/run/cost-meter.ts'
import type { RunContext } from '../../../../src/node/experiment/run/run-context.ts'
import { runMethod } from '../../../../src/node/experiment/run/run-method.ts'
import { unpackRight } from '../../../../src/node/experiment/right-samples.ts'
import type { RunOutcome } from '../../../../src/node/experiment/types.ts'
import { FakeBench, type Call } from './fake-bench.ts'

const module = { name: 'layer.0.query', in: 24, out: 20 }
const ground = { modules: [module], classes: ['a', 'b', 'c', 'd'], features: 5 }
const spec = {
  ...presetSpec('demo', undefined, undefined),
  tasks: 2,
  sites: 3,
  rounds: 3,
  epochs: 2,
  lora: { rank: 2, alpha: 2 },
  ravan: { heads: 2, rank: 2, alpha: 1 },
}
const each = 30
const tasks = [
  { classes: [1, 3], sites: [[30, 31, 90, 91, 92], [32, 93, 94], [33, 34, 35, 36, 95]] },
  { classes: [0, 2], sites: [[0, 1, 60], [2, 61, 62, 63], [3, 4, 5, 64]] },
] // prettier-ignore

async function made(
  name: string,
  of: RunContext['tasks'] = tasks,
  change: Partial<typeof spec> = {},
): Promise<{ bench: FakeBench; calls: readonly Call[]; outcome: RunOutcome }> {
  const bench = new FakeBench(ground, (sample) => Math.floor(sample / each))
  const data = { path: 'train', heldOutPath: 'held-out', classes: ground.classes, trainCounts: [each, each, each, each], testCounts: [4, 4, 4, 4] } // prettier-ignore
  const reported = of.map(({ classes }) => classes)
  const key = { method: name, split: '0.5', seed: 1 } as const
  const context: RunContext = { key, spec: { ...spec, ...change }, data, ground, bench: bench.asBench(), meter: new CostMeter(), tasks: of, reported, heldOut: [0, 1, 2, 3].map((c) => [0, 1, 2, 3].map((i) => 4 * c + i)), home: [[0, 4], [5], [8, 12]], scoresEnd: false, lifts: true } // prettier-ignore
  return { bench, calls: bench.calls, outcome: await runMethod(context, methodNamed(name)!) }
}

const A = loraAName(module.name)
const B = loraBName(module.name)
const W = 'classifier/weight'
const matrix = ({ shape, data }: Tensor): Matrix => ({
  rows: shape[0]!,
  cols: shape[1]!,
  data: Float64Array.from(data),
})
const factor = (state: { readonly adapter: TensorMap }, name: string): Matrix =>
  matrix(state.adapter.get(name)!)
const sum = (matrices: readonly Matrix[]): Matrix => ({
  ...matrices[0]!,
  data: matrices[0]!.data.map((_, i) => matrices.reduce((total, { data }) => total + data[i]!, 0)),
})

function close(actual: Matrix, expected: Matrix, what: string): void {
  const size = Math.max(...expected.data.map(Math.abs))
  const off = Math.max(...actual.data.map((value, i) => Math.abs(value - expected.data[i]!)))
  assert.ok(off <= 1e-4 * size, `${what}: off by ${off} of ${size}`)
}

/** Weighted by samples. */
function meanOf(calls: readonly Call[], name: string): Matrix {
  const total = calls.reduce((count, { options }) => count + options.samples.length, 0)
  return sum(calls.map(({ state, options }) => {
    const value = factor(state, name)
    return { ...value, data: value.data.map((entry) => (entry * options.samples.length) / total) }
  })) // prettier-ignore
}

test('FedAvg averages both factors by samples, and training goes on from there', async () => {
  const { calls } = await made('fedavg')
  assert.equal(calls.length, 2 * 3 * 3)
  for (const name of [A, B]) close(factor(calls[3]!.from, name), meanOf(calls.slice(0, 3), name), name)
  for (const name of [A, B])
    close(factor(calls[9]!.from, name), meanOf(calls.slice(6, 9), name), `${name}, next task`)
  assert.deepEqual(calls.map(({ options }) => options.classes), calls.map((_, i) => tasks[i < 9 ? 0 : 1]!.classes)) // prettier-ignore
})

test('FFA trains and averages B alone under the A that the seed draws', async () => {
  const { calls } = await made('ffa')
  const [seeded] = frozenFactors({ kind: 'lora', ...spec.lora, trains: 'B', seed: 'experiment/1' }, [
    module,
  ]).values()
  for (const { from, options } of calls) {
    assert.equal(options.factors, 'B')
    assert.deepEqual(from.adapter.get(A), seeded)
  }
  close(factor(calls[3]!.from, B), meanOf(calls.slice(0, 3), B), 'B')
})

test('LoRM’s B-step is the closed form on A G Aᵀ', async () => {
  const { calls } = await made('lorm-b')
  const round = calls.slice(0, 3)
  const grams = round.map(({ grams }) => unpackSymmetric(grams.get(`gram/${module.name}`)!.data, 2))
  const numerator = sum(round.map(({ state }, i) => matmul(factor(state, B), grams[i]!)))
  close(factor(calls[3]!.from, B), solveSymmetric(sum(grams), numerator, 'test'), 'B')
})

test('LoRM as published: B by A diag(G) Aᵀ, A by diag(G), B again; each task from its own start; rows of other tasks stay', async () => {
  const { calls, bench } = await made('lorm-paper')
  const phases = 'BABBAB'.split('').flatMap((phase) => [phase, phase, phase])
  assert.deepEqual(calls.map(({ options }) => options.factors), phases) // prettier-ignore
  const diagonals = calls.map(({ grams }) => grams.get(`gram/${module.name}`)!.data)
  const a = factor(calls[0]!.from, A)
  const projected = (i: number): Matrix => {
    const scaled = { ...a, data: a.data.map((value, at) => value * diagonals[i]![at % module.in]!) }
    return matmul(scaled, transpose(a))
  }
  const first = [0, 1, 2]
  const numerator = sum(first.map((i) => matmul(factor(calls[i]!.state, B), projected(i))))
  close(factor(calls[3]!.from, B), solveSymmetric(sum(first.map(projected)), numerator, 'test'), 'B')
  const merged = { ...a, data: a.data.map((_, at) => {
    const weigh = (i: number): number => diagonals[i]![at % module.in]!
    return [3, 4, 5].reduce((total, i) => total + factor(calls[i]!.state, A).data[at]! * weigh(i), 0) / [3, 4, 5].reduce((total, i) => total + weigh(i), 0)
  }) } // prettier-ignore
  close(factor(calls[6]!.from, A), merged, 'A')
  assert.ok(factor(calls[9]!.from, B).data.every((value) => value === 0))
  assert.notDeepEqual(calls[9]!.from.adapter.get(A), calls[0]!.from.adapter.get(A))
  const rows = (call: Call, c: number): Float32Array =>
    call.from.classifier.weight.data.slice(c * 5, (c + 1) * 5)
  for (const c of tasks[0]!.classes) assert.deepEqual(rows(calls[15]!, c), rows(calls[9]!, c))
  assert.ok(bench.measured.length > 0)
})

test('Ravan averages the heads of all sites by samples', async () => {
  const { calls } = await made('ravan-mean')
  for (const name of calls[0]!.from.adapter.keys())
    close(factor(calls[3]!.from, name), meanOf(calls.slice(0, 3), name), name)
})

test('one-shot: one contribution a site and task, of all local epochs', async () => {
  const { calls } = await made('oneshot-lorm-b')
  assert.deepEqual(calls.map(({ options }) => options.epochs), new Array(6).fill(6)) // prettier-ignore
})

test('RegMean of more updates than the rank holds goes on from one of the rank', async () => {
  const { calls } = await made('regmean')
  assert.equal(calls.length, 18)
  for (const { from } of calls) assert.equal(factor(from, A).rows, 2)
})

test('pooled training has everything at once, as many epochs as all rounds together', async () => {
  const { calls, outcome } = await made('pooled')
  assert.deepEqual(calls.map(({ options }) => [options.epochs, options.samples.length, options.classes]), [[6, 24, [0, 1, 2, 3]]]) // prettier-ignore
  assert.deepEqual(outcome.heads.own!.tasks, [[0.5, 0.5]])
  assert.equal(outcome.bytes.total, 0)
})

test('alone, every site goes its own way', async () => {
  const { calls, outcome } = await made('local')
  assert.equal(calls.length, 18)
  assert.deepEqual(calls[1]!.from.adapter.get(B), calls[0]!.state.adapter.get(B))
  assert.equal(outcome.perSite?.length, 3)
})

test('the analytic head stands on the adapter of the first task', async () => {
  const { bench, calls } = await made('fedavg')
  for (const state of bench.measured) close(matrix(state!.get(B)!), factor(calls[9]!.from, B), 'B')
  assert.equal(bench.measured.length, 2)
})

test('what is recorded of the samples at the end is what accuracy after the last task is computed from', async () => {
  const { outcome } = await made('frozen')
  for (const [head, { tasks: scored, right }] of Object.entries(outcome.heads)) {
    const found = unpackRight(right!)
    const shareOf = (classes: readonly number[]): number => {
      const samples = classes.flatMap((c) => [...found.subarray(4 * c, 4 * c + 4)])
      return samples.reduce((total, one) => total + one, 0) / samples.length
    }
    assert.deepEqual(scored.at(-1), tasks.map(({ classes }) => shareOf(classes)), head) // prettier-ignore
  }
  assert.ok(Object.keys(outcome.heads).length >= 3)
})

test('with the adapter of the first task, later tasks train nothing and bring statistics alone', async () => {
  const { bench, calls, outcome } = await made('fedavg+first')
  const { calls: all } = await made('fedavg')
  assert.deepEqual(calls.map(({ from }) => from), all.slice(0, 9).map(({ from }) => from)) // prettier-ignore
  assert.deepEqual(Object.keys(outcome.heads), ['analytic'])
  assert.equal(outcome.heads.analytic!.tasks.length, 2)
  assert.equal(bench.measured.length, 2)
})

test('a factor after a name changes the learning rate alone', async () => {
  const { calls } = await made('fedavg+rate0.25')
  assert.ok(calls.every(({ options }) => options.learningRate === spec.learningRate.lora / 4))
  assert.equal(methodNamed('fedavg+rate0.25')!.title, 'FedAvg-LoRA, factors averaged, 0.25 × the learning rate') // prettier-ignore
  for (const wrong of ['fedavg+rate', 'fedavg+rate0', 'fedavg+rate-1', 'frozen+rate2', 'pooled+first'])
    assert.equal(methodNamed(wrong), undefined, wrong)
})

test('FedALT: every site goes on with its own, beside the others’ factors averaged', async () => {
  const { calls } = await made('fedalt', tasks.slice(0, 1))
  assert.equal(calls.length, 9)
  const scale = spec.lora.alpha / spec.lora.rank
  for (const site of [0, 1, 2]) {
    const { from, options } = calls[3 + site]!
    assert.deepEqual(options.mixture, { restRank: spec.lora.rank, seed: `1/${site}` })
    const others = calls.slice(0, 3).filter((_, i) => i !== site)
    const mean = (name: string, times: number): Matrix => {
      const total = sum(others.map(({ state }) => factor(state, name)))
      return { ...total, data: total.data.map((entry) => (times * entry) / others.length) }
    }
    close(factor(from, `rest/${module.name}/lora_A`), mean(A, 1), 'A of the rest')
    close(factor(from, `rest/${module.name}/lora_B`), mean(B, scale), 'B of the rest')
    for (const name of [A, B]) assert.deepEqual(from.adapter.get(name), calls[site]!.state.adapter.get(name))
    assert.deepEqual(from.classifier, calls[site]!.state.classifier)
  }
  assert.ok(factor(calls[0]!.from, `rest/${module.name}/lora_B`).data.every((entry) => entry === 0))
})

test('FedALT on products: the rest of the world is the mean of what the others’ adapters do', async () => {
  const { calls, outcome } = await made('fedalt-products', tasks.slice(0, 1))
  const scale = spec.lora.alpha / spec.lora.rank
  const others = calls.slice(1, 3).map(({ state }) => matmul(factor(state, B), factor(state, A)))
  const mean = sum(others)
  const { from, options } = calls[3]!
  assert.equal(options.mixture!.restRank, 2 * spec.lora.rank)
  const found = matmul(factor(from, `rest/${module.name}/lora_B`), factor(from, `rest/${module.name}/lora_A`))
  close(found, { ...mean, data: mean.data.map((entry) => (scale * entry) / 2) }, 'B A of the rest')
  assert.equal(outcome.perSite?.length, 3)
  assert.deepEqual(outcome.heads.own!.home, [0.5, 0.5, 0.5])
  assert.ok(outcome.bytes.total > 0 && outcome.bytes.statistics === 0)
})

test('FedALT by Grams: A is frozen, and B of the rest of the world is the closed form over the others', async () => {
  const { calls } = await made('fedalt-gram', tasks.slice(0, 1))
  const scale = spec.lora.alpha / spec.lora.rank
  const others = calls.slice(1, 3)
  const grams = others.map(({ grams }) => unpackSymmetric(grams.get(`gram/${module.name}`)!.data, 2))
  const numerator = sum(others.map(({ state }, i) => matmul(factor(state, B), grams[i]!)))
  const expected = solveSymmetric(sum(grams), numerator, 'test')
  const { from, options } = calls[3]!
  assert.equal(options.factors, 'B')
  close(factor(from, `rest/${module.name}/lora_B`), { ...expected, data: expected.data.map((entry) => scale * entry) }, 'B of the rest') // prettier-ignore
  close(factor(from, `rest/${module.name}/lora_A`), factor(calls[0]!.from, A), 'A of the rest')
})

/** By the definition: δ sorted among shared entries, cut at round-half-even((1 − p)·n), personal from the cut on. */
function grownMask(moved: readonly number[], personal: readonly boolean[]): boolean[] {
  const shared = moved.filter((_, i) => !personal[i]).sort((a, b) => a - b)
  const exact = 0.75 * shared.length
  const even = Math.abs(exact % 1) === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact)
  return moved.map((delta, i) => personal[i]! || delta >= shared[even]!)
}

test('FedSelect: what moved most becomes personal and stays at its site; the rest is the mean of those that share it', async () => {
  const rounds = 4
  const { calls, outcome } = await made('fedselect-each', tasks.slice(0, 1), { rounds })
  assert.equal(calls.length, 3 * rounds)
  const data = ({ adapter, classifier }: Call['state'], name: string): number[] => [
    ...(name === W ? classifier.weight : adapter.get(name)!).data,
  ]
  /** How much a site says of an entry: of the classifier by its samples of the row's class. */
  const says = (name: string, site: number, i: number): number =>
    name !== W
      ? 1
      : calls[site]!.options.samples.filter(
          (sample) => Math.floor(sample / each) === Math.floor(i / ground.features),
        ).length
  const bits = (packed: Uint8Array, length: number): boolean[] =>
    Array.from({ length }, (_, i) => ((packed[i >> 3]! >> (i & 7)) & 1) === 1)
  for (const name of [A, B, W]) {
    const start = data(calls[0]!.from, name)
    const length = start.length
    let masks = [0, 1, 2].map(() => new Array<boolean>(length).fill(false))
    let before = [start, start, start]
    for (let round = 0; round < rounds; round++) {
      const now = calls.slice(3 * round, 3 * round + 3)
      for (const [site, { options }] of now.entries())
        assert.deepEqual(bits(options.personal!.get(name)!, length), masks[site], `${name}, round ${round + 1}`) // prettier-ignore
      if (round === rounds - 1) break
      const states = now.map(({ state }) => data(state, name))
      for (const [site, { from }] of calls.slice(3 * round + 3, 3 * round + 6).entries()) {
        const expected = start.map((initial, i) => {
          if (masks[site]![i]) return states[site]![i]!
          const weights = states.map((_, k) => (masks[k]![i] ? 0 : says(name, k, i)))
          const total = weights.reduce((all, weight) => all + weight, 0)
          return total === 0 ? initial : states.reduce((all, one, k) => all + weights[k]! * one[i]!, 0) / total // prettier-ignore
        })
        for (const [i, value] of data(from, name).entries())
          assert.ok(Math.abs(value - expected[i]!) < 1e-6, `${name} ${i}: ${value}, expected ${expected[i]}`)
      }
      if (round === 0) continue
      masks = masks.map((mask, site) => grownMask(states[site]!.map((value, i) => Math.abs(value - before[site]![i]!)), mask)) // prettier-ignore
      before = states
    }
    const share = masks[0]!.filter(Boolean).length / length
    assert.ok(share > 0.4 && share < 0.5, `${share} of the entries are personal after two growths`)
  }
  assert.equal(outcome.heads.own!.home!.length, 3)
})

test('FedSelect as published grows after every third round', async () => {
  const { calls } = await made('fedselect', tasks.slice(0, 1), { rounds: 6 })
  const personal = calls.map(({ options }) => options.personal!.get(B)!.some((byte) => byte !== 0))
  assert.deepEqual(personal.map(Number).join(''), '000000000000111111')
})

test('where sites meet once, each also has a classifier of its own, scored at home; where they meet again, none', async () => {
  const { outcome } = await made('fedavg', tasks.slice(0, 1))
  assert.equal(outcome.heads.site!.home!.length, 3)
  assert.equal(outcome.heads.site!.tasks.length, 1)
  for (const [name, of] of [
    ['fedavg', tasks],
    ['pooled', tasks.slice(0, 1)],
  ] as const)
    assert.equal((await made(name, of)).outcome.heads.site, undefined, name)
})

test('FedSelect says how much became personal, as share and limit have it, and by lot as many other entries', async () => {
  const personal = async (name: string): Promise<{ calls: readonly Call[]; share: number }> => {
    const { calls, outcome } = await made(name, tasks.slice(0, 1), { rounds: 4 })
    return { calls, share: outcome.personal! }
  }
  const close = (found: number, expected: number): void => assert.ok(Math.abs(found - expected) < 0.02, `${found}`) // prettier-ignore
  close((await personal('fedselect-each+share0')).share, 0)
  close((await personal('fedselect-each+limit0')).share, 0.25)
  close((await personal('fedselect-each+share1+limit1')).share, 1)
  const [moved, byLot] = [await personal('fedselect-each'), await personal('fedselect-each+random')]
  close(moved.share, 0.4375)
  close(byLot.share, 0.4375)
  const masks = ({ calls }: typeof moved): unknown => calls.at(-1)!.options.personal!.get(B)
  assert.notDeepEqual(masks(moved), masks(byLot))
  for (const wrong of ['fedavg+share0.5', 'fedselect+limit2', 'fedavg+random', 'fedselect+odd1'])
    assert.equal(methodNamed(wrong), undefined, wrong)
})

const TABLE = [[0, null], [1, 2], [9, 1], [8, 3], [0, 1], [9, 9]] as const // prettier-ignore

test('logistic regression is the floor of tables alone: each site at home, or all rows in one place', async () => {
  const data = { path: 't', heldOutPath: 't', classes: ['a', 'b'], trainCounts: [3, 3], testCounts: [3, 3], measurements: TABLE } // prettier-ignore
  const of = [{ classes: [0, 1], sites: [[0, 3], [1, 2, 5]] }] // prettier-ignore
  const home = [[0, 3], [2, 4, 5]] // prettier-ignore
  const context = { key: { method: 'logistic', split: 'domain', seed: 1 }, spec, data, ground, meter: new CostMeter(), tasks: of, reported: [[0, 1]], heldOut: [[0, 2], [3, 4, 5]], home, scoresEnd: false, lifts: true } as unknown as RunContext // prettier-ignore
  const alone = await runMethod(context, methodNamed('logistic')!)
  assert.deepEqual(alone.heads.own!.home, [1, 2 / 3])
  assert.deepEqual([alone.heads.own!.auc!.length, alone.perSite!.length, alone.bytes.total], [2, 2, 0]) // prettier-ignore
  const pooled = await runMethod(context, methodNamed('logistic-pooled')!)
  assert.equal(pooled.heads.own!.home!.length, 2)
  await assert.rejects(made('logistic', tasks.slice(0, 1)), { code: 'ERR_EXPERIMENT_DATA', message: /expected data of two classes with measurements/ }) // prettier-ignore
})

test('FedALT and FedSelect are for one task', async () => {
  for (const name of ['fedalt', 'fedselect'])
    await assert.rejects(made(name), { code: 'ERR_EXPERIMENT_TASKS' })
})

test('at their own pace, sites train from the merge of what has arrived, and one that is gone is in it still', async () => {
  const { calls } = await made('continuous+dies')
  const ofSite = (site: number): readonly Call[] =>
    calls.filter(({ options }) => options.seed.endsWith(`/${site}`))
  assert.deepEqual([0, 1, 2].map((site) => ofSite(site).length), [1, 6, 6]) // prettier-ignore
  assert.ok(calls.every(({ options }) => options.factors === 'B' && options.epochs === spec.epochs))
  const last = ofSite(1).filter(({ options }) => options.classes?.includes(1))[2]!
  assert.ok(factor(last.from, B).data.some((value) => value !== 0))
  assert.deepEqual(last.from.adapter.get(A), calls[0]!.from.adapter.get(A))
})

test('bytes are those of payloads and headers as they would travel', async () => {
  const { outcome: { bytes } } = await made('ffa') // prettier-ignore
  const factors = 4 * module.out * spec.lora.rank
  const classifier = 4 * ground.classes.length * (ground.features + 1)
  assert.ok(bytes.adapter >= factors && bytes.adapter < factors + 1000, `${bytes.adapter}`)
  const header = bytes.round - bytes.adapter - classifier
  assert.ok(header > 100 && header < 1000, `header of ${header} bytes`)
  const each = bytes.total - bytes.statistics - 6 * bytes.round
  assert.ok(Math.abs(each) <= 6)
})

test('every method runs, scores every round and task, and is checked as its peers would', async () => {
  for (const name of METHOD_NAMES.filter(
    (one) =>
      one !== 'regmean' && one !== 'lorm' && !one.includes('ravan') && !/fedalt|fedselect|logistic/.test(one),
  )) {
    const { outcome } = await made(name)
    const { strategy } = methodNamed(name)!
    const heads = Object.values(outcome.heads)
    assert.equal(heads.length, strategy === 'frozen' ? 3 : 2, name)
    const { own } = outcome.heads
    if (own !== undefined) assert.deepEqual(own.tasks.at(-1), [0.5, 0.5], name)
  }
})
