import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryProblem, memoryText } from '../../../../src/node/memory/memory-text.ts'
import { memoryOf } from './memory-of.ts'

const MEMORY = memoryOf()

test('the estimate names what takes most', () => {
  assert.equal(memoryText(MEMORY), 'about 1.5 GB of memory at most: the node 200.0 MB, training 1.3 GB (activations of a batch 900.0 MB, runtime 220.0 MB, backbone 110.0 MB)') // prettier-ignore
})

test('what exceeds the limit of the policy, or what is free, is a problem by name; what fits is none', () => {
  assert.equal(memoryProblem(MEMORY, { free: 2e9, limit: { value: 1.4e9, from: 'policy' } }), undefined)
  assert.equal(memoryProblem(MEMORY, { free: null, limit: null }), undefined)
  const over = memoryProblem(MEMORY, { free: 1e9, limit: { value: 1.2e9, from: 'policy' } })
  assert.match(over!, /^training needs about 1\.3 GB \(activations of a batch 900\.0 MB.*memoryMiB of policy\.json allows 1\.2 GB.*ERR_TRAINER_MEMORY.*batchSize/) // prettier-ignore
  const full = memoryProblem(MEMORY, { free: 1e9, limit: { value: 1.4e9, from: 'policy' } })
  assert.match(full!, /^node and training need about 1\.5 GB .*1\.0 GB are free.*batchSize/)
})
