import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { charterDigest, mergeSpecOf } from '../../../src/node/charter.ts'
import { saveMerge } from '../../../src/node/merge-files.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { readKeptMerge } from '../../../src/node/read-kept-merge.ts'
import { workedExample } from '../../helpers/worked-example.ts'

test('a kept merge is read as it was computed; of another charter, damaged or without its tensors it is none', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-kept-'))
  try {
    const { charter, file: container } = await workedExample()
    const file = join(dir, 'one.contribution')
    await writeFile(file, container)
    const spec = mergeSpecOf(charter)
    const digest = charterDigest(charter)
    const merges = join(dir, 'merges')
    assert.equal(await readKeptMerge(merges, digest, spec), undefined, 'none yet')
    await mkdir(merges)
    const { result, summary } = await mergeFiles(charter, [file])
    const path = await saveMerge(merges, result, summary, { charter: digest, spec })
    assert.deepEqual(await readKeptMerge(merges, digest, spec), result)
    assert.equal(await readKeptMerge(merges, 'ff'.repeat(32), spec), undefined)
    const bytes = await readFile(path)
    bytes[bytes.length - 2]! ^= 1
    await writeFile(path, bytes)
    assert.equal(await readKeptMerge(merges, digest, spec), undefined, 'one bit of its tensors is another')
    await rm(path)
    assert.equal(await readKeptMerge(merges, digest, spec), undefined)
  } finally {
    await rm(dir, { recursive: true })
  }
})
