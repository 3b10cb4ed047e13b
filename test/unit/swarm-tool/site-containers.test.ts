import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBytes } from '../../../scripts/swarm-tool/chaos/memory.ts'
import { parseGroups } from '../../../scripts/swarm-tool/links.ts'
import { northAndSouth } from '../../../scripts/swarm-tool/settings.ts'
import { isSite, partOfLabels } from '../../../scripts/swarm-tool/site-containers.ts'

const task = (service: string, slot: number): Record<string, string> => ({
  'com.docker.stack.namespace': 'lab',
  'com.docker.swarm.service.name': `lab_${service}`,
  'com.docker.swarm.task.name': `lab_${service}.${slot}.x8f2`,
})
const composed = (service: string, number: number): Record<string, string> => ({
  'com.docker.compose.project': 'lab',
  'com.docker.compose.service': service,
  'com.docker.compose.container-number': String(number),
})

test('a container’s labels say which site it is, of a stack as of a compose project, and only of this one', () => {
  assert.deepEqual(partOfLabels(task('site', 12), 'lab'), { kind: 'stack', part: 'site-12' })
  assert.deepEqual(partOfLabels(task('founder', 1), 'lab'), { kind: 'stack', part: 'founder' })
  assert.deepEqual(partOfLabels(composed('south', 2), 'lab'), { kind: 'compose', part: 'south-2' })
  assert.equal(partOfLabels(task('site', 1), 'other'), undefined)
  assert.equal(partOfLabels({}, 'lab'), undefined)
  assert.deepEqual(['site-3', 'relay', 'switchboard-north', 'site', 'prometheus'].map(isSite), [true, true, false, false, false]) // prettier-ignore
})

test('groups are read as they are written, and what is no partition is refused', () => {
  assert.deepEqual(parseGroups('a, b|c'), [['a', 'b'], ['c']])
  for (const wrong of ['a,b', 'a|', '', '|'])
    assert.throws(() => parseGroups(wrong), { code: 'ERR_OPTIONS' }, wrong)
})

test('peers besides founder and relay are shared out to north and south', () => {
  assert.deepEqual(northAndSouth(2), { north: 0, south: 0 })
  assert.deepEqual(northAndSouth(5), { north: 2, south: 1 })
  assert.deepEqual(northAndSouth(10), { north: 4, south: 4 })
})

test('memory is read as the engine writes it', () => {
  assert.deepEqual([parseBytes('1KiB'), parseBytes('1.5GiB'), parseBytes('12B')], [1024, 1.5 * 1024 ** 3, 12])
  assert.ok(Number.isNaN(parseBytes('--')))
})
