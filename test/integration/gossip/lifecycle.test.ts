import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { Swarm } from '../../helpers/gossip/swarm.ts'

test('a port in use is named', async () => {
  await using swarm = new Swarm()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { network } = await swarm.node({ start: false, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
  await assert.rejects(network.start(), {
    code: 'ERR_PORT_IN_USE',
    message: new RegExp(`port ${port} .*in use`),
  })
  server.close()
})

test('start and stop may be called twice; a stopped network stays stopped', async () => {
  await using swarm = new Swarm()
  const { network } = await swarm.node()
  await network.start()
  assert.equal(network.addresses().length, 1)
  await Promise.all([network.stop(), network.stop()])
  await network.stop()
  assert.throws(() => void network.start(), { code: 'ERR_STOPPED' })
})

test('publish refuses what is not admissible, and sends nothing', async () => {
  await using swarm = new Swarm()
  const node = await swarm.node()
  const { envelope } = await makeContribution(node.identity, { fields: { charter: 'ab'.repeat(32) } })
  await assert.rejects(node.network.publish(envelope), { code: 'ERR_PUBLISH', message: /wrong-charter/ })
  assert.equal(node.store.envelopes.size, 0)
})

test('publishing alone is no error', async () => {
  await using swarm = new Swarm()
  const node = await swarm.node({ listen: [] })
  const { id, envelope } = await makeContribution(node.identity)
  assert.deepEqual(await node.network.publish(envelope), { id, recipients: 0 })
})

test('a process whose networks are stopped ends by itself', { timeout: 30_000 }, async () => {
  const script = fileURLToPath(new URL('../../helpers/gossip/start-and-stop.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  assert.equal(code, 0, 'it was killed: something was left running')
  assert.match(output, /stopped/)
})
