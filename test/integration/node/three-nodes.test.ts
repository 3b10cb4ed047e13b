import assert from 'node:assert/strict'
import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import { createLogger, type LogLevel } from '../../../src/node/logger.ts'
import { loadState } from '../../../src/node/merge-files.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { threeSites, until, type Sites } from './three-sites.ts'

const logger = createLogger({ level: (process.env.LOG_LEVEL as LogLevel | undefined) ?? 'silent' })

async function startNode(home: string): Promise<PeermergeNode> {
  const node = await createNode({ home, logger })
  await node.start()
  return node
}

async function startAll(sites: Sites): Promise<PeermergeNode[]> {
  const nodes: PeermergeNode[] = []
  for (const [i, paths] of sites.paths.entries()) {
    if (nodes.length > 0) await sites.dial(i, nodes[0]!.status().addresses)
    nodes.push(await startNode(paths.root))
  }
  return nodes
}

test('three sites train, gossip and compute the same merge', { timeout: 120_000 }, async () => {
  const sites = await threeSites()
  const nodes = await startAll(sites)
  try {
    const events: NodeEvent[] = []
    nodes[1]!.subscribe((event) => events.push(event))
    const statuses = await until(
      nodes,
      (all) => all.every((s) => s.done && s.merge?.known === 9 && s.merge.digest === all[0]?.merge?.digest),
      90_000,
    )
    for (const status of statuses) {
      // two contributions each: a site that starts when others have contributed goes on from them, one generation later
      const { generation } = status.merge!
      assert.ok(generation >= 2 && generation <= 4, `generation ${generation}`)
      assert.equal(generation, statuses[0]!.merge!.generation)
      assert.equal(status.merge!.cut.length, 6)
      assert.deepEqual(
        status.members.map((member) => [member.adapters, member.statistics, member.included]),
        [
          [2, 1, 2],
          [2, 1, 2],
          [2, 1, 2],
        ],
      )
      assert.equal(status.merge!.classifierSource.rule, 'analytic')
      assert.ok(status.bytes.sent > 0 && status.bytes.received > 0)
      assert.deepEqual(status.problems, [])
    }
    const digest = statuses[0]!.merge!.digest
    const kept = await loadState(join(sites.paths[2]!.merges, `${digest}.safetensors`))
    assert.deepEqual(
      [...kept.adapter],
      [...nodes[0]!.merged()!.adapter].sort(([a], [b]) => (a < b ? -1 : 1)),
    )
    const published = events.filter((event) => event.type === 'published')
    assert.deepEqual(published.map(({ sequence, kind }) => [sequence, kind]), [[1, 'adapter'], [2, 'adapter'], [3, 'statistics']]) // prettier-ignore

    const control = await connectControl(sites.paths[1]!)
    assert.equal((await control.status()).merge?.digest, digest)
    await control.stop()
    await nodes[1]!.stop()
    await assert.rejects(access(sites.paths[1]!.control))
    assert.equal(events.at(-1)?.type, 'stopped')

    const again = await createNode({ home: sites.paths[1]!.root, logger })
    try {
      await again.start()
      const [restarted] = await until([again], ([s]) => s!.done && s!.merge !== null, 30_000)
      assert.equal(restarted!.merge?.digest, digest, 'a restart changes nothing')
      assert.equal(restarted!.own.adapters, 2, 'nothing is trained twice')
    } finally {
      await again.stop()
    }
    const charter = JSON.parse(await readFile(sites.paths[0]!.charter, 'utf8')) as { name: string }
    assert.equal(charter.name, 'castings')
  } finally {
    for (const node of nodes) await node.stop()
    await sites.remove()
  }
})

test('a chunk that rots on disk while the node runs is fetched again', { timeout: 120_000 }, async () => {
  const sites = await threeSites({ contributionsPerTask: 1, classifier: { rule: 'counts' } })
  const nodes: PeermergeNode[] = []
  try {
    for (const [i, paths] of sites.paths.slice(0, 2).entries()) {
      if (i > 0) await sites.dial(i, nodes[0]!.status().addresses)
      nodes.push(await startNode(paths.root))
    }
    await until(nodes, (all) => all.every((s) => s.merge?.known === 2), 60_000)
    const { blocks } = sites.paths[0]!
    for (const file of (await readdir(blocks, { recursive: true, withFileTypes: true })).filter((f) =>
      f.isFile(),
    )) {
      await writeFile(join(file.parentPath, file.name), 'rotten')
    }
    await sites.dial(2, nodes[1]!.status().addresses)
    nodes.push(await startNode(sites.paths[2]!.root)) // what it brings makes the others merge, and so read, again
    const [damaged, whole] = await until(
      nodes,
      (all) => all.every((s) => s.merge?.known === 3 && s.merge.digest === all[0]?.merge?.digest),
      60_000,
    )
    assert.ok(damaged!.problems.some(({ code }) => code === 'ERR_CHUNK_CORRUPT'))
    assert.deepEqual(whole!.problems, [])
    assert.equal(damaged!.store.admitted, 3)
  } finally {
    for (const node of nodes) await node.stop()
    await sites.remove()
  }
})
