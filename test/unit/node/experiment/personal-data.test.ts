import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { prepareData } from '../../../../src/node/experiment/data/prepare-data.ts'
import { drawnSamples, homeSamples, runTasks } from '../../../../src/node/experiment/tasks.ts'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-personal-data-'))
})
after(() => rm(dir, { recursive: true, force: true }))

const spec = { tasks: 1, sites: 1 }

test('CLINC150 by domain: most samples of an intent are at the site of its domain, a few at every other, held-out ones alike', async () => {
  const intents = ['a', 'b', 'c', 'd', 'e', 'f']
  const rows = intents.flatMap((intent) => Array.from({ length: 10 }, (_, i) => [`${intent} ${i}`, intent]))
  await writeFile(join(dir, 'data_full.json'), JSON.stringify({ train: rows, test: rows }))
  await writeFile(join(dir, 'domains.json'), JSON.stringify({ x: ['a', 'd'], y: ['b', 'e'], z: ['c', 'f'] }))
  const kind = { kind: 'clinc150-domains', path: dir, perSite: 1, own: 0.6 } as const
  const data = await prepareData(kind, join(dir, 'clinc'))
  assert.deepEqual(data.domainNames, ['x', 'y', 'z'])
  const [{ sites }] = runTasks(spec, data, 'domain', 1) as [ReturnType<typeof runTasks>[number]]
  const home = homeSamples(data, drawnSamples(data, 1))!
  for (const dealt of [sites, home]) {
    const counts = dealt.map((samples) => intents.map((_, c) => samples.filter((one) => Math.floor(one / 10) === c).length)) // prettier-ignore
    assert.deepEqual(counts, [[6, 2, 2, 6, 2, 2], [2, 6, 2, 2, 6, 2], [2, 2, 6, 2, 2, 6]]) // prettier-ignore
    assert.equal(new Set(dealt.flat()).size, 60)
  }
  await assert.rejects(prepareData({ ...kind, perSite: 3 }, join(dir, 'one')), { code: 'ERR_EXPERIMENT_DATA', message: /expected two at least/ }) // prettier-ignore
  await writeFile(join(dir, 'domains.json'), JSON.stringify({ x: ['a'], y: ['b'] }))
  await assert.rejects(prepareData(kind, join(dir, 'lost')), { code: 'ERR_EXPERIMENT_DATA', message: /no domain has c, d, e/ }) // prettier-ignore
})

/** Ten patients, four of them with a narrowed vessel. */
const patients = (first: string): string => [first, ...Array.from({ length: 9 }, (_, i) => `${41 + i},0,4,130,250,0,0,140,1,1.5,2,?,7,${i < 3 ? 2 : 0}`)].join('\n') // prettier-ignore

test('heart disease: rows as sentences without what is missing, as UCI has the files or with a head row', async () => {
  const path = join(dir, 'heart')
  await rm(path, { recursive: true, force: true })
  const data = async (): ReturnType<typeof prepareData> => prepareData({ kind: 'heart', path, heldOut: 0.4 }, join(dir, 'out')) // prettier-ignore
  await assert.rejects(data(), { code: 'ERR_EXPERIMENT_DATA', message: /processed\.cleveland\.data nor .*cleveland\.csv can be read/ }) // prettier-ignore
  await mkdir(path)
  const head = 'age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num'
  await writeFile(
    join(path, 'processed.cleveland.data'),
    patients('63.0,1.0,1.0,145.0,0,1.0,2.0,150.0,0.0,2.3,?,0.0,6.0,1'),
  )
  for (const name of ['hungarian', 'switzerland', 'va'])
    await writeFile(join(path, `${name}.csv`), `${head}\n${patients('28,1,2,,132,0,2,185,0,0,,,,3')}\n`)
  const found = await data()
  assert.deepEqual([found.trainCounts, found.classes], [[24, 16], ['healthy', 'narrowed']]) // prettier-ignore
  const table = await readFile(found.path, 'utf8')
  assert.match(table, /"63 year old man, typical angina, blood pressure 145, high sugar, ECG with hypertrophy, top pulse 150, no exercise angina, ST depression 2\.3, narrowed vessels 0, fixed defect",narrowed\n/) // prettier-ignore
  const measured = found.measurements![24]!
  assert.deepEqual(measured.slice(0, 8), [63, 1, 1, 0, 0, 0, 145, null]) // prettier-ignore
  assert.equal(found.measurements!.every(({ length }) => length === measured.length), true) // prettier-ignore
  await writeFile(join(path, 'va.csv'), 'age,num\n3,1\n')
  await assert.rejects(data(), { code: 'ERR_EXPERIMENT_DATA', message: /va: expected the columns age,sex.*got age,num/ }) // prettier-ignore
})

test('data that are drawn anew: every seed holds out other patients, the same share of each hospital and class, and trains on the rest', () => {
  const domains = [0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1]
  const drawn = { path: 'x', heldOutPath: 'x', classes: ['a', 'b'], trainCounts: [6, 6], testCounts: [6, 6], domains, testDomains: domains, domainNames: ['p', 'q'], redrawn: 0.5 } // prettier-ignore
  const seeds = [1, 2, 3].map((seed) => drawnSamples(drawn, seed))
  for (const [i, { train, heldOut }] of seeds.entries()) {
    assert.deepEqual([...train.flat(), ...heldOut.flat()].sort((a, b) => a - b), [...domains.keys()]) // prettier-ignore
    const home = homeSamples(drawn, { heldOut })!
    assert.deepEqual(home.map((samples) => [samples.filter((one) => one < 6).length, samples.length]), [[2, 3], [1, 3]]) // prettier-ignore
    const [task] = runTasks({ tasks: 1, sites: 2 }, drawn, 'domain', i + 1)
    assert.deepEqual(
      task!.sites.flat().sort((a, b) => a - b),
      train.flat(),
    )
  }
  assert.notDeepEqual(seeds[0], seeds[1])
  assert.deepEqual(drawnSamples(drawn, 1), seeds[0])
})
