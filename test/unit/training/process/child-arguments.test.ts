import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { childArguments } from '../../../../src/training/process/child-arguments.ts'

describe('childArguments', () => {
  it('keeps what says how modules are loaded, and limits', () => {
    const all = [
      '--import',
      'tsx',
      '--require=./a.cjs',
      '-r',
      'b',
      '--max-old-space-size=4096',
      '--conditions',
      'dev',
    ]
    assert.deepEqual(childArguments(all), all)
  })

  it('leaves out programs, prompts and tests, with what belongs to them', () => {
    const all = [
      '--test',
      '--test-reporter',
      'spec',
      '--inspect=0',
      '--watch',
      '--import',
      'tsx',
      '-e',
      'fork()',
      '-p',
      '1',
    ]
    assert.deepEqual(childArguments(all), ['--import', 'tsx'])
    assert.deepEqual(childArguments(['--eval', 'fork()', '--input-type=module', '--print', '1', '-i']), [])
  })

  it('lets a program on the command line use a trainer, which does not run it again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-eval-'))
    const starts = join(dir, 'starts')
    const door = new URL('../../../../src/training/process/spawn-trainer.ts', import.meta.url).href
    const program = `
      require('node:fs').appendFileSync(${JSON.stringify(starts)}, 'x')
      import(${JSON.stringify(door)}).then(async ({ spawnTrainer }) => {
        const trainer = spawnTrainer()
        await trainer.open({ data: [] }).catch(({ code }) => console.log(code)) // answered by a trainer, not by this program again
        await trainer.close()
      })`
    const args = ['--import', 'tsx', '--eval', program]
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([stdout, status, await readFile(starts, 'utf8')], ['ERR_NO_SITES\n', 0, 'x'])
    await rm(dir, { recursive: true })
  })
})
