import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:net'
import { test } from 'node:test'
import { MAX_COMMAND_BYTES, type NodeCommand } from '../../../src/node/command-request.ts'
import { PeermergeError } from '../../../src/errors.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import {
  startControl,
  type Control,
  type ControlFile,
  type ControlTarget,
} from '../../../src/node/control.ts'
import { homePaths, type HomePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import type { TimedEvent } from '../../../src/node/recent-events.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'

class Target implements ControlTarget {
  stops = 0
  recentEvents = (): readonly string[] => ['{"type":"done","at":"before"}\n']
  readonly metrics = {
    contentType: 'text/plain; version=0.0.4',
    text: () => Promise.resolve('peermerge_members 3\n'),
  }
  readonly listeners = new Set<(event: NodeEvent) => void>()
  status = (): NodeStatus => ({ name: 'foundry', done: false }) as NodeStatus
  subscribe = (listener: (event: NodeEvent) => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  readonly commands: NodeCommand[] = []
  execute = (command: NodeCommand): Promise<unknown> => {
    this.commands.push(command)
    if (command.command === 'leave') {
      return Promise.reject(
        new PeermergeError('ERR_LAST_MEMBER', 'leave: nobody else is left', { members: 1 }),
      )
    }
    return Promise.resolve({ did: command.command })
  }
  requestStop = (): void => void (this.stops += 1)
}

async function withControl(
  job: (given: { target: Target; control: Control; paths: HomePaths; file: ControlFile }) => Promise<void>,
): Promise<void> {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-control-')))
  const target = new Target()
  const control = await startControl(target, paths.control, silentLogger())
  try {
    const file = JSON.parse(await readFile(paths.control, 'utf8')) as ControlFile
    await job({ target, control, paths, file })
  } finally {
    await control.close()
    await rm(paths.root, { recursive: true, force: true })
  }
}

test('only the token of control.json opens the control port, and only its owner can read it', () =>
  withControl(async ({ target, paths, file }) => {
    assert.equal((await stat(paths.control)).mode & 0o777, 0o600)
    for (const headers of [{}, { authorization: `Bearer ${file.token}x` }, { authorization: file.token }]) {
      const response = await fetch(`${file.url}/stop`, {
        method: 'POST',
        headers: headers as Record<string, string>,
      })
      assert.equal(response.status, 401)
    }
    assert.equal(target.stops, 0)
    const client = await connectControl(paths)
    assert.equal((await client.status()).name, 'foundry')
    await client.stop()
    assert.equal(target.stops, 1)
  }))

test('a command is checked, done and answered; its error comes back as it was', () =>
  withControl(async ({ target, paths }) => {
    const client = await connectControl(paths)
    assert.deepEqual(await client.execute({ command: 'accept', who: 'mühle' }), { did: 'accept' })
    const expected = { code: 'ERR_LAST_MEMBER', message: /nobody else/, detail: { members: 1 } }
    await assert.rejects(client.execute({ command: 'leave' }), expected)
    await assert.rejects(client.execute({ command: 'accept', who: '' }), {
      code: 'ERR_INVALID_FILE',
      message: /field who/,
    })
    assert.deepEqual(
      target.commands.map(({ command }) => command),
      ['accept', 'leave'],
    )
  }))

test('a body over the limit and one that is no command do nothing, and say so', () =>
  withControl(async ({ target, file }) => {
    const post = async (body: string): Promise<string> => {
      const headers = { authorization: `Bearer ${file.token}` }
      const response = await fetch(`${file.url}/command`, { method: 'POST', body, headers })
      assert.equal(response.status, 400)
      return response.text()
    }
    assert.match(await post('x'.repeat(MAX_COMMAND_BYTES + 1)), /ERR_COMMAND/)
    assert.match(await post('{"command":"rm"}'), /ERR_INVALID_FILE/)
    assert.match(await post('no JSON'), /not JSON/)
    assert.match(await post('{"command":"members","more":1}'), /unknown field/)
    assert.deepEqual(target.commands, [])
  }))

test('an unknown path is named', () =>
  withControl(async ({ file }) => {
    const response = await fetch(`${file.url}/stat`, { headers: { authorization: `Bearer ${file.token}` } })
    assert.equal(response.status, 404)
    assert.match(await response.text(), /GET \/status/)
  }))

test('events arrive in order, and the stream ends with the node', () =>
  withControl(async ({ target, paths }) => {
    const client = await connectControl(paths)
    const events = client.events({ signal: AbortSignal.timeout(5_000) })
    const first = events.next()
    while (target.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve))
    const emit = (event: NodeEvent): void => target.listeners.forEach((listener) => listener(event))
    emit({ type: 'peer', peer: 'id', name: 'mühle', connected: true })
    emit({ type: 'done' })
    emit({ type: 'stopped' })
    const types = [((await first).value as NodeEvent).type]
    for await (const event of events) types.push(event.type)
    assert.deepEqual(types, ['peer', 'done', 'stopped'])
  }))

test('events end quietly when the caller aborts, and with the error by name where the node has gone', () =>
  withControl(async ({ target, paths, control }) => {
    const client = await connectControl(paths)
    const leaving = new AbortController()
    const events = client.events({ signal: leaving.signal })
    const next = events.next()
    while (target.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve))
    leaving.abort(new Error('enough'))
    assert.deepEqual(await next, { value: undefined, done: true })
    assert.deepEqual(await client.events({ signal: AbortSignal.abort() }).next(), { value: undefined, done: true }) // prettier-ignore
    await control.close()
    const gone = client.events({ signal: AbortSignal.timeout(5_000) })
    await assert.rejects(gone.next(), { code: 'ERR_NOT_RUNNING' })
  }))

