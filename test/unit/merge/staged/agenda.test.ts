import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MalformedError } from '../../../../src/errors.ts'
import {
  formatAgenda,
  nextAgenda,
  parseAgenda,
  phaseAt,
  type Agenda,
} from '../../../../src/merge/staged/agenda.ts'

const SEED = 20261126
const GRAMS = { B: { form: 'projected' }, A: { form: 'diagonal' } } as const
const [ONE, TWO] = ['1'.repeat(64), '2'.repeat(64)] as const

test('an agenda is read back from its text, and the text fits into a cut', () => {
  const digits = fc.stringMatching(/^[0-9a-f]{64}$/)
  const step = fc.record(
    { task: fc.option(digits, { nil: null }), step: fc.integer({ min: 0, max: 1001 }) },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.option(step, { nil: null }), (agenda: Agenda) => {
      const text = formatAgenda(agenda)
      assert.match(text, /^[ -~]{1,128}$/)
      assert.deepEqual(parseAgenda(text), agenda)
    }),
    { seed: SEED },
  )
})

test('whatever is no agenda is refused by name', () => {
  for (const text of ['', 'idle ', 'charter', 'charter/-1', 'charter/12345', `${ONE.slice(1)}/0`, `${ONE}/x`, `${ONE}/0/1`, 'IDLE']) {
    assert.throws(() => parseAgenda(text), (error) => error instanceof MalformedError && error.detail.reason === 'bad-agenda', text)
  } // prettier-ignore
})

test('steps take turns from B on and end with Grams', () => {
  const phases = [0, 1, 2, 3, 4].map((step) => phaseAt({ rounds: 3 }, { task: null, step }))
  assert.deepEqual(phases, ['B', 'A', 'B', 'end', 'end'])
})

test('a task goes on to its end, then the next opened one begins, then nothing until another is opened', () => {
  const staged = { rounds: 2, grams: GRAMS }
  const none = new Set<string | null>()
  const after = (agenda: Agenda, opened: readonly string[], finished = none): Agenda | undefined =>
    nextAgenda(staged, agenda, opened, finished)
  assert.deepEqual(after({ task: null, step: 0 }, [ONE]), { task: null, step: 1 })
  assert.deepEqual(after({ task: null, step: 1 }, [ONE]), { task: null, step: 2 })
  assert.deepEqual(after({ task: null, step: 2 }, [ONE, TWO]), { task: ONE, step: 0 })
  assert.deepEqual(after({ task: ONE, step: 2 }, [ONE, TWO], new Set([null])), { task: TWO, step: 0 })
  assert.deepEqual(after({ task: TWO, step: 2 }, [ONE, TWO], new Set([null, ONE])), null)
  assert.equal(after(null, [ONE, TWO], new Set([null, ONE, TWO])), undefined)
  assert.deepEqual(after(null, [ONE, TWO], new Set([null, ONE])), { task: TWO, step: 0 })
})

test('a task that is opened while another is under way waits for its end', () => {
  const next = nextAgenda({ rounds: 2, grams: GRAMS }, { task: null, step: 0 }, [ONE], new Set())
  assert.deepEqual(next, { task: null, step: 1 })
})
