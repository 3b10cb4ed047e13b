import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openSource } from '../../../../src/training/data/open-source.ts'
import { listTableClasses } from '../../../../src/training/data/table/table-classes.ts'

const DATA = process.env['PEERMERGE_DATA']

describe('Banking77', { skip: DATA === undefined && 'PEERMERGE_DATA is not set' }, () => {
  it('is read without a bad row, and evaluated with its own file', async () => {
    const columns = { text: 'text', label: 'category' }
    const [path, heldOutPath] = ['train.csv', 'test.csv'].map((name) => join(DATA!, 'banking77', name))
    const classes = await listTableClasses(path!, columns)
    assert.equal(classes.length, 77)
    const site = {
      path: path!,
      heldOutPath: heldOutPath!,
      columns,
      classes,
      trainFraction: 0.7,
      splitSeed: 's',
    }
    const source = await openSource(site)
    assert.deepEqual(source.skipped, [])
    assert.equal(source.total, 10_003 + 3_080)
    let train = 0
    for await (const { split } of source.samples()) train += split === 'train' ? 1 : 0
    assert.equal(train, 10_003)
  })
})
