import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDashboardPort } from '../../../../src/node/dashboard/dashboard-port.ts'
import { frameOf } from '../../../../src/node/dashboard/event-frame.ts'
import type { DashboardEvents } from '../../../../src/node/dashboard/wire.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { ShownConsortium } from '../../../helpers/node/shown-consortium.ts'

interface Frame {
  readonly name: keyof DashboardEvents
  readonly id: string | undefined
  readonly data: unknown
}

/** What comes on a stream of events, frame by frame. */
async function* frames(response: Response): AsyncGenerator<Frame, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body!) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n')
    rest = parts.pop()!
    for (const part of parts) {
      const match = /^event: (?<name>\w+)\n(?:id: (?<id>\S+)\n)?data: (?<data>.*)$/.exec(part)
      assert.ok(match?.groups, `no frame: ${part.slice(0, 80)}`)
      yield {
        name: match.groups.name as Frame['name'],
        id: match.groups.id,
        data: JSON.parse(match.groups.data!),
      }
    }
  }
  return undefined
}

async function next(stream: AsyncGenerator<Frame, undefined>, name: Frame['name']): Promise<Frame> {
  for (;;) {
    const { value } = await stream.next()
    assert.ok(value, `the stream ended without ${name}`)
    if (value.name === name) return value
  }
}

async function opened(entries: number) {
  const source = new ShownConsortium({ members: 4, entries })
  const port = await openDashboardPort({ source, logger: silentLogger(), files: new Map() })
  const follow = async (headers: Record<string, string> = {}): Promise<AsyncGenerator<Frame, undefined>> => {
    const authorization = `Bearer ${port.token}`
    return frames(await fetch(`${port.url}/api/events`, { headers: { authorization, ...headers } }))
  }
  return { source, port, follow, [Symbol.asyncDispose]: () => port.close() }
}

test('a frame is one event, whatever its texts hold', () => {
  const entry = { n: 3, at: 5, kind: 'problem', text: 'a\n\nevent: stopped\ndata: {}' } as const
  const text = frameOf('timeline', [entry], 'run.3')
  assert.match(text, /^event: timeline\nid: run\.3\ndata: [^\n]+\n\n$/)
  assert.deepEqual(
    JSON.parse(text.slice(text.indexOf('data: ') + 6)),
    [entry].map((one) => ({ ...one })),
  )
})

test(
  'a page is told the state, what was, and then what is new, each entry once',
  { timeout: 60_000 },
  async () => {
    await using feed = await opened(7)
    const { source, port, follow } = feed
    const stream = await follow()
    assert.deepEqual((await next(stream, 'state')).data, source.shown)
    const all = await next(stream, 'timeline')
    assert.deepEqual((all.data as DashboardEvents['timeline']).map(({ n }) => n), [1, 2, 3, 4, 5, 6, 7]) // prettier-ignore
    assert.equal(all.id, `${source.run}.7`)
    assert.ok(((await next(stream, 'usage')).data as unknown[]).length > 0)
    source.tell('merge', 'merged 3')
    source.tell('merge', 'merged 4')
    const more = await next(stream, 'timeline')
    assert.deepEqual((more.data as DashboardEvents['timeline']).map(({ n, text }) => `${n} ${text}`), ['8 merged 3', '9 merged 4']) // prettier-ignore
    source.change({ activity: { kind: 'idle', text: 'done', waitingFor: [] } })
    const { activity } = (await next(stream, 'state')).data as DashboardEvents['state']
    assert.equal(activity.kind, 'idle')
    const again = await follow({ 'last-event-id': `${source.run}.8` })
    const rest = (await next(again, 'timeline')).data as DashboardEvents['timeline']
    assert.deepEqual(rest.map(({ n }) => n), [9]) // prettier-ignore
    const other = await follow({ 'last-event-id': 'f00d-1.8' })
    assert.equal(((await next(other, 'timeline')).data as unknown[]).length, 9)
    await port.close()
    await next(stream, 'stopped')
    assert.equal((await stream.next()).done, true)
  },
)

test(
  'more pages than there is room for are refused by name, and leave room when they go',
  { timeout: 60_000 },
  async () => {
    await using feed = await opened(1)
    const { port } = feed
    const headers = { authorization: `Bearer ${port.token}` }
    const leaving = new AbortController()
    const first = await fetch(`${port.url}/api/events`, { headers, signal: leaving.signal })
    const others = await Promise.all(
      Array.from({ length: 15 }, () => fetch(`${port.url}/api/events`, { headers })),
    )
    const refused = await fetch(`${port.url}/api/events`, { headers })
    assert.equal(refused.status, 503)
    assert.match(await refused.text(), /ERR_BUSY/)
    leaving.abort()
    await assert.rejects(first.text())
    let status = 503
    while (status === 503) {
      const asked = await fetch(`${port.url}/api/events`, { headers })
      ;({ status } = asked)
      if (status === 503) await asked.text()
    }
    assert.equal(status, 200)
    await port.close()
    await Promise.all(others.map((one) => one.text()))
  },
)
