import { createNode } from '../../../src/node/node.ts'
import { threeSites, until } from './three-sites.ts'
const log = (m: string) => process.stderr.write(`${(performance.now()/1000).toFixed(1)} ${m}\n`)
const sites = await threeSites()
const nodes = []
for (const [i, paths] of sites.paths.entries()) {
  if (nodes.length > 0) await sites.dial(i, nodes[0]!.status().addresses)
  const node = await createNode({ home: paths.root })
  nodes.push(node)
  await node.start()
}
try {
await until(nodes, (all) => all.every((s) => s.done && s.merge?.cut.length === 9), 30000)
} catch (e) { log(String(e)) }
log('done')
for (const s of nodes.map((n) => n.status())) log(JSON.stringify({m: s.merge?.digest, cut: s.merge?.cut.length, done: s.done}))
for (const n of nodes) { log('stop'); await n.stop(); log('stopped') }
await sites.remove()
log('removed')
setTimeout(() => log(process.getActiveResourcesInfo().join()), 1000).unref()
