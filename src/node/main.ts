#!/usr/bin/env node
import '../polyfill.ts'
import { VERSION } from '../version.ts'
import { runProgram } from './cli/program.ts'

process.exitCode = await runProgram(process.argv.slice(2), VERSION)
