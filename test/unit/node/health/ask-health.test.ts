import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startControl, type ControlTarget } from '../../../../src/node/control.ts'
import { askHealth } from '../../../../src/node/health/ask-health.ts'
import { homePaths } from '../../../../src/node/home.ts'
import { silentLogger } from '../../../../src/node/logger.ts'

const status = {
  activity: { kind: 'training', text: 'training number 2', waitingFor: [] },
  merge: { digest: 'd' },
  agreement: { holding: ['mill'], others: ['press'], of: 2, text: '1 of 2 hold this merge' },
}

test('the answer of a running node reaches the health check, and its exit code says what was asked', async () => {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-health-')))
  try {
    const before = await askHealth(paths.root)
    assert.deepEqual([before.live, before.ready, before.agreement], [false, false, false])
    assert.match(before.why.live, /no node answers/)
    assert.equal((await check(paths.root, 'live')).code, 1)
    {
      const target = { status: () => status } as unknown as ControlTarget
      await using control = await startControl(target, paths.control, silentLogger())
      assert.match(control.url, /^http:/)
      assert.deepEqual(await askHealth(paths.root), {
        live: true,
        ready: true,
        agreement: false,
        why: { live: 'the node answers', ready: 'training number 2', agreement: '1 of 2 hold this merge' },
      })
      assert.deepEqual(await check(paths.root, 'live'), {
        code: 0,
        text: 'live          yes\nready         yes: training number 2\nin agreement  no: 1 of 2 hold this merge\n',
      })
      assert.equal((await check(paths.root, 'ready')).code, 0)
      assert.equal((await check(paths.root, 'agreement')).code, 1)
      assert.equal((await check(paths.root, 'nonsense')).code, 2)
    }
    assert.equal((await askHealth(paths.root)).live, false)
  } finally {
    await rm(paths.root, { recursive: true, force: true })
  }
})

/** As a container runs it, in a process of its own. */
async function check(home: string, question: string): Promise<{ code: number | null; text: string }> {
  const args = ['--import', 'tsx', 'src/node/health-check.ts', home, question]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, text }
}
