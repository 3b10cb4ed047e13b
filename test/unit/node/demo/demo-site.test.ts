import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeDemoSite } from '../../../../src/node/demo/demo-site.ts'

const { signal } = new AbortController()
const options = { count: 10, size: 16, seed: 's', signal }

test('past the built-in sites the same industries come again, with pictures of their own', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-demo-site-'))
  try {
    const write = (number: number, name: string): Promise<string> =>
      writeDemoSite({ ...options, number, out: join(dir, name) })
    assert.equal(await write(1, 'first'), 'steel-mill')
    assert.equal(await write(4, 'fourth'), 'foundry')
    assert.equal(await write(5, 'fifth'), 'steel-mill')
    assert.deepEqual(await readdir(join(dir, 'fifth')), await readdir(join(dir, 'first')))
    const picture = (name: string): Promise<Buffer> => readFile(join(dir, name, 'scratch', '0000.png'))
    assert.notDeepEqual(await picture('fifth'), await picture('first'))
    await write(1, 'again')
    assert.deepEqual(await picture('again'), await picture('first'))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('a site is there whole or not at all, and what was there before is gone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-demo-site-'))
  try {
    const out = join(dir, 'data')
    await mkdir(join(out, 'stale'), { recursive: true })
    const broken = AbortSignal.abort(new Error('stopped'))
    await assert.rejects(writeDemoSite({ ...options, number: 2, out, signal: broken }), /stopped/)
    assert.deepEqual(await readdir(out), ['stale'])
    await writeFile(join(dir, 'beside'), '')
    await writeDemoSite({ ...options, number: 2, out })
    assert.deepEqual((await readdir(out)).sort(), ['crack', 'good', 'stain'])
    assert.deepEqual((await readdir(dir)).sort(), ['beside', 'data'])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
