import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { bytes, percent } from '../units.ts'
import type { DemoReport, PeerReport } from './types.ts'

/** The demo's result for a terminal: one row a site, then the summary and the checks. */
export function renderReport(report: DemoReport): string {
  return [
    peerTable(report),
    '',
    summaryTable(report),
    '',
    ...report.checks.map(checkLine),
    '',
    footer(report),
  ].join('\n')
}

function peerTable({ peers }: DemoReport): string {
  const models = MODELS.filter((model) => peers.every((peer) => peer[model] !== undefined))
  const head = ['site', 'merge digest', 'samples', 'sent', 'received', ...models, ...models]
  const title = 'accuracy on own held-out samples, then on everybody’s'
  const rows = peers.map((peer) => peerRow(peer, models))
  return `${pc.bold('Sites')}  ${pc.dim(`(${title})`)}\n${terminalTable(head, rows, 2)}`
}

/** Columns of accuracies; `personal` where sites have models of their own. */
const MODELS = ['own', 'merged', 'personal', 'pooled'] as const

function peerRow(peer: PeerReport, models: readonly (typeof MODELS)[number][]): string[] {
  return [
    peer.name,
    pc.yellow(peer.digest.slice(0, 12)),
    `${peer.trainImages}+${peer.heldOutImages}`,
    bytes(peer.bytesSent),
    bytes(peer.bytesReceived),
    ...models.map((model) => percent(peer[model]!.ownData)),
    ...models.map((model) => percent(peer[model]!.allData)),
  ]
}

function summaryTable(report: DemoReport): string {
  const { summary } = report
  const rows: [string, number | undefined][] = [
    ['before training', summary.base],
    ['pooled training, backbone with random weights', summary.randomBackbone],
    ['each site alone, mean', summary.ownMean],
    ['no adapter: analytic classifier on the frozen backbone, all samples', summary.frozen],
    [`merged (${report.adapter}, ${report.rule}, classifier ${report.classifier})`, summary.merged],
    ['pooled training, all samples in one place', summary.pooled],
  ]
  const known = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, percent(value), bar(value)]],
  )
  return terminalTable(['on everybody’s held-out samples', 'accuracy', ''], known)
}

function checkLine(check: { name: string; ok: boolean; detail: string }): string {
  return `${check.ok ? pc.green('✔') : pc.red('✘')} ${check.name} ${pc.dim(`(${check.detail})`)}`
}

function footer(report: DemoReport): string {
  const { cut, peers, seconds, directory } = report
  const swarm = `${peers.length} peers, ${cut.expected} contributions, no server`
  const time = `${seconds.total.toFixed(0)} s, ${seconds.swarm.toFixed(0)} s of them the swarm`
  const files = directory === null ? 'nothing kept (--out keeps homes and data)' : `files in ${directory}`
  return pc.dim(`${swarm}; ${time}; ${files}`)
}

function bar(value: number): string {
  const width = Math.round(Math.max(0, Math.min(1, value)) * 30)
  return pc.green('█'.repeat(width)) + pc.dim('·'.repeat(30 - width))
}
