import { InvalidArgumentError, Option } from 'commander'
import { MIN_BANDWIDTH } from '../../gossip/records.ts'
import { gramSchema, type GramSpec } from '../../merge/index.ts'
import { DEFAULT_TOP_K } from '../default-grams.ts'
import { ADDRESS_FORMS, peerAddress } from '../peer-address.ts'

/** Parsers for option values; a wrong one is said together with what was expected. */
export function positiveInteger(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('expected a whole number, at least 1')
  return number
}

export function positiveNumber(value: string): number {
  const number = Number(value)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('expected a number above 0')
  return number
}

const UNITS = { '': 1, k: 1e3, m: 1e6, g: 1e9 } as const

/** Bytes a second: `800k`, `2.5M`, `1MB`, or a number of bytes. */
export function byteRate(value: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:b?(?:\/s)?)$/i.exec(value) ?? []
  const rate = Math.round(Number(number) * UNITS[(unit ?? '').toLowerCase() as keyof typeof UNITS])
  if (rate >= MIN_BANDWIDTH) return rate
  throw new InvalidArgumentError(`expected bytes a second, such as 800k or 2.5M, at least ${MIN_BANDWIDTH}`)
}

export function fraction(value: string): number {
  const number = Number(value)
  if (!(number > 0 && number < 1)) throw new InvalidArgumentError('expected a number between 0 and 1')
  return number
}

/** What contributions say of layer inputs: `top-k`, `top-k:32`, `full`, `full:0.9`, `diagonal`, `projected`, `joint`. */
export function gramOption(value: string): GramSpec {
  const [form = '', size, ...more] = value.split(':')
  const parsed = gramSchema.safeParse({
    form,
    ...(form === 'top-k' && { k: size === undefined ? DEFAULT_TOP_K : Number(size) }),
    ...(form === 'full' && size !== undefined && { shrink: Number(size) }),
  })
  const hasSize = size !== undefined && form !== 'top-k' && form !== 'full'
  if (parsed.success && !hasSize && more.length === 0) return parsed.data
  throw new InvalidArgumentError(
    'expected full, full:SHRINK (0 to 1), diagonal, top-k, top-k:K (from 1), projected or joint',
  )
}

/** A digest, written out. */
export function digestOption(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('expected 64 hexadecimal digits')
  return value
}

export function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** A list in which commas inside braces belong to the entry: `layer.{4,5}.*.query,value`. */
export function patterns(value: string): string[] {
  const parts = value.match(/(?:\{[^{}]*\}|[^,])+/g) ?? []
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value]
}

/** Addresses as people write them, made multiaddrs. */
export function collectAddress(value: string, earlier: readonly string[] | undefined): string[] {
  const address = peerAddress(value)
  if (address === undefined) throw new InvalidArgumentError(ADDRESS_FORMS)
  return [...(earlier ?? []), address]
}

export function listenOnlyOption(): Option {
  return new Option(
    '--listen-only',
    'publish nothing: hold, merge, score and serve what the others make; none of them waits for this site',
  )
}

export function homeOption(): Option {
  return new Option('--home <dir>', 'directory of this site: key, charter, settings, contributions')
    .env('PEERMERGE_HOME')
    .default('.peermerge')
}
