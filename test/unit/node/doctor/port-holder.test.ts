import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { inodesOf, portHolder } from '../../../../src/node/doctor/port-holder.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0FA1 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0`

test('only the socket that listens on the port counts', () => {
  assert.deepEqual(inodesOf(TABLE, 4001), ['4711'])
  assert.deepEqual(inodesOf(TABLE, 4002), [])
})

test('the process that has a port is named', { skip: process.platform !== 'linux' }, async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    assert.match((await portHolder(port)) ?? '', new RegExp(`\\(process ${process.pid}\\)$`))
  } finally {
    server.close()
  }
})
