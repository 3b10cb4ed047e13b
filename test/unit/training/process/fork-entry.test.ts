import assert from 'node:assert/strict'
import { it } from 'node:test'
import { optionsOfChild } from '../../../../src/training/process/fork-entry.ts'

it('a forked module inherits loaders, and neither a program from the command line nor a role', () => {
  const loader = ['--require', './preflight.cjs', '--import', 'file:///loader.mjs']
  assert.deepEqual(optionsOfChild(loader), loader)
  for (const own of [
    ['-e', 'run()'],
    ['--eval', 'run()'],
    ['-p', 'run()'],
    ['--print', 'run()'],
    ['--eval=run()'],
    ['--input-type=module', '--eval', 'run()'],
    ['--test', '--test-reporter=spec'],
    ['--inspect-brk=9229'],
    ['--watch'],
  ]) {
    assert.deepEqual(optionsOfChild([...own, ...loader]), loader, own.join(' '))
    assert.deepEqual(optionsOfChild([...loader, ...own]), loader, own.join(' '))
  }
})
