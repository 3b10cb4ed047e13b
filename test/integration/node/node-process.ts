// Child of kill-restart.test.ts: one node over a home; its events go to stdout, one JSON object a line.
import { writeSync } from 'node:fs'
import { createNode } from '../../../src/node/node.ts'

const node = await createNode({ home: process.argv[2]! })
node.subscribe((event) => writeSync(1, `${JSON.stringify(event)}\n`))
await node.start()
writeSync(1, '{"type":"started"}\n')
