import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the package can be imported by its name and opens a node', async () => {
  // by a variable: types of the built package need not exist when this file is checked
  const name: string = 'peermerge'
  const api = (await import(name)) as Record<string, unknown>
  for (const door of [
    'createNode',
    'buildCharter',
    'mergeFiles',
    'verifyMerge',
    'mergeContributions',
    'openLanguageSession',
    'resolveBackbone',
    'PeermergeError',
  ])
    assert.equal(typeof api[door], 'function', door)
})
