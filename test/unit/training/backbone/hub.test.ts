import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { backboneDigest } from '../../../../src/training/backbone/backbone-digest.ts'
import { resolveBackbone } from '../../../../src/training/backbone/hub/resolve-backbone.ts'
import type { ResolveOptions } from '../../../../src/training/backbone/hub/resolve-backbone.ts'
import { FakeHub } from '../../../helpers/fake-hub.ts'
import { waitFor } from '../../../helpers/wait-for.ts'

const TINY_BERT = join(import.meta.dirname, '../../../fixtures/tiny-bert')
const REPO = 'acme/tiny-bert'
const COMMIT = 'c0ffee'.repeat(7).slice(0, 40)
const WEIGHTS = 'model.safetensors'

let root: string
let cache: string
let hub: FakeHub
let cases = 0
const quick = { stallMs: 400, pauseMs: 1 }

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-hub-'))
})
after(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  cache = join(root, String(cases++))
  hub = await FakeHub.start()
  const files = new Map<string, Buffer>()
  for (const name of await readdir(TINY_BERT)) files.set(name, await readFile(join(TINY_BERT, name)))
  files.set('1_Pooling/config.json', Buffer.from(JSON.stringify({ pooling_mode_mean_tokens: true })))
  files.set('README.md', Buffer.from('not needed'))
  files.set('onnx/model.onnx', Buffer.alloc(100_000))
  files.set('pytorch_model.bin', Buffer.alloc(100_000))
  hub.models.set(REPO, { commit: COMMIT, files, large: new Set([WEIGHTS, 'pytorch_model.bin']) })
})
afterEach(() => hub.stop())

function resolveModel(name = `hf:${REPO}`, options: ResolveOptions = {}, env: Record<string, string> = {}) {
  const full = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_HOME: join(root, 'nobody'), ...env }
  return resolveBackbone(name, { ...quick, ...options, env: full })
}

describe('a backbone by its name on the Hub', () => {
  it('is fetched: every needed file, no other, with progress', async () => {
    const seen: number[] = []
    let total = 0
    const { dir, reference } = await resolveModel(undefined, {
      onProgress: (progress) => {
        seen.push(progress.done)
        total = progress.total
      },
    })
    assert.equal(reference, `hf:${REPO}@${COMMIT}`)
    assert.equal(dir, join(cache, 'models--acme--tiny-bert/snapshots', COMMIT))
    const files = hub.models.get(REPO)!.files
    const wanted = [...files.keys()].filter((path) => !/README|onnx|pytorch/.test(path)).sort()
    assert.deepEqual(hub.downloads().sort(), wanted)
    for (const path of wanted) assert.deepEqual(await readFile(join(dir, path)), files.get(path), path)
    assert.ok(
      seen.every((done, i) => i === 0 || done >= seen[i - 1]!),
      'progress goes back',
    )
    assert.equal(seen.at(-1), total)
    assert.equal(
      total,
      wanted.reduce((sum, path) => sum + files.get(path)!.length, 0),
    )
  })

  it('is not fetched again, neither with a request a commit nor without the server', async () => {
    const { dir } = await resolveModel()
    const digest = await backboneDigest(dir)
    hub.requests.length = 0
    await resolveModel()
    assert.equal(hub.requests.length, 1, 'only which commit main is at')
    await resolveModel(`hf:${REPO}@${COMMIT}`)
    assert.equal(hub.requests.length, 1)
    await hub.stop()
    assert.equal(await backboneDigest((await resolveModel()).dir), digest)
    const offline = await resolveModel(undefined, {}, { HF_HUB_OFFLINE: '1' })
    assert.deepEqual(offline, { dir, reference: `hf:${REPO}@${COMMIT}` })
    hub = await FakeHub.start()
  })

  it('follows its branch to a new commit and fetches only what changed', async () => {
    await resolveModel()
    const model = hub.models.get(REPO)!
    model.commit = 'd'.repeat(40)
    model.files.set('vocab.txt', Buffer.from('other'))
    hub.requests.length = 0
    const { dir, reference } = await resolveModel()
    assert.equal(reference, `hf:${REPO}@${model.commit}`)
    assert.deepEqual(hub.downloads(), ['vocab.txt'])
    assert.equal(await readFile(join(dir, 'vocab.txt'), 'utf8'), 'other')
  })

  it('may leave out hf: where no directory has that name, and a directory comes first', async () => {
    assert.equal((await resolveModel(REPO)).reference, `hf:${REPO}@${COMMIT}`)
    const here = process.cwd()
    const work = join(root, 'work')
    await mkdir(join(work, REPO), { recursive: true })
    process.chdir(work)
    try {
      const { dir, reference } = await resolveModel(REPO)
      assert.match(dir, /acme\/tiny-bert$/)
      assert.equal(dir, reference)
    } finally {
      process.chdir(here)
    }
  })

  it('in shards comes with the shards that its index names', async () => {
    const { files } = hub.models.get(REPO)!
    const weights = files.get(WEIGHTS)!
    files.delete(WEIGHTS)
    files.set('model-1.safetensors', weights)
    files.set('model-9.safetensors', Buffer.from('not named'))
    files.set('model.safetensors.index.json', Buffer.from('{"weight_map":{"a":"model-1.safetensors"}}'))
    const { dir } = await resolveModel()
    assert.deepEqual(await readFile(join(dir, 'model-1.safetensors')), weights)
    assert.ok(!(await readdir(dir)).includes('model-9.safetensors'))
  })
})

