import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { surfaceSite, writeSurfaceSite } from '../../../../src/training/synthetic/surface/index.ts'

describe('writeSurfaceSite', () => {
  it('lays out dir/<site>/<class>/<number>.png with the very pixels', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-surfaces-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const options = { seed: 'files', count: 12, size: 24 }

    assert.equal(await writeSurfaceSite(dir, 2, options), join(dir, 'weaving-mill'))
    const classes = (await readdir(join(dir, 'weaving-mill'))).sort()
    assert.deepEqual(classes, ['good', 'pits', 'scratch', 'stain'])
    const files = await Promise.all(classes.map((name) => readdir(join(dir, 'weaving-mill', name))))
    assert.equal(files.flat().length, 12)

    const first = [...surfaceSite(2, options)].find(({ className }) => className === 'pits')!
    const { data, info } = await sharp(join(dir, 'weaving-mill', 'pits', '0000.png'))
      .raw()
      .toBuffer({ resolveWithObject: true })
    assert.deepEqual([info.width, info.height, info.channels], [24, 24, 3])
    assert.deepEqual(new Uint8Array(data), first.pixels)
  })

  it('stops when it is told to', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-surfaces-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const options = { seed: 'stop', count: 12, size: 24 }
    await assert.rejects(writeSurfaceSite(dir, 0, options, AbortSignal.abort()), { name: 'AbortError' })
  })
})
