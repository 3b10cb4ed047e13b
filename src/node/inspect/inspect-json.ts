import { cutDigest } from '../../merge/index.ts'
import { charterDigest, parseCharter } from '../charter.ts'
import { InvalidFileError } from '../errors.ts'
import { parseClaim } from '../merge-claim.ts'
import { inspection, type Inspection } from './inspection.ts'

/** A charter or what somebody says of a merge. @throws InvalidFileError - neither, or a field that cannot be so */
export function inspectJson(file: string, text: string): Inspection {
  const bytes = Buffer.byteLength(text)
  const keys = keysOf(file, text)
  if (keys.has('members') || keys.has('backbone')) return inspectCharter(file, text, bytes)
  if (keys.has('digest')) return inspectClaim(file, text, bytes)
  throw new InvalidFileError(file, ['is JSON, but neither a charter nor what a node says of a merge'])
}

function keysOf(file: string, text: string): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(text)
    return new Set(typeof value === 'object' && value !== null ? Object.keys(value) : [])
  } catch (cause) {
    throw new InvalidFileError(file, [`not JSON (${(cause as Error).message})`], { cause })
  }
}

function inspectCharter(file: string, text: string, bytes: number): Inspection {
  const charter = parseCharter(text, file)
  const { members, modules, ...said } = charter
  const fields = { ...said, modules: modules.map(({ name }) => name), members: members.map(({ name, id }) => `${name} ${id}`) } // prettier-ignore
  const digests = [{ what: 'charter', stored: null, computed: charterDigest(charter) }]
  return inspection({ file, kind: 'charter', bytes, fields, digests })
}

/** The digest of the cut follows from the ids, if the claim names its charter. */
function inspectClaim(file: string, text: string, bytes: number): Inspection {
  const claim = parseClaim(text, file)
  const { charter, cut, cutDigest: stored } = claim
  const isComputable = charter !== undefined && cut !== undefined
  const digests = isComputable ? [{ what: 'cut', stored: stored ?? null, computed: cutDigest(charter, [...cut].sort()) }] : [] // prettier-ignore
  return inspection({ file, kind: 'merge claim', bytes, fields: claim, digests })
}
