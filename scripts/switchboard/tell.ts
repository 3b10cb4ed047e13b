import { CONTROL_PORT } from './control.ts'

// Inside the container:  node tell.js [FAULTS AS JSON]  gives an order, or asks what is in force.
const [faults] = process.argv.slice(2)
const order = faults === undefined ? {} : { method: 'POST', body: faults }
const response = await fetch(`http://127.0.0.1:${CONTROL_PORT}/`, order)
process.stdout.write(await response.text())
process.exitCode = response.ok ? 0 : 1
