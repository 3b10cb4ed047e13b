import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WatchedFile } from '../../../../src/node/watched-file.ts'
import {
  keepHelp,
  keptHelp,
  keptHelpSchema,
  type KeptHelp,
} from '../../../../src/node/who-helps/kept-help.ts'
import type { HelpReport } from '../../../../src/node/who-helps/types.ts'

const FIGURES = { correct: 7, count: 9, perClass: [{ correct: 7, count: 9 }], perTask: [{ correct: 7, count: 9 }] } // prettier-ignore
const REPORT: HelpReport = {
  merge: 'a'.repeat(64),
  classes: ['dent'],
  tasks: [{ task: null, name: null }],
  figures: FIGURES,
  sites: [
    { peer: '12D3', name: 'mill', self: false, contributions: ['c'], without: 'b'.repeat(64), figures: { ...FIGURES, correct: 5 }, gained: 3, lost: 1, chance: 0.3125, effect: 'unclear' }, // prettier-ignore
  ],
}

test('the last report is kept without classes, for its owner alone, and is seen as soon as it is there', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-help-'))
  try {
    const help = join(dir, 'who-helps.json')
    const watched = new WatchedFile(help, keptHelpSchema)
    const now = (): KeptHelp | undefined => watched.value
    assert.equal(now(), undefined)
    await keepHelp({ help }, REPORT, 1_000)
    const site = { peer: '12D3', name: 'mill', self: false, correct: 5, gained: 3, lost: 1, chance: 0.3125, effect: 'unclear' } // prettier-ignore
    assert.deepEqual(now(), { v: 1, at: 1_000, merge: REPORT.merge, correct: 7, count: 9, sites: [site] }) // prettier-ignore
    assert.equal(now(), now(), 'read once')
    assert.equal((await stat(help)).mode & 0o777, 0o600)
    await keepHelp({ help }, { ...REPORT, merge: 'd'.repeat(64) }, 2_000)
    assert.deepEqual([now()?.merge, now()?.at], ['d'.repeat(64), 2_000])
    await writeFile(help, (await readFile(help, 'utf8')).slice(9))
    assert.equal(now(), undefined, 'a file that cannot be read says nothing')
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('what is kept is what the schema reads', () => {
  const kept = keptHelp(REPORT, 7)
  assert.deepEqual(keptHelpSchema.parse(JSON.parse(JSON.stringify(kept))), kept)
})
