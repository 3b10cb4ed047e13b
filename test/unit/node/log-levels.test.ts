import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelOf, parseLogLevels } from '../../../src/node/log-levels.ts'

test('a namespace has its own level, or that of the one that it is part of', () => {
  const levels = parseLogLevels('gossip:debug, node:info,node:store:trace')
  assert.equal(levelOf(levels, 'gossip'), 'debug')
  assert.equal(levelOf(levels, 'node:store'), 'trace')
  assert.equal(levelOf(levels, 'node:merge'), 'info')
  assert.equal(levelOf(levels, 'training'), undefined)
})

test('what makes no sense is left out', () => {
  for (const text of ['', 'gossip', 'gossip:loud', ':debug', ',,'])
    assert.equal(parseLogLevels(text).size, 0, text)
})
