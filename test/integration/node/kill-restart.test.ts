import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectControl } from '../../../src/node/control-client.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import type { NodeEvent, NodeStatus } from '../../../src/node/types.ts'
import { threeSites } from './three-sites.ts'

const script = fileURLToPath(new URL('./node-process.ts', import.meta.url))

interface Running {
  readonly child: ChildProcess
  readonly events: (NodeEvent | { readonly type: 'started' })[]
  /** Resolves with the first event of a type, past ones included. */
  first(type: string): Promise<void>
}

function run(home: HomePaths): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', script, home.root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: Running['events'] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as NodeEvent)
    for (const check of waiting) check()
  })
  const first = (type: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (events.some((event) => event.type === type)) resolve()
      }
      waiting.add(check)
      child.once('exit', (code) =>
        reject(new Error(`the process ended (${code ?? 'killed'}) before ${type}`)),
      )
      check()
    })
  return { child, events, first }
}

async function kill({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function statusOf(home: HomePaths): Promise<NodeStatus> {
  return (await connectControl(home)).status()
}

async function allAgree(homes: readonly HomePaths[], cut: number, timeoutMs: number): Promise<NodeStatus[]> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const statuses = await Promise.all(homes.map(statusOf))
    const digest = statuses[0]?.merge?.digest
    if (statuses.every((s) => s.done && s.merge?.cut.length === cut && s.merge.digest === digest))
      return statuses
    assert.ok(performance.now() < deadline, JSON.stringify(statuses.map(({ activity, members }) => ({ activity, members })))) // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

test(
  'a site killed while it publishes comes back, and nothing is lost or doubled',
  { timeout: 180_000 },
  async () => {
    const sites = await threeSites()
    const running: Running[] = []
    try {
      const [hub, ...others] = sites.paths as [HomePaths, HomePaths, HomePaths]
      running.push(run(hub))
      await running[0]!.first('started')
      const { addresses } = await statusOf(hub)
      for (const [i, home] of others.entries()) {
        await sites.dial(i + 1, addresses)
        running.push(run(home))
      }
      const victim = running[2]!
      await victim.first('published')
      await kill(victim) // its header is on disk, perhaps not yet announced
      running[2] = run(others[1])
      await running[2].first('started')

      const statuses = await allAgree(sites.paths, 9, 120_000)
      for (const { members, problems, merge } of statuses) {
        assert.deepEqual(
          members.map(({ adapters, statistics }) => [adapters, statistics]),
          [
            [2, 1],
            [2, 1],
            [2, 1],
          ],
        )
        assert.deepEqual(merge?.equivocating, [])
        assert.deepEqual(problems, [])
      }
      const published = running[2].events.filter((event) => event.type === 'published')
      assert.deepEqual(published.map(({ sequence }) => sequence), [2, 3]) // prettier-ignore
    } finally {
      await Promise.all(running.map(kill))
      await sites.remove()
    }
  },
)
