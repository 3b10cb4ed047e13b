import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mergeSpecOf } from '../../../../src/node/charter.ts'
import { homePaths } from '../../../../src/node/home.ts'
import { assertAllowed, assertCharterAllowed } from '../../../../src/node/policy/assert-policy.ts'
import { limitsInForce } from '../../../../src/node/policy/limits-in-force.ts'
import { isQuieted, PolicyDesk } from '../../../../src/node/policy/policy-desk.ts'
import { NO_POLICY, policySchema, type Policy } from '../../../../src/node/policy/policy-schema.ts'
import { POLICY_TEMPLATE } from '../../../../src/node/policy/policy-template.ts'
import { POLICY_ABSENT, readPolicy } from '../../../../src/node/policy/read-policy.ts'
import { statisticsAsked, statisticsIn } from '../../../../src/node/policy/statistics-asked.ts'
import { sharedScores } from '../../../../src/node/scores/shared-scores.ts'
import { sitePolicy } from '../../../../src/node/site-policy.ts'
import { sampleCharter } from '../sample-contributions.ts'

const policy = (change: object): Policy => policySchema.parse({ v: 1, ...change })
const charter = sampleCharter([])
const spec = mergeSpecOf(charter)

async function withFile(job: (paths: { policy: string }) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-policy-'))
  try {
    await job(homePaths(root))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

test('an unknown key is refused with its name, the nearest known one and the file', () =>
  withFile(async (paths) => {
    assert.deepEqual(await readPolicy(paths), POLICY_ABSENT)
    await writeFile(paths.policy, '{"v":1,"quitHours":[],"floors":{"sample":3}}')
    const said = await readPolicy(paths).then(() => assert.fail(), (error: unknown) => (error as Error).message) // prettier-ignore
    const wanted = [paths.policy, '"quitHours" (nearest known: "quietHours")', '"sample" (nearest known: "samples") in floors'] // prettier-ignore
    for (const part of wanted) assert.ok(said.includes(part), said)
  }))

test('the template and the example of the documentation are policies', async () => {
  assert.equal(policySchema.parse(JSON.parse(POLICY_TEMPLATE)).outbox, true)
  const example = policySchema.parse(JSON.parse(await readFile('docs/policy.example.json', 'utf8')))
  assert.equal(example.quietHours.length, 2)
})

test('what a charter asks for, and a policy keeps at home, is named', () => {
  const analytic = { ...spec, classifier: { rule: 'analytic', features: 'merged', ridge: 1e-2 } } as const
  assert.deepEqual(statisticsAsked(analytic), ['classifier-moments', 'grams-projected'])
  const staged = { rounds: 2, grams: { B: { form: 'projected' }, A: { form: 'top-k', k: 4 } } } as const
  assert.deepEqual(statisticsAsked({ ...analytic, rule: 'lorm', staged }), ['classifier-moments', 'grams-projected', 'grams-top-k']) // prettier-ignore
  const plain = { ...spec, rule: 'mean', grams: undefined, classifier: { rule: 'affine' } } as const
  assert.deepEqual(statisticsIn(plain, 'adapter'), ['classifier-gram'])
  assertCharterAllowed(policy({ statistics: ['classifier-moments', 'grams-projected'] }), analytic, 'scans')
  assert.throws(() => assertCharterAllowed(policy({ statistics: ['grams-projected'] }), analytic, 'scans'), {
    code: 'ERR_POLICY',
    message: /charter "scans" asks of its members: classifier-moments; allow it there/,
  })
})

test('floors of a policy hold for every contribution, and say that they are the policy’s', () => {
  const small = { kind: 'adapter' as const, task: null, count: 30, classCounts: [20, 7, 3] }
  assertAllowed(NO_POLICY, spec, small)
  assertAllowed(policy({ floors: { samples: 30, perClass: 3 } }), spec, small)
  assert.throws(() => assertAllowed(policy({ floors: { samples: 31 } }), spec, small), {
    message: /below-policy-floor.*30 samples, policy\.json asks for at least 31/,
  })
  assert.throws(() => assertAllowed(policy({ floors: { perClass: 4 } }), spec, small), {
    message: /3 samples of class "[^"]+", policy\.json asks for at least 4 or none/,
  })
  assert.equal(sitePolicy(spec, { samples: 20 }, policy({ floors: { samples: 31 } })).floors.samples, 31)
  assert.throws(() => assertAllowed(policy({ statistics: [] }), spec, { ...small, kind: 'statistics' }), {
    message: /statistics-forbidden.*classifier-moments/,
  })
})

test('held-out scores stay at home where the policy does not name them', () => {
  const shared = { ...charter, privacy: { ...charter.privacy, scores: 'shared' as const } }
  const score = { correct: 3, count: 4 }
  const book = { merge: 'm', records: [{ task: null, now: { ...score, merge: 'm' }, end: score, isMeasurable: true }] } as unknown as Parameters<typeof sharedScores>[1] // prettier-ignore
  assert.equal(sharedScores(shared, book)?.tasks.length, 1)
  assert.equal(sharedScores(shared, book, policy({ statistics: ['held-out-scores'] }))?.tasks.length, 1)
  assert.equal(sharedScores(shared, book, policy({ statistics: [] })), undefined)
})

test('the strictest limit holds, and says whose it is', () => {
  const config = { threads: 4, disk: { maxBytes: 3 * 2 ** 20, minFreeBytes: 0 }, floors: { samples: 20 }, bandwidth: { upBytesPerSecond: 100_000, downBytesPerSecond: 900_000 } } // prettier-ignore
  const own = policy({ threads: 3, diskMiB: 5, memoryMiB: 512, floors: { samples: 50 }, bandwidth: { upBytesPerSecond: 200_000, downBytesPerSecond: 800_000 } }) // prettier-ignore
  const floors = { samples: 16, perClass: 4 }
  assert.deepEqual(limitsInForce({ policy: own, config, spec: { floors }, mergeThreads: 8 }), {
    threads: { value: 3, from: 'policy' },
    mergeThreads: { value: 3, from: 'policy' },
    memoryBytes: { value: 512 * 2 ** 20, from: 'policy' },
    diskBytes: { value: 3 * 2 ** 20, from: 'settings' },
    uploadBytesPerSecond: { value: 100_000, from: 'settings' },
    downloadBytesPerSecond: { value: 800_000, from: 'policy' },
    floorSamples: { value: 50, from: 'policy' },
    floorPerClass: { value: 4, from: 'charter' },
  })
})

/** A desk over a file and a clock that a test moves. */
async function withDesk(
  text: string,
  job: (given: {
    desk: PolicyDesk
    told: string[]
    write: (text: string | null) => Promise<void>
    clock: { now: number }
  }) => Promise<void>,
): Promise<void> {
  await withFile(async (paths) => {
    let written = 0
    const write = async (next: string | null): Promise<void> => {
      await rm(paths.policy, { force: true })
      if (next === null) return
      await writeFile(paths.policy, next)
      await utimes(paths.policy, 0, (written += 1)) // another time each, however fast a test is
    }
    await write(text)
    const told: string[] = []
    const clock = { now: Date.parse('2026-11-26T12:00:00Z') }
    const desk: PolicyDesk = new PolicyDesk({
      paths,
      found: await readPolicy(paths),
      wallNow: () => clock.now,
      onChanged: () => told.push(desk.problem === null ? `outbox ${desk.policy.outbox}` : 'closed'),
      onQuiet: (what, until) => told.push(`${what} ${until === null ? 'on' : 'quiet'}`),
    })
    await desk.look()
    await job({ desk, told, write, clock })
  })
}

test('a file that has changed is in force at the next look; one that is none, or gone, closes the way out', () =>
  withDesk('{"v":1}', async ({ desk, told, write }) => {
    await write('{"v":1,"outbox":true}')
    await desk.look()
    await write('{"v":1,"outbix":true}')
    await desk.look()
    assert.match(desk.problem!, /nearest known: "outbox"/)
    assert.equal(desk.policy.outbox, true, 'the one before stays in force')
    await write(null)
    await desk.look()
    assert.match(desk.problem!, /it is gone/)
    await desk.reload()
    assert.equal(desk.problem, null)
    assert.deepEqual(told, ['outbox true', 'closed', 'closed', 'outbox false'])
    await write('[]')
    await assert.rejects(desk.reload(), { code: 'ERR_INVALID_FILE' })
    assert.notEqual(desk.problem, null)
  }))

test('a quiet hour ends what is under way, and a clock that jumps moves it at the next look, forward and back', () => {
  const window = { from: '20:00', to: '22:00', timeZone: 'UTC', forbids: ['training'] }
  return withDesk(JSON.stringify({ v: 1, quietHours: [window] }), async ({ desk, told, clock }) => {
    const under = desk.training
    clock.now = Date.parse('2026-11-26T21:00:00Z')
    await desk.look()
    assert.ok(under.aborted && isQuieted(under.reason))
    assert.ok(desk.training.aborted)
    clock.now = Date.parse('2026-11-26T19:00:00Z')
    await desk.look()
    assert.equal(desk.training.aborted, false)
    clock.now = Date.parse('2026-12-24T20:00:00Z')
    await desk.look()
    clock.now = Date.parse('2026-12-24T22:00:00Z')
    await desk.look()
    assert.deepEqual(told, ['training quiet', 'training on', 'training quiet', 'training on'])
  })
})
