import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { DEFAULT_ROBUST } from '../../../src/merge/index.ts'
import { limitsOf, limitsOption } from '../../../src/node/cli/limits-option.ts'

function said(value: string): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  command.addOption(limitsOption('what'))
  return command.parse(['--limits', value], { from: 'user' }).opts().limits
}

test('every way of limiting is a spec, none is said apart', () => {
  assert.equal(said('none'), 'none')
  assert.deepEqual(
    [limitsOf('none'), limitsOf(undefined), limitsOf(DEFAULT_ROBUST)],
    [null, undefined, DEFAULT_ROBUST],
  )
  assert.deepEqual(said('caps'), DEFAULT_ROBUST)
  assert.deepEqual(said('krum:2'), { ...DEFAULT_ROBUST, filter: { rule: 'multi-krum', byzantine: 2 } })
  assert.deepEqual(said('trimmed-mean:0.2'), { ...DEFAULT_ROBUST, estimator: { rule: 'trimmed-mean', share: 0.2 } }) // prettier-ignore
  assert.deepEqual(said('geometric-median'), { ...DEFAULT_ROBUST, estimator: 'geometric-median' })
  assert.deepEqual(said('at-most:500'), { normalise: false, countCap: { atMost: 500 } })
})

for (const wrong of [
  '',
  'krum',
  'krum:0',
  'krum:1.5',
  'krum:1:2',
  'caps:3',
  'none:',
  'trimmed-mean:0.5',
  'at-most:x',
  'toString',
]) {
  test(`--limits ${wrong}: says what is expected`, () => {
    assert.throws(() => said(wrong), {
      code: 'commander.invalidArgument',
      message: /expected caps, none, krum:F/,
    })
  })
}