describe('a download', () => {
  it('goes on where connections drop, and never fetches a byte twice', async () => {
    hub.trouble = { dropAfter: 30_000 }
    const { dir } = await resolveModel()
    const weights = hub.models.get(REPO)!.files.get(WEIGHTS)!
    assert.deepEqual(await readFile(join(dir, WEIGHTS)), weights)
    const ranges = hub.requests.filter(({ url }) => url.startsWith('/cdn')).map(({ range }) => range)
    const starts = ranges.map((range) => Number(/^bytes=(\d+)/.exec(range ?? 'bytes=0')?.[1]))
    assert.ok(starts.length >= 3, `connections: ${ranges.join(' ')}`)
    assert.ok(
      starts.every((start, i) => i === 0 || start > starts[i - 1]!),
      `starts: ${starts.join(' ')}`,
    )
  })

  it('starts the file again where the server sends no parts', async () => {
    hub.trouble = { dropAfter: 30_000, ignoresRanges: true }
    const fetched = resolveModel()
    await until('a dropped connection', () => hub.requests.some(({ range }) => range !== undefined))
    hub.trouble = { ignoresRanges: true }
    const { dir } = await fetched
    assert.deepEqual(await readFile(join(dir, WEIGHTS)), hub.models.get(REPO)!.files.get(WEIGHTS))
  })

  it('with bytes that are not those promised is refused and leaves nothing to use', async () => {
    hub.trouble = { corrupt: 1000 }
    await assert.rejects(resolveModel(), {
      code: 'ERR_HUB_CHECKSUM',
      message: /config.json is not what it promises/,
    })
    await assert.rejects(resolveModel(undefined, {}, { HF_HUB_OFFLINE: '1' }), { code: 'ERR_HUB_OFFLINE' })
    hub.trouble = { corrupt: 1 } // once only: the second try is right
    await resolveModel()
  })

  it('whose blob was damaged in the cache is fetched again', async () => {
    const { dir } = await resolveModel()
    await rm(join(cache, 'models--acme--tiny-bert/peermerge'), { recursive: true })
    const damaged = await readFile(join(dir, 'config.json'))
    damaged[3]! ^= 1
    await writeFile(join(dir, 'config.json'), damaged)
    hub.requests.length = 0
    await resolveModel()
    assert.deepEqual(hub.downloads(), ['config.json'])
    assert.deepEqual(await readFile(join(dir, 'config.json')), hub.models.get(REPO)!.files.get('config.json'))
  })

  it('that is killed is not complete, and its bytes are taken over by the next process', async () => {
    hub.trouble = { stallAfter: 50_000 }
    const child = spawnResolve()
    const blobs = join(cache, 'models--acme--tiny-bert/blobs')
    await until('a partial file', async () => {
      const names = await readdir(blobs).catch(() => [])
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(blobs, name))).size))
      return names.some((name, i) => name.endsWith('.incomplete') && sizes[i] === 50_000)
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await assert.rejects(resolveModel(undefined, {}, { HF_HUB_OFFLINE: '1' }), { code: 'ERR_HUB_OFFLINE' })
    hub.trouble = {}
    hub.requests.length = 0
    const { dir } = await resolveModel()
    assert.deepEqual(await readFile(join(dir, WEIGHTS)), hub.models.get(REPO)!.files.get(WEIGHTS))
    const ranges = hub.requests.filter(({ url }) => url.startsWith('/cdn')).map(({ range }) => range)
    assert.deepEqual(
      ranges.map((range) => range?.slice(0, 12)),
      ['bytes=50000-'],
    )
    assert.ok(!(await readdir(blobs)).some((name) => name.endsWith('.incomplete')))
  })

  it('may run in two processes and twice in one at once', async () => {
    hub.trouble = { dropAfter: 40_000 }
    const child = spawnResolve()
    const exited = once(child, 'exit')
    const [one, two] = await Promise.all([resolveModel(), resolveModel()])
    assert.deepEqual(await exited, [0, null])
    assert.deepEqual(one, two)
    assert.deepEqual(await readFile(join(one.dir, WEIGHTS)), hub.models.get(REPO)!.files.get(WEIGHTS))
  })
})

