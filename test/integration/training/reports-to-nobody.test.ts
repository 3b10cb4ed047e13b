import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const SCRIPT = join(import.meta.dirname, 'trains-once.ts')

test('training leaves nothing of what ONNX Runtime keeps for its maker, though nobody has set its switch', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-reports-'))
  const [home, temporary] = [join(dir, 'home'), join(dir, 'tmp')]
  for (const folder of [home, temporary]) await mkdir(folder)
  const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: temporary }
  await promisify(execFile)(process.execPath, ['--import', 'tsx', SCRIPT], { env, timeout: 60_000 })
  assert.deepEqual(await readdir(home), [])
  const left = await readdir(temporary)
  assert.deepEqual(
    left.filter((name) => !name.startsWith('tsx-')),
    [],
  )
  await rm(dir, { recursive: true })
})
