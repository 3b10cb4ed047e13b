import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { HubError } from '../../errors.ts'

/** Where the Hub is, who asks, and where files are kept. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly token: string | undefined
  readonly isOffline: boolean
  readonly cacheDir: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_ENDPOINT = 'https://huggingface.co'

/**
 * The environment variables of huggingface_hub: HF_ENDPOINT, HF_TOKEN (or the file that `hf auth login` writes), HF_HUB_OFFLINE,
 * HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME.
 *
 * @throws HubError ERR_HUB_SETTING - the endpoint is no http address, or the token no token
 */
export async function hubSettings(env: Environment = process.env): Promise<HubSettings> {
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface')
  return {
    endpoint: endpointOf(env),
    token: await tokenOf(env, home),
    isOffline: /^(1|on|yes|true)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    cacheDir: resolve(env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'] ?? join(home, 'hub')),
  }
}

function endpointOf(env: Environment): string {
  const text = (env['HF_ENDPOINT'] ?? DEFAULT_ENDPOINT).replace(/\/+$/, '')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text
  throw new HubError(
    'ERR_HUB_SETTING',
    'HF_ENDPOINT',
    `expected an http or https address, got ${JSON.stringify(text)}`,
  )
}

async function tokenOf(env: Environment, home: string): Promise<string | undefined> {
  const token = (env['HF_TOKEN'] ?? env['HUGGING_FACE_HUB_TOKEN'] ?? (await tokenFile(env, home)))?.trim()
  if (token === undefined || token === '') return undefined
  if (/^hf_[\x21-\x7e]+$/.test(token)) return token
  throw new HubError('ERR_HUB_SETTING', 'HF_TOKEN', 'expected a token that starts with hf_')
}

async function tokenFile(env: Environment, home: string): Promise<string | undefined> {
  try {
    return await readFile(env['HF_TOKEN_PATH'] ?? join(home, 'token'), 'utf8')
  } catch {
    return undefined // nobody has logged in
  }
}
