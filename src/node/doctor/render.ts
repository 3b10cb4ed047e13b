import pc from 'picocolors'
import { endpointIn, nameOf, pathTo, shown } from './reading.ts'
import { CHECKS, type Diagnosis, type Finding } from './types.ts'

const MARKS = { ok: pc.green('ok  '), warn: pc.yellow('warn'), fail: pc.red('FAIL') }

/** For a terminal: every finding, what to do where something is wrong, and the one rule at the end. */
export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { findings, facts } = diagnosis
  const state = facts.isRunning
    ? 'its node runs'
    : 'its node is stopped, so this was tried with a host of its own'
  const sections = CHECKS.flatMap((check) => findings.filter((one) => one.check === check).map(renderFinding))
  return [
    `${pc.bold(facts.site.name)}  ${facts.site.peer}: ${state}`,
    ...sections,
    '',
    advice(diagnosis),
  ].join('\n')
}

function renderFinding({ check, level, found, todo }: Finding): string {
  const line = `${MARKS[level]} ${check.padEnd(9)} ${found}`
  return todo === null ? line : `${line}\n               ${pc.dim(todo)}`
}

/** The last line: one rule in plain words, or that there is none. */
export function advice({ rule, findings }: Diagnosis): string {
  if (rule !== null) return `${pc.bold('missing rule')}: ${rule.text}`
  return isOpen(findings)
    ? 'nothing has to be opened'
    : 'no rule that could be opened here explains the failures above'
}

function isOpen(findings: readonly Finding[]): boolean {
  return !findings.some(({ check, level }) => check === 'outbound' && level === 'fail')
}

/** What is asked of IT in a line. */
function asked({ rule, findings }: Diagnosis): string {
  if (rule !== null) return rule.text
  const nothing = isOpen(findings)
    ? 'Nothing has to be opened'
    : 'No rule of this site explains what fails below'
  return `${nothing}; this page says what is used.`
}

function outboundLines({ facts }: Diagnosis): readonly string[] {
  const line = (address: string, peer: string, outcome: string): string =>
    `  ${address.padEnd(32)} ${nameOf(facts, peer).padEnd(20)} ${outcome}`.trimEnd()
  const tried = (facts.reach?.outbound ?? []).map((one) => line(shown(one.address), one.peer, one.outcome))
  const unknown = (facts.reach?.unknown ?? []).map((peer) => line('no address is known', peer, ''))
  return [...tried, ...unknown]
}

/** One page for the people who run the firewall; says nothing that is not theirs to know. */
export function itPage(diagnosis: Diagnosis): string {
  const { facts } = diagnosis
  const outbound = outboundLines(diagnosis)
  const relayed = facts.members.filter(({ id }) => pathTo(facts, id) === 'relayed').length
  const listens = facts.ports.flatMap(({ address }) => endpointIn(address)?.port ?? [])
  const ports = [...new Set(listens)].join(', ')
  return `Network access for peermerge ${facts.site.version} at ${facts.site.name}          ${facts.at}

What is asked
  ${asked(diagnosis)}

What it is
  A program that sends and receives trained model parameters, no patient or customer rows, between the members of one
  closed group. There is no server in the middle. Direction: TCP connections that this machine opens to the other members,
  and, where a port is opened, connections from them.

Outbound TCP from this machine to
${outbound.length > 0 ? outbound.join('\n') : '  (no address of another member is known yet)'}

Inbound TCP
  ${facts.site.reachable === 'no' || ports === '' ? 'None: this machine listens nowhere.' : `Port ${ports}, optional: without it the site is reached through members that relay.`}
${relayed > 0 ? `  ${relayed === 1 ? '1 member is' : `${relayed} members are`} reached through a relay at the moment.\n` : ''}
What protects it
  Every connection is encrypted and both ends prove their keys (Noise XX, Ed25519, ChaCha20-Poly1305) before a word is said.
  Keys that are not on the group's signed list of members are refused right after. A relay sees encrypted bytes only.
  ${facts.site.hasNetworkKey ? 'A pre-shared network key encrypts connections once more (XSalsa20): others cannot even shake hands.' : 'No pre-shared network key is in use.'}
  It is not HTTP: web proxies do not carry it, and TLS inspection cannot read it and must let it pass.

Also used
  UDP 5353 multicast on the local network to find members there (off with "mdns": false). DNS, if a member has a name.
`
}
