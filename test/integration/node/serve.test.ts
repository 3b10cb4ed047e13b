import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { silentLogger } from '../../../src/node/logger.ts'
import type { ModelName } from '../../../src/node/predict/find-model.ts'
import type { Answer } from '../../../src/node/predict/answer.ts'
import { startServing, type RunningServer } from '../../../src/node/serve/serve.ts'
import { MAX_BODY_BYTES } from '../../../src/node/serve/serve-limits.ts'
import type { ServeFile } from '../../../src/node/serve/serve-file.ts'
import { PROGRAM } from '../../helpers/node/run-program.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { homeWithModels, type HomeWithModels } from './home-with-models.ts'

interface Answered {
  readonly model: ModelName
  readonly answers: readonly Answer[]
}

interface Ready {
  readonly ready: boolean
  readonly model: ModelName
  readonly problem: { readonly code: string } | null
  readonly answered: { readonly requests: number; readonly inputs: number; readonly passes: number }
}

let home: HomeWithModels
let server: RunningServer
let said: ServeFile
let images: Record<string, string>
before(async () => {
  home = await homeWithModels()
  server = await startServing(home.paths, { port: 0, logger: silentLogger(), signal: new AbortController().signal }) // prettier-ignore
  said = JSON.parse(await readFile(server.addressFile, 'utf8')) as ServeFile
  const read = async (label: string): Promise<string> => (await readFile(join(home.data, label, '11.png'))).toString('base64') // prettier-ignore
  images = { red: await read('red'), green: await read('green'), blue: await read('blue') }
})
after(async () => {
  await server.stop()
  await home.remove()
})

function post(body: unknown, headers: Record<string, string> = {}, at = said): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(`${at.url}/v1/predict`, { method: 'POST', body: text, headers: { authorization: `Bearer ${at.token}`, ...headers } }) // prettier-ignore
}

async function answered(body: unknown): Promise<Answered> {
  const response = await post(body)
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Answered
}

async function ready({ url } = said): Promise<Ready> {
  return (await (await fetch(`${url}/readyz`)).json()) as Ready
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code
}

const labels = ({ answers }: Answered): string[] =>
  answers.map((one) => ('label' in one ? one.label : one.error.code))

