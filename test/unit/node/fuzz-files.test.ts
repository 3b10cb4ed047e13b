import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentedReasons } from '../../helpers/fuzz/documented-reasons.ts'
import {
  fuzzCharters,
  fuzzClaims,
  fuzzContributions,
  fuzzSafetensors,
} from '../../helpers/fuzz/fuzz-targets.ts'
import { fuzzSettings } from '../../helpers/fuzz/run-cases.ts'

test('a contribution with anything wrong is refused for a documented reason, or merges into finite tensors', async () => {
  const { outcomes } = await fuzzContributions(fuzzSettings(1500))
  const reasons = await documentedReasons()
  for (const reason of outcomes.keys()) assert.ok(reason === 'accept' || reasons.has(reason), `${reason} is in docs/formats.md`) // prettier-ignore
  assert.ok((outcomes.get('accept') ?? 0) > 50 && outcomes.size > 15, 'the deep checks are reached')
})

const OTHERS = { charters: fuzzCharters, claims: fuzzClaims, safetensors: fuzzSafetensors }
for (const [name, fuzz] of Object.entries(OTHERS)) {
  test(`${name} with anything wrong give an error with a name, and are read where nothing is`, async () => {
    const { outcomes } = await fuzz(fuzzSettings(300))
    assert.ok((outcomes.get('accept') ?? 0) > 0 && outcomes.size > 1, JSON.stringify([...outcomes]))
  })
}
