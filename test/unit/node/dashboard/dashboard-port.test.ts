import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import {
  addressOf,
  openDashboardPort,
  type DashboardPort,
  type DashboardPortInit,
} from '../../../../src/node/dashboard/dashboard-port.ts'
import { readPageFiles } from '../../../../src/node/dashboard/page-files.ts'
import type { DashboardState } from '../../../../src/node/dashboard/wire.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { ShownConsortium } from '../../../helpers/node/shown-consortium.ts'

const files = new Map([['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') }]])

async function withPort(
  job: (port: DashboardPort, source: ShownConsortium) => Promise<void>,
  init: Partial<DashboardPortInit> = {},
): Promise<void> {
  const source = new ShownConsortium({ members: 3, entries: 5 })
  const port = await openDashboardPort({ source, logger: silentLogger(), files, ...init })
  try {
    await job(port, source)
  } finally {
    await port.close()
  }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  return { status: response.status, ...error }
}

test('the page is for whoever reaches the port, its data for who has the token', () =>
  withPort(async (port) => {
    assert.equal((await fetch(`${port.url}/`)).status, 200)
    for (const path of ['/api/state', '/api/events']) {
      for (const headers of [{}, bearer(`${port.token}x`).headers, { authorization: port.token }]) {
        const refused = await fetch(port.url + path, { headers: headers as Record<string, string> })
        assert.equal(refused.headers.get('www-authenticate'), 'Bearer')
        const { status, code, message } = await refusal(refused)
        assert.deepEqual([status, code], [401, 'ERR_UNAUTHENTICATED'])
        assert.match(message, /peermerge dashboard/)
      }
    }
    const { headers } = await fetch(`${port.url}/api/state?token=${port.token}`)
    assert.equal(headers.get('www-authenticate'), 'Bearer', 'a token in the path is none')
    const state = (await (await fetch(`${port.url}/api/state`, bearer(port.token))).json()) as DashboardState
    assert.equal(state.members.length, 3)
    assert.equal(addressOf(port), `${port.url}/#token=${port.token}`)
  }))

test('every answer forbids what the page does not need', () =>
  withPort(async (port) => {
    for (const path of ['/', '/nothing', '/api/state']) {
      const { headers } = await fetch(port.url + path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/)
      assert.doesNotMatch(policy, /unsafe|\*|https?:/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
  }))

test('what is no request of the page is refused by name', () =>
  withPort(async (port) => {
    const asked = async (path: string, init: RequestInit = {}) => refusal(await fetch(port.url + path, init))
    assert.deepEqual((await asked('/api/state/..%2f')).code, 'ERR_NOT_FOUND')
    assert.deepEqual((await asked('/__proto__')).status, 404)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, code } = await asked('/api/state', { method, ...bearer(port.token) })
      assert.deepEqual([status, code], [405, 'ERR_METHOD'], method)
    }
    const long = await asked(`/${'a'.repeat(2000)}`)
    assert.deepEqual([long.status, long.code], [414, 'ERR_TOO_LARGE'])
    const wrong = await asked('/api/events', {
      headers: { ...bearer(port.token).headers, 'last-event-id': 'x; drop' },
    })
    assert.deepEqual([wrong.status, wrong.code], [400, 'ERR_REQUEST'])
    assert.match(wrong.message, /RUN\.NUMBER/)
  }))

test('a body, another name of the host and bytes that are no HTTP are refused by name', () =>
  withPort(async (port) => {
    const { port: number } = new URL(port.url)
    const raw = async (headers: Record<string, string>, body = ''): Promise<[number, string]> => {
      const asked = request({ port: number, host: '127.0.0.1', path: '/api/state', headers: { ...bearer(port.token).headers, ...headers } }) // prettier-ignore
      asked.end(body)
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.once('response', resolve).once('error', reject)
      })
      const { error } = JSON.parse(await text(response)) as { error: { code: string } }
      return [response.statusCode ?? 0, error.code]
    }
    assert.deepEqual(await raw({ 'content-length': '4' }, 'body'), [413, 'ERR_TOO_LARGE'])
    assert.deepEqual(await raw({ host: `evil.example:${number}` }), [421, 'ERR_HOST'])
    assert.deepEqual(await raw({ 'x-long': 'a'.repeat(40_000) }), [431, 'ERR_TOO_LARGE'])
    const socket = connect(Number(number), '127.0.0.1')
    socket.write('nonsense\r\n\r\n')
    assert.match(await text(socket), /^HTTP\/1\.1 400 ERR_REQUEST\r\n[\s\S]*this is no HTTP request/)
  }))

test('only an address of this machine is listened on', async () => {
  const source = new ShownConsortium()
  for (const listen of [
    '0.0.0.0:0',
    '[::]:0',
    '192.0.2.7:8686',
    'localhost:8686',
    '127.0.0.1',
    '127.0.0.1:99999',
  ]) {
    const opened = openDashboardPort({ source, logger: silentLogger(), files, listen })
    await assert.rejects(opened, { code: 'ERR_DASHBOARD_ADDRESS' }, listen)
  }
  await withPort(async ({ url }) => {
    const listen = url.slice('http://'.length)
    const again = openDashboardPort({ source, logger: silentLogger(), files, listen })
    await assert.rejects(again, { code: 'ERR_PORT_IN_USE' })
  })
})

test('a token file gives the token; a page that is not built is named', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-dashboard-'))
  try {
    const tokenFile = join(dir, 'token')
    await writeFile(tokenFile, `${'0123456789abcdef'.repeat(2)}\n`)
    await withPort(({ token }) => Promise.resolve(assert.equal(token, '0123456789abcdef'.repeat(2))), {
      tokenFile,
    })
    await writeFile(tokenFile, 'short')
    const opened = openDashboardPort({
      source: new ShownConsortium(),
      logger: silentLogger(),
      files,
      tokenFile,
    })
    await assert.rejects(opened, { code: 'ERR_INVALID_FILE' })
    await assert.rejects(readPageFiles(dir), { code: 'ERR_PAGE_MISSING', message: /npm run build/ })
  } finally {
    await rm(dir, { recursive: true })
  }
})