describe('the Hub that', () => {
  it('has no such model, or hides it, is said so, with what was looked for', async () => {
    for (const name of ['hf:acme/other', 'acme/other', `hf:${REPO}@v9`]) {
      await assert.rejects(resolveModel(name), { code: 'ERR_HUB_NOT_FOUND', message: /acme\/.*HF_TOKEN/ })
    }
  })

  it('denies access asks for a token; a right one is sent, to the Hub alone', async () => {
    const model = hub.models.get(REPO)!
    model.token = 'hf_right'
    await assert.rejects(resolveModel(), { code: 'ERR_HUB_DENIED', message: /HF_TOKEN/ })
    await assert.rejects(resolveModel(undefined, {}, { HF_TOKEN: 'hf_wrong' }), { code: 'ERR_HUB_DENIED' })
    await resolveModel(undefined, {}, { HF_TOKEN: 'hf_right' })
    await assert.rejects(resolveModel(undefined, {}, { HF_TOKEN: 'password' }), { code: 'ERR_HUB_SETTING' })
    await assert.rejects(resolveModel(undefined, {}, { HF_ENDPOINT: 'file:///etc' }), {
      code: 'ERR_HUB_SETTING',
    })
  })

  it('has a bad moment is asked again, and given up after a while', async () => {
    hub.trouble = { status: { code: 503, times: 3 } }
    await resolveModel()
    hub.trouble = { status: { code: 503, times: 1000 } }
    await assert.rejects(resolveModel('hf:acme/never'), {
      code: 'ERR_HUB_UNREACHABLE',
      message: /status 503/,
    })
  })

  it('falls silent, before an answer or within a file, is given up', async () => {
    hub.trouble = { silent: true }
    const options = { stallMs: 60, attempts: 2 }
    await assert.rejects(resolveModel(undefined, options), {
      code: 'ERR_HUB_UNREACHABLE',
      message: /said nothing for 0.06 s/,
    })
    hub.trouble = { stallAfter: 0 }
    await assert.rejects(resolveModel(undefined, options), {
      code: 'ERR_HUB_UNREACHABLE',
      message: /said nothing/,
    })
  })

  it('is nowhere is unreachable', async () => {
    const options = { attempts: 2 }
    await assert.rejects(resolveModel(undefined, options, { HF_ENDPOINT: 'http://127.0.0.1:1' }), {
      code: 'ERR_HUB_UNREACHABLE',
      message: /ECONNREFUSED|connection failed/,
    })
  })

  it('answers nonsense is said so', async () => {
    hub.trouble = { nonsense: true }
    await assert.rejects(resolveModel(), { code: 'ERR_HUB_ANSWER', message: /cannot be read/ })
    hub.trouble = {}
    hub.models.get(REPO)!.commit = '../../elsewhere'
    await assert.rejects(resolveModel(), { code: 'ERR_HUB_ANSWER', message: /no commit/ })
  })

  it('has the model without config or without safetensors is said so', async () => {
    const { files } = hub.models.get(REPO)!
    files.delete(WEIGHTS)
    await assert.rejects(resolveModel(), {
      code: 'ERR_HUB_NOT_FOUND',
      message: /no model.safetensors; only safetensors/,
    })
    files.delete('config.json')
    await assert.rejects(resolveModel(), { code: 'ERR_HUB_NOT_FOUND', message: /no config.json/ })
  })

  it('names a shard outside the directory is refused before anything is fetched from there', async () => {
    const { files } = hub.models.get(REPO)!
    files.delete(WEIGHTS)
    files.set(
      'model.safetensors.index.json',
      Buffer.from('{"weight_map":{"a":"../../../.ssh/id.safetensors"}}'),
    )
    await assert.rejects(resolveModel(), { code: 'ERR_BACKBONE', message: /no safetensors file beside it/ })
  })

  it('is slow can be left at any time', async () => {
    for (const trouble of [{ silent: true }, { stallAfter: 100 }]) {
      hub.trouble = trouble
      const controller = new AbortController()
      const fetched = resolveModel(undefined, { signal: controller.signal, stallMs: 60_000 })
      const asked = hub.requests.length
      await until('a request', () => hub.requests.length > asked)
      controller.abort(new Error('enough'))
      await assert.rejects(fetched, { message: 'enough' })
    }
  })
})

/** Resolves in a process of its own. */
function spawnResolve() {
  const module = pathToFileURL(
    join(import.meta.dirname, '../../../../src/training/backbone/hub/resolve-backbone.ts'),
  )
  const script = `import { resolveBackbone } from ${JSON.stringify(module.href)}
    await resolveBackbone('hf:${REPO}', { stallMs: 5000, pauseMs: 1 })`
  const env = {
    ...process.env,
    HF_ENDPOINT: hub.endpoint,
    HF_HUB_CACHE: cache,
    HF_HOME: join(root, 'nobody'),
  }
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env,
    stdio: 'inherit',
  })
}

function until(what: string, holds: () => Promise<boolean> | boolean): Promise<true> {
  return waitFor(what, 20_000, async () => ((await holds()) ? true : undefined))
}
