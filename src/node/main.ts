#!/usr/bin/env node
import '../polyfill.ts'
import { readFileSync } from 'node:fs'
import { runProgram } from './cli/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
process.exitCode = await runProgram(process.argv.slice(2), version)