test('without a running node the error says what to do', async () => {
  const paths = homePaths(join(tmpdir(), 'peermerge-none'))
  await assert.rejects(connectControl(paths), { code: 'ERR_NOT_RUNNING', message: /peermerge run --home/ })
})

test('a control file left by a dead node is the same error', async () => {
  let left: HomePaths | undefined
  await withControl(async ({ paths, control }) => {
    left = paths
    const client = await connectControl(paths)
    await control.close()
    await assert.rejects(client.status(), { code: 'ERR_NOT_RUNNING' })
  })
  assert.ok(left)
})

test('events since the start are told first, each with its time', () =>
  withControl(async ({ target, paths }) => {
    const client = await connectControl(paths)
    const signal = AbortSignal.timeout(5_000)
    const events = client.events({ signal, sinceStart: true })
    assert.deepEqual((await events.next()).value, { type: 'done', at: 'before' })
    const next = events.next()
    while (target.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const listener of target.listeners) listener({ type: 'stopped' })
    const { type, at } = (await next).value as TimedEvent
    assert.equal(type, 'stopped')
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
  }))

test('a reader that does not read is cut off, and the others are not', { timeout: 20_000 }, () =>
  withControl(async ({ target, file, paths }) => {
    const { port } = new URL(file.url)
    const slow = connect({ port: Number(port), host: '127.0.0.1' })
    slow.write(`GET /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${file.token}\r\n\r\n`)
    slow.pause()
    const closed = new Promise<void>((resolve) => slow.once('close', () => resolve()))
    slow.on('error', () => undefined)
    const reader = (await connectControl(paths)).events({ signal: AbortSignal.timeout(15_000) })
    let next = reader.next()
    while (target.listeners.size < 2) await new Promise((resolve) => setImmediate(resolve))
    const problem: NodeEvent = { type: 'problem', code: 'x', message: 'x'.repeat(100_000) }
    while (target.listeners.size === 2) {
      for (const listener of [...target.listeners]) listener(problem)
      assert.equal(((await next).value as NodeEvent).type, 'problem')
      next = reader.next()
    }
    assert.equal(target.listeners.size, 1)
    slow.resume()
    await closed
    for (const listener of target.listeners) listener({ type: 'stopped' })
    assert.equal(((await next).value as NodeEvent).type, 'stopped')
  }),
)
