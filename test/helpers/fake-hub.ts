import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeModel {
  commit: string
  files: Map<string, Buffer>
  /** Paths kept as large files: their digest is sha-256, and they are served from another address. */
  large: Set<string>
  /** Only this token may read it. */
  token?: string
}

/** What the server does wrong, changed by a test as it goes. */
export interface Trouble {
  /** Ends each connection after so many bytes of a file's content. */
  dropAfter?: number
  /** Sends other bytes than the listing promises, for so many requests. */
  corrupt?: number
  /** Answers nothing at all. */
  silent?: boolean
  /** Stops in the middle of a file and keeps the connection open. */
  stallAfter?: number
  /** Answers every request with this status, so many times. */
  status?: { code: number; times: number }
  /** Sends whole files where parts are asked for. */
  ignoresRanges?: boolean
  /** Answers questions with something that is no JSON. */
  nonsense?: boolean
}

export interface Request {
  readonly url: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

/** The few endpoints of the Hugging Face Hub that fetching a model needs. */
export class FakeHub {
  readonly models = new Map<string, FakeModel>()
  readonly requests: Request[] = []
  trouble: Trouble = {}
  endpoint = ''
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub()
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve))
    hub.endpoint = `http://127.0.0.1:${(hub.#server.address() as AddressInfo).port}`
    return hub
  }

  /** Requests for contents of files, by path. */
  downloads(): string[] {
    return this.requests.flatMap(({ url }) => /\/resolve\/[^/]+\/(.*)$/.exec(url)?.[1] ?? [])
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? ''
    this.requests.push({ url, range: request.headers.range, authorization: request.headers.authorization })
    if (this.trouble.silent === true) return
    const { status } = this.trouble
    if (status !== undefined && status.times-- > 0) return fail(response, status.code, 'Trouble')
    const path = decodeURIComponent(new URL(url, 'http://hub').pathname)
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)\/?(.*)$/.exec(path)
    if (api !== null) return this.#describe(request, response, api[1]!, api[2]!, api[3]!, api[4]!)
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.*)$/.exec(path)
    if (file !== null) return this.#file(request, response, file[1]!, file[2]!, file[3]!)
    const content = /^\/cdn\/([^/]+\/[^/]+)\/(.*)$/.exec(path)
    if (content !== null)
      return this.#send(request, response, this.models.get(content[1]!)!.files.get(content[2]!)!)
    fail(response, 404, 'EntryNotFound')
  }

  #describe(
    request: IncomingMessage,
    response: ServerResponse,
    repo: string,
    what: string,
    revision: string,
    folder: string,
  ): void {
    const model = this.#allowed(request, response, repo, revision)
    if (model === undefined) return
    response.setHeader('content-type', 'application/json')
    if (this.trouble.nonsense === true) return void response.end('<html>sign in</html>')
    if (what === 'revision') {
      const info = {
        _id: '1',
        id: repo,
        sha: model.commit,
        private: false,
        lastModified: '2024-01-01T00:00:00Z',
      }
      return void response.end(JSON.stringify(info))
    }
    response.end(JSON.stringify(entries(model, folder)))
  }

  #allowed(
    request: IncomingMessage,
    response: ServerResponse,
    repo: string,
    revision: string,
  ): FakeModel | undefined {
    const model = this.models.get(repo)
    // The Hub hides what is missing and what is private in the same words.
    if (model === undefined) return fail(response, 401, 'RepoNotFound')
    if (model.token !== undefined && request.headers.authorization !== `Bearer ${model.token}`) {
      return fail(response, 403, 'GatedRepo')
    }
    if (!['main', model.commit].includes(revision)) return fail(response, 404, 'RevisionNotFound')
    return model
  }

  #file(
    request: IncomingMessage,
    response: ServerResponse,
    repo: string,
    revision: string,
    path: string,
  ): void {
    const model = this.#allowed(request, response, repo, revision)
    if (model === undefined) return
    const content = model.files.get(path)
    if (content === undefined) return fail(response, 404, 'EntryNotFound')
    if (!model.large.has(path)) return this.#send(request, response, content)
    response.writeHead(302, { location: `/cdn/${repo}/${path}` }).end()
  }

  #send(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
    const range =
      this.trouble.ignoresRanges === true ? null : /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const from = range === null ? 0 : Number(range[1])
    const to = range === null ? content.length : Math.min(Number(range[2]) + 1, content.length)
    let body = Buffer.from(content.subarray(from, to))
    if ((this.trouble.corrupt ?? 0) > 0) {
      this.trouble.corrupt!--
      body = body.map((byte) => byte ^ 1) as typeof body
    }
    const headers = { 'content-length': body.length, etag: '"x"' }
    if (range === null) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${to - 1}/${content.length}` })
    const { dropAfter, stallAfter } = this.trouble
    if (dropAfter !== undefined && dropAfter < body.length) {
      response.write(body.subarray(0, dropAfter), () => setImmediate(() => response.destroy()))
    } else if (stallAfter !== undefined && stallAfter < body.length) {
      response.flushHeaders()
      response.write(body.subarray(0, stallAfter))
    } else response.end(body)
  }
}

function fail(response: ServerResponse, status: number, code: string): undefined {
  response.writeHead(status, { 'content-type': 'application/json', 'x-error-code': code })
  response.end(JSON.stringify({ error: code }))
}

function entries({ files, large }: FakeModel, folder: string): object[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const inside = [...files].filter(([path]) => path.startsWith(prefix))
  const names = inside.map(([path]) => path.slice(prefix.length).split('/'))
  const folders = new Set(
    names.flatMap(([folder, file]) => (folder !== undefined && file !== undefined ? [folder] : [])),
  )
  return [
    ...[...folders].map((name) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path: prefix + name })),
    ...inside
      .filter(([path]) => !path.slice(prefix.length).includes('/'))
      .map(([path, content]) => ({
        type: 'file',
        path,
        size: content.length,
        oid: gitDigest(content),
        ...(large.has(path) && {
          lfs: {
            oid: createHash('sha256').update(content).digest('hex'),
            size: content.length,
            pointerSize: 130,
          },
        }),
      })),
  ]
}

export function gitDigest(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}
