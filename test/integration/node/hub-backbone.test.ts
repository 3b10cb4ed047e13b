import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FakeHub } from '../../helpers/fake-hub.ts'
import { PROGRAM } from '../../helpers/node/run-program.ts'
import { TINY_BACKBONE, writeTinySite } from '../../helpers/tiny-sites.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const COMMIT = 'beef'.repeat(10)

let dir: string
let hub: FakeHub

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-hub-cli-'))
  await writeTinySite(join(dir, 'data'), [20, 20, 20], 'hub')
  hub = await FakeHub.start()
  const files = new Map<string, Buffer>()
  for (const name of await readdir(TINY_BACKBONE)) files.set(name, await readFile(join(TINY_BACKBONE, name)))
  hub.models.set('acme/tiny', { commit: COMMIT, files, large: new Set(['model.safetensors']) })
})
after(async () => {
  await hub.stop()
  await rm(dir, { recursive: true, force: true })
})

function start(args: readonly string[], env: Record<string, string> = {}) {
  const cache = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(dir, 'cache'), HF_HOME: join(dir, 'nobody') }
  return spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...cache, ...env } })
}

async function run(args: readonly string[], env?: Record<string, string>) {
  const child = start(args, env)
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

function createArgs(home: string, backbone: string): string[] {
  const site = ['--site', 'a', '--data', join(dir, 'data'), '--listen', '/ip4/127.0.0.1/tcp/0']
  const model = ['--name', 'hub', '--image-size', '16', '--adapter', 'lora', '--rank', '2']
  return ['create', '--home', join(dir, home), '--backbone', backbone, ...site, ...model]
}

test('a site is founded with a backbone from the Hub, says how far it is, and writes down which commit it was', async () => {
  const { code, stderr } = await run(createArgs('home', 'hf:acme/tiny'))
  assert.equal(code, 0, stderr)
  assert.match(stderr, /fetching the backbone: 100 % of .* MB/)
  const config = JSON.parse(await readFile(join(dir, 'home/config.json'), 'utf8')) as { backbone: string }
  assert.equal(config.backbone, `hf:acme/tiny@${COMMIT}`)
})

test('its node runs from the cache without the Hub, and fetches again what has gone from it', async () => {
  await rm(join(dir, 'cache/models--acme--tiny'), { recursive: true })
  for (const env of [{}, { HF_HUB_OFFLINE: '1' }]) {
    const child = start(['run', '--json', '--home', join(dir, 'home')], env)
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await waitFor('the node has started', 30_000, () =>
      said.includes('"type":"started"') ? true : undefined,
    )
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    assert.equal(code, 0)
  }
  assert.ok((await readdir(join(dir, 'cache/models--acme--tiny/snapshots'))).includes(COMMIT))
})

test('a node that is fetching its backbone can be stopped', async () => {
  await rm(join(dir, 'cache/models--acme--tiny'), { recursive: true })
  hub.trouble = { stallAfter: 1000 }
  const asked = hub.requests.length
  const child = start(['run', '--home', join(dir, 'home')])
  const asksForWeights = (): boolean =>
    hub.requests.slice(asked).some(({ url }) => url.includes('model.safetensors'))
  await waitFor('it asks for the weights', 30_000, () => (asksForWeights() ? true : undefined))
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 130)
  hub.trouble = {}
})

test('a name that does not exist is bad input, a Hub that does not answer is the environment', async () => {
  const wrong = await run([...createArgs('wrong', 'acme/typo'), '--json'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stdout, /ERR_HUB_NOT_FOUND/)
  await hub.stop()
  const away = await run([...createArgs('away', 'acme/tiny'), '--json'])
  assert.equal(away.code, 3)
  assert.match(away.stdout, /ERR_HUB_UNREACHABLE/)
})
