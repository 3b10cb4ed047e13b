#!/usr/bin/env node
import { askHealth } from './health/ask-health.ts'
import { renderHealth } from './health/render-health.ts'
import { HEALTH_QUESTIONS, type HealthQuestion } from './health/types.ts'

// What a container's supervisor runs: `peermerge health` without the second that it takes to load the rest.
const [home = process.env.PEERMERGE_HOME ?? '.peermerge', question = 'live'] = process.argv.slice(2)
const health = await askHealth(home)
process.stdout.write(`${renderHealth(health)}\n`)
process.exitCode = HEALTH_QUESTIONS.includes(question as HealthQuestion)
  ? Number(!health[question as HealthQuestion])
  : 2
