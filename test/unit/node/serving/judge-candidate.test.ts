import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeCandidate } from '../../../../src/node/serving/judge-candidate.ts'
import { servingSchema } from '../../../../src/node/serving/serving-rules.ts'

const CLASSES = ['crack', 'pore']

/** Ten samples of each class, the first ones right. */
function results(crack: number, pore: number) {
  const right = Uint8Array.from([...of(crack), ...of(pore)])
  return { correct: crack + pore, count: 20, perClass: [{ correct: crack, count: 10 }, { correct: pore, count: 10 }], right } // prettier-ignore
}
const of = (right: number): number[] => Array.from({ length: 10 }, (_, i) => Number(i < right))
const rules = (change: object) => servingSchema.parse(change)

const CASES = [
  ['as good', {}, results(7, 7), results(7, 7), true, /a gain of 0.0 %/],
  ['better', {}, results(6, 7), results(8, 7), true, /15 of 20 held-out samples right, what is served 13; a gain of 10.0 %/], // prettier-ignore
  ['one fewer', {}, results(7, 7), results(7, 6), false, /a gain of -5.0 %, expected at least 0.0 %/],
  ['one fewer within the margin', { margin: -0.05 }, results(7, 7), results(7, 6), true, /-5.0 %/],
  ['many fewer, more than chance explains', { margin: -1 }, results(10, 10), results(5, 9), false, /6 lost and 0 gained/], // prettier-ignore
  [
    'better, by less than the margin',
    { margin: 0.1 },
    results(7, 7),
    results(8, 7),
    false,
    /at least 10.0 %/,
  ],
  ['better, with a weak class', { perClassFloor: 0.5 }, results(5, 5), results(10, 4), false, /"pore" 4 of 10, expected at least 50.0 %/], // prettier-ignore
  ['better, left to a person', { adopt: 'manual' }, results(5, 5), results(9, 9), false, /manual/],
  ['the first', {}, null, results(1, 1), true, /nothing was served before/],
  ['the first, with a weak class', { perClassFloor: 0.2 }, null, results(1, 5), false, /"crack" 1 of 10/],
] as const

for (const [what, settings, served, candidate, adopts, reason] of CASES) {
  test(`a candidate that is ${what} is ${adopts ? 'taken up' : 'left'}, and the reason says by what`, () => {
    const verdict = judgeCandidate(rules(settings), { served, candidate, classes: CLASSES })
    assert.equal(verdict.adopts, adopts, verdict.reason)
    assert.match(verdict.reason, reason)
  })
}

test('the site alone is told of and decides nothing; where it is better than chance explains, that is said', () => {
  const judge = (alone: ReturnType<typeof results>) => judgeCandidate(rules({}), { served: results(5, 5), candidate: results(6, 6), alone, classes: CLASSES }) // prettier-ignore
  const worse = judge(results(9, 9))
  assert.deepEqual([worse.adopts, /, the site alone 18; a gain of 10\.0 %; the site alone is better/.test(worse.reason)], [true, true], worse.reason) // prettier-ignore
  assert.doesNotMatch(judge(results(7, 6)).reason, /is better/)
})

test('with nothing held out nothing is taken up, and unknown settings are refused', () => {
  const none = { correct: 0, count: 0, perClass: [{ correct: 0, count: 0 }, { correct: 0, count: 0 }], right: new Uint8Array(0) } // prettier-ignore
  assert.match(judgeCandidate(rules({}), { served: null, candidate: none, classes: CLASSES }).reason, /nothing is held out/) // prettier-ignore
  for (const wrong of [{ margin: 2 }, { perClassFloor: -0.1 }, { adopt: 'always' }, { margins: 0 }])
    assert.equal(servingSchema.safeParse(wrong).success, false)
})
