import { createServer, type Server } from 'node:http'
import type { Exchange } from './exchange.ts'
import { faultsSchema } from './faults.ts'

/** In the container only: who may run a command in it may give orders. */
export const CONTROL_PORT = 4999

/** `GET` tells faults and connections; `POST` with faults as JSON puts these in force, in place of those before. */
export function openControl(exchange: Exchange): Server {
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const piece of request) body += String(piece)
      try {
        if (request.method === 'POST') exchange.faults = faultsSchema.parse(JSON.parse(body))
        response.end(`${JSON.stringify({ ...exchange.faults, calls: exchange.calls })}\n`)
      } catch (error) {
        response.writeHead(400).end(`${(error as Error).message}\n`)
      }
    })()
  })
  return server.listen(CONTROL_PORT, '127.0.0.1')
}
