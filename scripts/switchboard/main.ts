import { createServer } from 'node:net'
import { openControl } from './control.ts'
import { Directory } from './directory.ts'
import { Exchange } from './exchange.ts'
import { parseRoutes, portsOf } from './routes.ts'

// A TCP relay between the sites of a test, which announce its ports as theirs: SWITCHBOARD_ROUTES="founder=4100 site=430*"
const routes = parseRoutes(process.env.SWITCHBOARD_ROUTES ?? '')
const exchange = new Exchange(new Directory(routes))
for (const { site, port } of routes.flatMap(portsOf)) {
  createServer({ pauseOnConnect: true }, (socket) => void exchange.take(socket, site)).listen(port)
}
openControl(exchange)
process.on('SIGTERM', () => process.exit(0)).on('SIGINT', () => process.exit(0))
console.log(`relays for ${routes.map(({ service }) => service).join(', ')}`)
