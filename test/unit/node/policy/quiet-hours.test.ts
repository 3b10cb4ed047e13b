import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietAt, quietWindowSchema, type QuietWindow } from '../../../../src/node/policy/quiet-hours.ts'

const at = (time: string): number => Date.parse(time)
const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

function quietWindow(change: Partial<QuietWindow>): QuietWindow {
  return quietWindowSchema.parse({ from: '08:00', to: '18:00', timeZone: 'UTC', ...change })
}

const until = (windows: readonly QuietWindow[], time: string): string | null => iso(quietAt(windows, at(time)).training) // prettier-ignore

test('a window holds from its first minute to the one before its end, on its days', () => {
  const weekdays = [quietWindow({ days: ['mon', 'tue', 'wed', 'thu', 'fri'] })]
  assert.equal(until(weekdays, '2026-11-26T07:59:59Z'), null) // a Thursday
  assert.equal(until(weekdays, '2026-11-26T08:00:00Z'), '2026-11-26T18:00:00.000Z')
  assert.equal(until(weekdays, '2026-11-26T17:59:59Z'), '2026-11-26T18:00:00.000Z')
  assert.equal(until(weekdays, '2026-11-26T18:00:00Z'), null)
  assert.equal(until(weekdays, '2026-11-28T12:00:00Z'), null) // a Saturday
})

test('a window over midnight belongs to the day on which it begins', () => {
  const friday = [quietWindow({ days: ['fri'], from: '22:00', to: '06:00' })]
  assert.equal(until(friday, '2026-11-27T23:00:00Z'), '2026-11-28T06:00:00.000Z')
  assert.equal(until(friday, '2026-11-28T05:59:00Z'), '2026-11-28T06:00:00.000Z')
  assert.equal(until(friday, '2026-11-27T05:00:00Z'), null, 'the night from Thursday')
  assert.equal(until(friday, '2026-11-28T23:00:00Z'), null)
})

test('windows that follow one another end together, and a window of a whole day ends with the next that is free', () => {
  const weekend = [
    quietWindow({ days: ['sat', 'sun'], from: '00:00', to: '00:00' }),
    quietWindow({ days: ['mon'], from: '00:00', to: '07:00' }),
  ]
  assert.equal(until(weekend, '2026-11-28T10:00:00Z'), '2026-11-30T07:00:00.000Z')
})

test('the clock on the wall of its time zone counts, in summer, in winter and in the night between', () => {
  const vienna = [quietWindow({ from: '07:00', to: '19:00', timeZone: 'Europe/Vienna' })]
  assert.equal(until(vienna, '2026-07-01T05:00:00Z'), '2026-07-01T17:00:00.000Z')
  assert.equal(until(vienna, '2026-12-01T05:30:00Z'), null)
  assert.equal(until(vienna, '2026-12-01T06:00:00Z'), '2026-12-01T18:00:00.000Z')
  const night = [quietWindow({ from: '22:00', to: '06:00', timeZone: 'Europe/Vienna' })]
  assert.equal(until(night, '2026-10-24T21:00:00Z'), '2026-10-25T05:00:00.000Z', 'set back at three')
  assert.equal(until(night, '2026-03-28T22:00:00Z'), '2026-03-29T04:00:00.000Z', 'put forward at two')
})

test('what a window does not forbid is not quiet', () => {
  const quiet = quietAt([quietWindow({ forbids: ['sharing'] })], at('2026-11-26T12:00:00Z'))
  assert.equal(quiet.training, null)
  assert.equal(iso(quiet.sharing), '2026-11-26T18:00:00.000Z')
})

test('times and zones that are none are refused', () => {
  for (const change of [{ from: '24:00' }, { to: '7:00' }, { timeZone: 'Europe/Nowhere' }, { days: [] }])
    assert.throws(() => quietWindow(change))
})
