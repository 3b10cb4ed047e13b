import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runTrial, type TrialOptions } from '../../../src/node/trial/run-trial.ts'
import { syntheticSite, TINY_VIT, writeInto, type SyntheticSite } from '../../fixtures/synthetic-site.ts'

const TINY_BERT = fileURLToPath(new URL('../../fixtures/tiny-bert', import.meta.url))

let site: SyntheticSite
let ownTmp = ''
const outerTmp = process.env['TMPDIR']
before(async () => {
  ownTmp = await mkdtemp(join(tmpdir(), 'peermerge-tmp-')) // others on this machine may be trying, too
  process.env['TMPDIR'] = ownTmp
  site = await syntheticSite({ across: 24, down: 24, plain: 24 }, 'trial')
})
after(async () => {
  if (outerTmp === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = outerTmp
  await rm(ownTmp, { recursive: true, force: true })
})

const optionsOf = (changes: Partial<TrialOptions> = {}): TrialOptions => ({
  data: site.dir,
  backbone: TINY_VIT,
  sites: 3,
  concentration: 0.5,
  heldOut: 0.3,
  rounds: 1,
  epochs: 1,
  seed: 1,
  signal: new AbortController().signal,
  progress: process.stderr,
  ...changes,
})

const scratches = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('peermerge-trial-'))

describe('peermerge trial', () => {
  it('compares sites alone, the mean, the closed form and the frozen backbone on one split', async () => {
    const { rows, perSite, trainSamples, heldOutSamples, peakBytes } = await runTrial(optionsOf())
    assert.deepEqual(
      rows.map(({ way }) => way),
      ['alone', 'mean', 'closed-form', 'frozen'],
    )
    assert.deepEqual([perSite.length, trainSamples, heldOutSamples], [3, 51, 21])
    const [alone, mean, merged, frozen] = rows
    assert.ok(alone!.worst! <= alone!.trained! && alone!.bytes === 0)
    assert.ok(merged!.bytes > mean!.bytes && mean!.bytes > frozen!.bytes && frozen!.bytes > 0)
    for (const { ms, analytic } of rows) assert.ok(ms > 0 && analytic! > 0 && analytic! <= 1)
    assert.ok(peakBytes > 5e7 && peakBytes < 4e9)
  })

  it('gives the same accuracies again, and others for another seed', async () => {
    const figures = async (seed: number): Promise<unknown> => {
      const { rows, perSite } = await runTrial(optionsOf({ seed, perClass: 12 }))
      return {
        perSite,
        rows: rows.map(({ trained, analytic, worst, bytes }) => [trained, analytic, worst, bytes]),
      }
    }
    const first = await figures(1)
    assert.deepEqual(await figures(1), first)
    assert.notDeepEqual(await figures(2), first)
  })

  it('takes a table of texts, with columns of other names', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-texts-'))
    try {
      const rows = Array.from({ length: 60 }, (_, i) => `${i % 2 ? 'the pump leaks oil' : 'a fine new engine'} ${i},${i % 2 ? 'fault' : 'fine'}`) // prettier-ignore
      const data = join(dir, 'notes.csv')
      await writeFile(data, ['note,kind', ...rows].join('\n'))
      const columns = { text: 'note', label: 'kind' }
      const report = await runTrial(optionsOf({ data, columns, backbone: TINY_BERT, sites: 2 }))
      assert.deepEqual([report.classes, report.trainSamples, report.heldOutSamples], [2, 42, 18])
      await assert.rejects(runTrial(optionsOf({ data, columns })), { code: 'ERR_TRIAL', message: /table of texts.*--backbone/ }) // prettier-ignore
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  it('names too many sites for the data, and samples that cannot be used', async () => {
    await assert.rejects(runTrial(optionsOf({ sites: 12 })), { code: 'ERR_SPLIT', message: /fewer sites/ })
    const broken = await writeInto(site, 'plain/broken.png', 'no image')
    await assert.rejects(runTrial(optionsOf()), { code: 'ERR_EXPERIMENT_DATA', message: /broken\.png/ })
    await rm(broken)
    assert.ok(!existsSync(broken))
  })

  it('leaves nothing behind', () => {
    assert.deepEqual(scratches(), [])
  })
})
