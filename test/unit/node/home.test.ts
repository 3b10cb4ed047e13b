import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeFileAtomic } from '../../../src/node/atomic-file.ts'
import { lockHome } from '../../../src/node/home-lock.ts'
import {
  configSchema,
  homePaths,
  readCharter,
  readConfig,
  writeConfig,
  type HomePaths,
} from '../../../src/node/home.ts'
import { openIdentity } from '../../../src/node/identity-file.ts'
import { scoresMerges } from '../../../src/node/scores/scores-merges.ts'
import { siteDataOf } from '../../../src/node/site-data.ts'

async function withHome(job: (paths: HomePaths) => Promise<void>): Promise<void> {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-home-')))
  try {
    await job(paths)
  } finally {
    await rm(paths.root, { recursive: true, force: true })
  }
}

test('a home has one key for ever, readable by its owner only', () =>
  withHome(async (paths) => {
    const { peer } = await openIdentity(paths)
    assert.equal((await openIdentity(paths)).peer, peer)
    assert.equal((await stat(paths.identity)).mode & 0o777, 0o600)
  }))

test('a broken key is an error, not a new key', () =>
  withHome(async (paths) => {
    await writeFile(paths.identity, 'rubbish')
    await assert.rejects(openIdentity(paths), { code: 'ERR_IDENTITY' })
  }))

test('a lock is held once, names its holder, and can be taken again after release', () =>
  withHome(async (paths) => {
    const lock = await lockHome(paths.root, paths.lock)
    await assert.rejects(lockHome(paths.root, paths.lock), { code: 'ERR_HOME_LOCKED' })
    await lock.release()
    await lock.release()
    await (await lockHome(paths.root, paths.lock)).release()
  }))

test('the lock of a living process holds, that of a dead one does not', () =>
  withHome(async (paths) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    await once(child, 'spawn')
    await writeFile(paths.lock, JSON.stringify({ pid: child.pid }))
    await assert.rejects(lockHome(paths.root, paths.lock), {
      message: new RegExp(`process ${child.pid} runs`),
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await lockHome(paths.root, paths.lock)).release()
  }))

test('a process number that another program has now is no holder', () =>
  withHome(async (paths) => {
    await writeFile(paths.lock, JSON.stringify({ pid: process.ppid, started: '1' }))
    if (process.platform === 'linux') await (await lockHome(paths.root, paths.lock)).release()
  }))

test('an atomic write leaves one file, also when it fails', () =>
  withHome(async (paths) => {
    await writeFileAtomic(join(paths.root, 'a'), 'first')
    await writeFileAtomic(join(paths.root, 'a'), 'second')
    await assert.rejects(writeFileAtomic(join(paths.root, 'none', 'b'), 'third'))
    assert.deepEqual(await readdir(paths.root), ['a'])
  }))

test('settings get their defaults, and a wrong one is named', () =>
  withHome(async (paths) => {
    await writeConfig(paths, { v: 1, name: 'foundry', backbone: '/models/vit', data: '/data' })
    const config = await readConfig(paths)
    assert.equal(config.pacing.patienceMs, 60_000)
    assert.deepEqual(config.training, {})
    await writeFile(paths.config, JSON.stringify({ ...config, listen: ['0.0.0.0:4001'] }))
    await assert.rejects(readConfig(paths), {
      message: /field listen\[0\]: expected a multiaddr.*got "0.0.0.0:4001"/,
    })
    await assert.rejects(readCharter(paths), { code: 'ERR_INVALID_FILE', message: /join a consortium first/ })
  }))

test('a site that contributes has data; one that only listens may have none, and then holds nothing out', () => {
  const settings = { v: 1, name: 'registry', backbone: '/models/vit' } as const
  const problems = (change: object): string[] =>
    configSchema.safeParse({ ...settings, ...change }).error?.issues.map(({ path }) => path.join('.')) ?? []
  assert.deepEqual(problems({ data: '/scans' }), [])
  assert.deepEqual(problems({ contribute: false }), [])
  assert.deepEqual(problems({}), ['data'])
  assert.deepEqual(problems({ contribute: false, heldOut: '/scans' }), ['heldOut'])
  const listens = configSchema.parse({ ...settings, contribute: false })
  assert.equal(scoresMerges(listens), false)
  assert.equal(scoresMerges(configSchema.parse({ ...settings, data: '/scans' })), true)
  assert.throws(() => siteDataOf({ classes: ['crack', 'pore'] }, listens), {
    code: 'ERR_NO_DATA',
    message: /registry/,
  })
})
