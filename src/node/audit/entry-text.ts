import { bytes, counted } from '../units.ts'
import type { AuditEntry } from './audit-entry.ts'
import { AUDIT_FACTS, isAuditKind, type AuditKind, type FactsOf } from './audit-kinds.ts'

const TEXTS: { readonly [Kind in AuditKind]: (facts: FactsOf<Kind>) => string } = {
  'log-begun': ({ name, peer, before }) =>
    `log of ${name} ${peer}` + (before === null ? '' : `, after ${before.file}: ${before.problem}`),
  'tail-recovered': (facts) => `${facts.bytes} bytes of an entry that a crash had cut off were left out`,
  'entries-lost': ({ count }) => `${count} entries could not be kept`,
  'node-started': ({ version, charter }) => `version ${version}, charter ${short(charter)}`,
  'configuration-changed': ({ changes }) =>
    changes.map(({ field, before, after }) => `${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`).join('; '), // prettier-ignore
  'node-stopped': () => 'in order',
  'charter-changed': ({ charter, before }) => `${short(charter)}, before ${short(before)}`,
  'contribution-published': ({ sequence, kind, id, samples, payload, tensors }) =>
    `number ${sequence}, ${kind} ${short(id)}: ${tensors?.length ?? 'unknown'} tensors, ${bytes(payload.bytes)} of ${samples} samples`,
  'policy-changed': ({ policy, before, problem }) =>
    `${shortOr(policy)}, before ${shortOr(before)}${problem === null ? '' : `; nothing leaves: ${problem}`}`,
  'contribution-held': heldText,
  'contribution-released': (facts) => `${heldText(facts)}, by ${facts.by}${because(facts.reason)}`,
  'contribution-refused': (facts) => `${heldText(facts)}, by ${facts.by}${because(facts.reason)}`,
  'contribution-lapsed': (facts) => `${heldText(facts)}${because(facts.reason)}`,
  'publish-refused': ({ text }) => text,
  'publish-forced': ({ reason, text }) => `${reason}: ${text}`,
  'payload-served': (facts) => `${bytes(facts.bytes)} of ${short(facts.id)} to ${facts.name}`,
  'payload-held': ({ id, name }) => `${name} has all of ${short(id)}`,
  'scores-shared': ({ merge, tasks }) =>
    `of merge ${short(merge)}: ${tasks.map(({ correct, count }) => `${correct} of ${count}`).join(', ')}`,
  'contribution-admitted': ({ name, sequence, id }) => `${name}, number ${sequence}, ${short(id)}`,
  'contribution-rejected': ({ name, sequence, reason }) => `${name}, number ${sequence}: ${reason}`,
  'merge-computed': ({ digest, contributions, added, removed }) =>
    `${short(digest)} of ${counted(contributions, 'contribution')} (${added.length} more, ${removed.length} fewer)`,
  'model-adopted': ({ model, digest, reason }) => `${model} ${short(digest)}: ${reason}`,
  'model-chosen': ({ model, digest, who, reason }) =>
    `${model} ${short(digest)}, by ${who ?? 'a person'}: ${reason}`,
  'ledger-statement': ({ name, text }) => `${name}: ${text}`,
  'member-changed': ({ name, change }) => `${name} ${change}`,
  'round-decided': ({ round, contributions }) =>
    `round ${round} of ${counted(contributions, 'contribution')}`,
}

/** One line on what an entry says; nothing for a kind that a newer version writes. */
export function entryText({ kind, facts }: Pick<AuditEntry, 'kind' | 'facts'>): string {
  if (!isAuditKind(kind)) return ''
  const describe = TEXTS[kind] as (facts: unknown) => string
  return describe(AUDIT_FACTS[kind].parse(facts))
}

function heldText({ kind, sequence, id, samples, bytes: size }: FactsOf<'contribution-held'>): string {
  return `${kind} ${sequence} ${short(id)}: ${bytes(size)} of ${samples} samples`
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}

function shortOr(digest: string | null): string {
  return digest === null ? 'none' : short(digest)
}

function short(digest: string): string {
  return digest.slice(0, 12)
}
