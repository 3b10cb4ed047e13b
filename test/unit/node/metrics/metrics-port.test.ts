import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMetricsPort } from '../../../../src/node/metrics/metrics-port.ts'
import { readToken } from '../../../../src/node/metrics/read-token.ts'

const metrics = {
  contentType: 'text/plain; version=0.0.4',
  text: () => Promise.resolve('peermerge_members 3\n'),
}
const why = { live: 'it answers', ready: 'training', agreement: '2 of 3 hold this merge' }
const source = { metrics, health: () => ({ live: true, ready: true, agreement: false, why }) }
const TOKEN = '0123456789abcdef0123456789abcdef'

test('on loopback whoever asks gets the metrics and the health, and nothing else', async () => {
  const port = await openMetricsPort({ listen: '127.0.0.1:0', token: undefined }, source)
  try {
    const response = await fetch(port.url)
    assert.equal(response.headers.get('content-type'), metrics.contentType)
    assert.equal(await response.text(), 'peermerge_members 3\n')
    for (const [path, status] of [
      ['/health', 200],
      ['/health/live', 200],
      ['/health/ready', 200],
      ['/health/agreement', 503],
    ] as const) {
      const answer = await fetch(port.url.replace('/metrics', path))
      assert.equal(answer.status, status, path)
      assert.deepEqual(await answer.json(), source.health())
    }
    for (const path of ['/', '/status', '/metrics/x', '/health/x']) {
      assert.equal((await fetch(port.url.replace('/metrics', path))).status, 404, path)
    }
    assert.equal((await fetch(port.url, { method: 'POST' })).status, 404)
  } finally {
    await port.close()
  }
})

test('an open address needs a token, and the token is asked for', async () => {
  for (const listen of ['0.0.0.0:0', '[::]:0', '192.0.2.7:9464']) {
    await assert.rejects(openMetricsPort({ listen, token: undefined }, source), { code: 'ERR_METRICS_ADDRESS', message: /token/ }) // prettier-ignore
  }
  const port = await openMetricsPort({ listen: '0.0.0.0:0', token: TOKEN }, source)
  const url = port.url.replace('0.0.0.0', '127.0.0.1')
  try {
    assert.equal((await fetch(url)).status, 401)
    assert.equal((await fetch(url.replace('/metrics', '/health'))).status, 401)
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${TOKEN}x` } })).status, 401)
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200)
  } finally {
    await port.close()
  }
})

test('an address that is none is named', async () => {
  for (const listen of ['9464', 'localhost:9464', '127.0.0.1:99999', '127.0.0.1:', ':9464']) {
    await assert.rejects(
      openMetricsPort({ listen, token: TOKEN }, source),
      { code: 'ERR_METRICS_ADDRESS' },
      listen,
    )
  }
})

test('a metric that cannot be read is an error, not silence', async () => {
  const broken = {
    ...source,
    metrics: { ...metrics, text: () => Promise.reject(new Error('broken')) },
  }
  const port = await openMetricsPort({ listen: '127.0.0.1:0', token: undefined }, broken)
  try {
    assert.equal((await fetch(port.url)).status, 500)
  } finally {
    await port.close()
  }
})

test('a token file holds one token that is long enough', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peermerge-token-'))
  const file = join(folder, 'token')
  try {
    await assert.rejects(readToken(file), { code: 'ERR_INVALID_FILE', message: /openssl rand/ })
    await writeFile(file, 'short\n')
    await assert.rejects(readToken(file), { message: /32 characters, got 5/ })
    await writeFile(file, `${TOKEN} ${TOKEN}\n`)
    await assert.rejects(readToken(file))
    await writeFile(file, `${TOKEN}\n`)
    assert.equal(await readToken(file), TOKEN)
  } finally {
    await rm(folder, { recursive: true })
  }
})
