import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/node/logger.ts'
import { HeldOutFigures } from '../../../../src/node/scores/held-out-figures.ts'
import { HeldOutResults } from '../../../../src/node/scores/held-out-results.ts'
import type { EvaluateResult } from '../../../../src/training/index.ts'

const CHARTER = 'a'.repeat(64)
const MERGE = 'b'.repeat(64)
const result = (correct: number, count: number): EvaluateResult => ({ correct, count, perClass: [{ correct, count }], perSite: [], perSiteClass: [], right: new Uint8Array(count), mistakes: [{ label: 0, answer: 1, count: count - correct }] }) // prettier-ignore

test('figures are kept over restarts under the same charter, and no others', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-figures-'))
  const init = {
    file: join(dir, 'held-out.json'),
    charter: CHARTER,
    logger: silentLogger(),
    wallNow: () => 17,
  }
  try {
    const figures = await HeldOutFigures.open(init)
    assert.deepEqual(figures.all, {})
    const results = new HeldOutResults(figures)
    results.say('merged', MERGE, result(3, 4))
    results.say('trained', null, result(2, 4))
    results.say('served', MERGE, result(0, 0))
    await figures.close()
    const again = await HeldOutFigures.open(init)
    assert.deepEqual(again.all, {
      merged: { digest: MERGE, at: 17, correct: 3, count: 4, perClass: [{ correct: 3, count: 4 }], mistakes: [{ label: 0, answer: 1, count: 1 }] },
      trained: { digest: null, at: 17, correct: 2, count: 4, perClass: [{ correct: 2, count: 4 }], mistakes: [{ label: 0, answer: 1, count: 2 }] },
    }) // prettier-ignore
    assert.deepEqual((await HeldOutFigures.open({ ...init, charter: MERGE })).all, {})
    await writeFile(init.file, '{')
    assert.deepEqual((await HeldOutFigures.open(init)).all, {})
  } finally {
    await rm(dir, { recursive: true })
  }
})
