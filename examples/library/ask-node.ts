/** Asks a running node over its control port, and the server of `peermerge serve` over HTTP. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectControl, homePaths, NotRunningError } from 'peermerge'

/** What `serve.json` in the home says; readable by its owner only. */
interface ServeFile {
  readonly url: string
  readonly token: string
}

async function askNode(home: string): Promise<void> {
  const control = await connectControl(homePaths(home))
  const { name, activity, agreement, members, merge } = await control.status()
  console.log(`${name}, process ${control.pid}: ${activity.text}; ${agreement.text}`)
  for (const { name: member, connected, self } of members)
    console.log(`  ${member}${self ? ' (this site)' : connected ? '' : ' (not connected)'}`)
  if (merge === null) return
  // what it remembers, then what comes, until the signal aborts
  for await (const event of control.events({ sinceStart: true, signal: AbortSignal.timeout(10_000) })) {
    if (event.type !== 'merged') continue
    console.log(`  ${event.at} merge ${event.digest.slice(0, 12)} of ${event.cut.length}`)
    if (event.digest === merge.digest) break
  }
}

async function askServer(home: string, picture: string): Promise<void> {
  const { url, token } = JSON.parse(await readFile(join(home, 'serve.json'), 'utf8')) as ServeFile
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object }
  console.log(`${url} answers ${Object.keys(description.paths).join(' ')}`)
  const response = await fetch(`${url}/v1/predict`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ images: [await readFile(picture, 'base64')], top: 2 }),
    signal: AbortSignal.timeout(30_000),
  })
  console.log(response.status, JSON.stringify(await response.json()))
}

const [home, picture] = process.argv.slice(2)
if (home === undefined)
  throw new Error('usage: ask-node.ts HOME [PICTURE]; a picture needs peermerge serve --home HOME')
try {
  await askNode(home)
  if (picture !== undefined) await askServer(home, picture)
} catch (error) {
  if (!(error instanceof NotRunningError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
