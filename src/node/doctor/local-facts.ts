import { lookup } from 'node:dns/promises'
import { statfs } from 'node:fs/promises'
import { isIP } from 'node:net'
import { endpointIn } from './reading.ts'
import type { NameFacts } from './types.ts'

const LOOKUP_TIMEOUT_MS = 5_000
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']

/** What the names in these addresses stand for, each once. */
export function resolveNames(addresses: readonly string[]): Promise<NameFacts[]> {
  const hosts = addresses.flatMap((address) => endpointIn(address)?.host ?? [])
  const names = [...new Set(hosts)].filter((host) => isIP(host) === 0)
  return Promise.all(names.map((name) => resolveName(name)))
}

async function resolveName(name: string): Promise<NameFacts> {
  try {
    const late = AbortSignal.timeout(LOOKUP_TIMEOUT_MS)
    const found = await Promise.race([lookup(name, { all: true }), rejectOn(late, name)])
    const of = (family: number): string[] =>
      found.filter((one) => one.family === family).map(({ address }) => address)
    return { name, ipv4: of(4), ipv6: of(6), error: null }
  } catch (error) {
    return {
      name,
      ipv4: [],
      ipv6: [],
      error: (error as NodeJS.ErrnoException).code ?? (error as Error).message,
    }
  }
}

function rejectOn(signal: AbortSignal, name: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${name}: no answer from the DNS`)), {
      once: true,
    })
  })
}

/** Free for this user on the disk that holds `path`; null where the system does not say. */
export async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}

/** Names alone: values may hold passwords. */
export function proxyVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return PROXY_VARIABLES.filter((name) => (env[name] ?? '') !== '')
}
