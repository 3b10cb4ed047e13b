import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { curveCases, curveData, miniLmCases } from '../../fixtures/training-curves.ts'
import { assertCurve, trainCurve, writeCurve } from '../../helpers/training-curve.ts'

const python = process.env['PEERMERGE_PYTHON']

test(
  'the installed PyTorch and PEFT train to the same losses',
  {
    skip: python === undefined && 'PEERMERGE_PYTHON is not set (a Python with torch, transformers and peft)',
  },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-curves-'))
    const data = await curveData()
    const minilm = process.env['PEERMERGE_MINILM'] // a directory with all-MiniLM-L6-v2; without it the small models only
    const cases = [...curveCases(data), ...(minilm === undefined ? [] : miniLmCases(minilm, data))]
    const losses = new Map<string, readonly number[]>()
    for (const one of cases) {
      const curve = await trainCurve(one)
      losses.set(one.name, curve.losses)
      await writeCurve(dir, one, curve)
    }
    await data.remove()
    const script = join(import.meta.dirname, '../../fixtures/make_training_curves.py')
    const output = execFileSync(python!, [script, dir], { encoding: 'utf8', maxBuffer: 1e8 })
    const { losses: live } = JSON.parse(output) as { losses: Record<string, number[]> }
    assert.deepEqual(Object.keys(live).sort(), [...losses.keys()].sort())
    for (const [name, own] of losses) assertCurve(own, live[name]!, name)
    await rm(dir, { recursive: true })
  },
)
