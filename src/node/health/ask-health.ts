import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { CONTROL_FILE } from '../control-file.ts'
import { noHealth } from './health-of.ts'
import type { Health } from './types.ts'

/** Peers drop a node that is silent for nine seconds; one that cannot answer here in that time is not live to them either. */
const TIMEOUT_MS = 9_000

/**
 * Asks the node that runs a home; one that does not answer is not live, and that is an answer, too. A supervisor asks every few seconds, so
 * nothing is loaded here but what Node.js has: the whole program takes a second of a processor to load.
 */
export async function askHealth(home: string): Promise<Health> {
  try {
    const { url, token } = JSON.parse(await readFile(join(home, CONTROL_FILE), 'utf8')) as ControlAddress
    return JSON.parse(await read(`${url}/health`, token)) as Health
  } catch (error) {
    return noHealth(`${home}: no node answers (${(error as Error).message})`)
  }
}

interface ControlAddress {
  readonly url: string
  readonly token: string
}

function read(url: string, token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { authorization: `Bearer ${token}` }, timeout: TIMEOUT_MS })
    request.once('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)))
    request.once('error', reject)
    request.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${url}: status ${response.statusCode ?? 0}`))
      })
    })
  })
}
