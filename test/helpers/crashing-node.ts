/**
 * `peermerge` with the arguments given, in which the callback of libp2p's own listener throws at the first connection: an
 * error that no code of this project can catch.
 */
import '../../src/polyfill.ts'
import { Server } from 'node:net'
import { runProgram } from '../../src/node/cli/program.ts'

const emit = Reflect.get(Server.prototype, 'emit') as (event: string, ...args: unknown[]) => boolean
Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
  const heard = emit.call(this, event, ...args)
  const isControl = this.constructor !== Server // that one speaks HTTP
  if (event === 'connection' && !isControl) throw new TypeError('thrown inside a callback')
  return heard
} as typeof emit

process.exitCode = await runProgram(process.argv.slice(2), '0.0.0')