describe('peermerge serve', () => {
  it('answers images by the newest merge, which it names; what is no image is named in its place', async () => {
    const broken = Buffer.from('no image').toString('base64')
    const found = await answered({ images: [images.red, broken, images.green], top: 2 })
    assert.deepEqual(found.model, { kind: 'merged', digest: home.status.merge!.digest })
    assert.deepEqual(labels(found), ['red', 'ERR_INPUT_IMAGE', 'green'])
    const [first] = found.answers
    assert.ok(
      'top' in first! && first.top.length === 2 && first.top[0]!.probability > first.top[1]!.probability,
    )
  })

  it('keeps its token to the owner of the home, and answers nobody without', async () => {
    assert.equal((await stat(server.addressFile)).mode & 0o777, 0o600)
    for (const authorization of ['', `Bearer ${said.token}x`, said.token]) {
      const response = await post({ images: [images.red] }, { authorization })
      assert.deepEqual([response.status, await codeOf(response)], [401, 'ERR_UNAUTHENTICATED'])
    }
    const health = await fetch(`${said.url}/healthz`)
    assert.deepEqual([health.status, await health.json()], [200, { live: true }])
    const description = (await (await fetch(`${said.url}/openapi.json`)).json()) as { servers: unknown }
    assert.deepEqual(description.servers, [{ url: said.url }])
  })

  it('refuses what is malformed, too large or unknown, and goes on', async () => {
    const refusal = async (response: Response): Promise<unknown> => [response.status, await codeOf(response)]
    assert.deepEqual(await refusal(await post('{"images": [')), [400, 'ERR_REQUEST'])
    assert.deepEqual(await refusal(await post({ texts: ['a'] })), [400, 'ERR_INPUT_KIND'])
    assert.deepEqual(await refusal(await post({ images: [images.red], explain: true })), [400, 'ERR_NOT_PERSONAL']) // prettier-ignore
    assert.deepEqual(await refusal(await post({ images: Array.from({ length: 257 }, () => 'AQID') })), [413, 'ERR_TOO_MANY_INPUTS']) // prettier-ignore
    assert.deepEqual(await refusal(await post('x'.repeat(MAX_BODY_BYTES + 1))), [413, 'ERR_TOO_LARGE'])
    assert.deepEqual(await refusal(await fetch(`${said.url}/v1/train`)), [404, 'ERR_NOT_FOUND'])
    assert.deepEqual(labels(await answered({ images: [images.blue] })), ['blue'])
  })

  it('answers requests that come together in few passes, each with its own answers', async () => {
    const before = (await ready()).answered
    const asked = Array.from({ length: 24 }, (_, i) => ['red', 'green', 'blue'][i % 3]!)
    const found = await Promise.all(asked.map((label) => answered({ images: [images[label]] })))
    assert.deepEqual(found.map((one) => labels(one)[0]), asked) // prettier-ignore
    const { requests, inputs, passes } = (await ready()).answered
    assert.deepEqual([requests - before.requests, inputs - before.inputs], [24, 24])
    assert.ok(passes - before.passes < asked.length, `${passes - before.passes} passes`) // how few is the machine's matter
  })

  it('takes up a newer merge while requests go on, each answered by one or the other; a broken one changes nothing', async () => {
    const { merges } = home.paths
    const { digest } = home.status.merge!
    const next = digest.replace(/^./, (first) => (first === '0' ? '1' : '0'))
    const file = (name: string, type: string): string => join(merges, `${name}.${type}`)
    const asIf = async (name: string): Promise<void> => {
      await copyFile(file(digest, 'json'), file(name, 'json')) // as a node keeps it: its tensors are there already
      await utimes(file(name, 'json'), new Date(), new Date(Date.now() + 1000))
    }
    await copyFile(file(digest, 'safetensors'), file(next, 'safetensors'))
    const digests: string[] = []
    const going = setInterval(() => void answered({ images: [images.red] }).then(({ model }) => digests.push(model.digest)), 20) // prettier-ignore
    try {
      await asIf(next)
      await waitFor('the next merge', 20_000, () => (digests.includes(next) ? true : undefined))
    } finally {
      clearInterval(going)
    }
    const change = digests.indexOf(next)
    assert.deepEqual([...new Set(digests.slice(0, change))], [digest])
    assert.deepEqual([...new Set(digests.slice(change))], [next])
    const broken = next.replace(/^../, 'ff')
    await asIf(broken)
    const { problem, model } = await waitFor('a problem', 20_000, async () => {
      const state = await ready()
      return state.problem === null ? undefined : state
    })
    assert.deepEqual([problem!.code, model.digest], ['ERR_INVALID_FILE', next])
    assert.equal((await answered({ images: [images.red] })).model.digest, next)
  })

  it('is one a home, is pinned by what is named, and ends in order when it is asked to', async () => {
    const args = ['serve', '--home', home.paths.root, '--model', 'personal', '--json']
    const run = (more: string[]) => spawn(process.execPath, [PROGRAM, ...args, ...more], { stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
    const refused = run([])
    const [code] = (await once(refused, 'exit')) as [number]
    assert.equal(code, 3)
    const other = join(home.paths.root, 'other.json')
    const child = run(['--address-file', other])
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      assert.equal((JSON.parse(line.toString()) as { type: string }).type, 'serving')
      const at = JSON.parse(await readFile(other, 'utf8')) as ServeFile
      const response = await post({ images: [images.red], explain: true }, {}, at)
      const { model, answers } = (await response.json()) as Answered
      assert.equal(model.kind, 'personal')
      assert.ok('trust' in answers[0]! && answers[0].trust > 0)
      const last = post({ images: Array.from({ length: 200 }, () => images.green) }, {}, at)
      await waitFor('the request', 20_000, async () => ((await ready(at)).answered.requests === 2 ? true : undefined)) // prettier-ignore
      child.kill('SIGTERM')
      const [end] = (await once(child, 'exit')) as [number]
      assert.equal(end, 0)
      assert.equal(((await (await last).json()) as Answered).answers.length, 200)
      await assert.rejects(stat(other), { code: 'ENOENT' })
    } finally {
      child.kill('SIGKILL')
    }
  })
})
