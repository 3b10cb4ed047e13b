import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inheritedArgs } from '../../../../src/training/process/fork-entry.ts'

it('a child inherits the loader and memory limits, not the script, test runner or debugger of its parent', () => {
  const cases: [string[], string[]][] = [
    [
      ['--import', 'tsx', '--test'],
      ['--import', 'tsx'],
    ],
    [
      ['--import', 'tsx', '-e', 'startTrainer()'],
      ['--import', 'tsx'],
    ],
    [['--input-type=module', '--eval', 'start()', '--max-old-space-size=900'], ['--max-old-space-size=900']],
    [['-pe', '1 + 1'], []],
    [
      ['--print=1', '--inspect-brk=9229', '--watch', '--require', './x.cjs'],
      ['--require', './x.cjs'],
    ],
    [['-e', '--enable-source-maps'], ['--enable-source-maps']],
  ]
  for (const [given, kept] of cases) assert.deepEqual(inheritedArgs(given), kept, given.join(' '))
})
