import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandContext } from '../../../../src/node/cli/command.ts'
import { COMMANDS, commandsFor } from '../../../../src/node/cli/command-table.ts'

const unused = (): CommandContext => assert.fail('no command is run here')
const namesFor = async (...argv: string[]): Promise<string[]> =>
  (await commandsFor(argv)).map((factory) => factory(unused, () => undefined).name())

test('every command goes by its name', async () => {
  assert.deepEqual(await namesFor('--help'), Object.keys(COMMANDS))
})

test('the command that is named is loaded alone, whatever stands around it', async () => {
  assert.deepEqual(await namesFor('status', '--home', 'verify'), ['status'])
  assert.deepEqual(await namesFor('--json', 'who-helps'), ['who-helps'])
})

test('a name that no command has loads all, to say which is near it', async () => {
  for (const name of ['statsu', 'constructor', 'help']) {
    assert.equal((await namesFor(name, 'run')).length, Object.keys(COMMANDS).length)
  }
})
