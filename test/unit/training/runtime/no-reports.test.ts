import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forbidReports } from '../../../../src/training/runtime/onnx/no-reports.ts'

test('ONNX Runtime is told to report to nobody, whatever stood there', () => {
  for (const before of [undefined, '0']) {
    const env: NodeJS.ProcessEnv = before === undefined ? {} : { ORT_DISABLE_TELEMETRY: before }
    forbidReports(env, true)
    assert.deepEqual(env, { ORT_DISABLE_TELEMETRY: '1' })
  }
})

test('a thread, whose environment is a copy, is refused unless its process was told', () => {
  assert.throws(() => forbidReports({}, false), { code: 'ERR_RUNTIME_REPORTS', message: /ORT_DISABLE_TELEMETRY=1/ }) // prettier-ignore
  forbidReports({ ORT_DISABLE_TELEMETRY: '1' }, false)
})
