import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Command } from 'commander'
import { addLogOptions } from '../../../../src/node/cli/log-options.ts'
import { addReachOptions } from '../../../../src/node/cli/reach-options.ts'
import { addSiteOptions } from '../../../../src/node/cli/site-options.ts'

const before = { ...process.env }
afterEach(() => {
  for (const name of Object.keys(process.env))
    if (!(name in before)) Reflect.deleteProperty(process.env, name)
})

function parse(command: Command, argv: readonly string[] = []): Record<string, unknown> {
  command.exitOverride().configureOutput({ writeErr: () => undefined })
  return command.parse([...argv], { from: 'user' }).opts()
}

test('what describes a site can be said by the environment, as containers do; the command line has the last word', () => {
  Object.assign(process.env, {
    PEERMERGE_HOME: '/data/site',
    PEERMERGE_SITE: 'mill-3',
    PEERMERGE_BACKBONE: '/backbone',
    PEERMERGE_DATA: '/samples',
    PEERMERGE_THREADS: '2',
    PEERMERGE_ANNOUNCE: 'mill-3.example:4001',
    PEERMERGE_REACHABLE: 'yes',
  })
  const said = parse(addSiteOptions(new Command('join')))
  assert.deepEqual(
    [said.home, said.site, said.backbone, said.data, said.threads, said.announce, said.reachable],
    ['/data/site', 'mill-3', '/backbone', '/samples', 2, ['/dns/mill-3.example/tcp/4001'], 'yes'],
  )
  const told = parse(addSiteOptions(new Command('join')), ['--site', 'press', '--announce', '192.0.2.1:1'])
  assert.deepEqual([told.site, told.announce], ['press', ['/ip4/192.0.2.1/tcp/1']])
})

test('what is wrong in the environment is refused as on the command line', () => {
  process.env.PEERMERGE_REACHABLE = 'perhaps'
  assert.throws(() => parse(addReachOptions(new Command('run'))), /PEERMERGE_REACHABLE/)
  process.env.PEERMERGE_LOG_LEVEL = 'loud'
  assert.throws(() => parse(addLogOptions(new Command('run'))), /PEERMERGE_LOG_LEVEL/)
})

test('without either, a site’s name is asked for', () => {
  assert.throws(() => parse(addSiteOptions(new Command('join'))), /--site/)
})
