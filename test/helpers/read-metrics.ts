import assert from 'node:assert/strict'

const SAMPLE = /^(?<name>[a-z_][a-z0-9_]*)(?<labels>\{.*\})? (?<value>\S+)$/
const LABELS = /^\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+\}$/

/**
 * Reads the text format of Prometheus, strictly: every sample belongs to a family with HELP and TYPE above it, counters end in
 * `_total`, no series comes twice. By name and labels as written.
 */
export function readMetrics(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  const helps = new Set<string>()
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [hash, kind, name = '', ...rest] = line.split(' ')
    if (hash === '#' && kind === 'HELP') helps.add(name)
    else if (hash === '#' && kind === 'TYPE') types.set(name, rest.join(' '))
    else {
      const {
        name: series,
        labels = '',
        value,
      } = SAMPLE.exec(line)?.groups ?? assert.fail(`no sample: ${line}`)
      const family = series!.replace(/_(bucket|sum|count)$/, '')
      const type = types.get(series!) ?? types.get(family)
      assert.ok(
        type !== undefined && (helps.has(series!) || helps.has(family)),
        `no HELP or TYPE of ${series}`,
      )
      if (type === 'counter') assert.match(series!, /_total$/)
      if (labels !== '') assert.match(labels, LABELS)
      assert.ok(!samples.has(series! + labels), `twice: ${line}`)
      assert.ok(Number.isFinite(Number(value)), `no number: ${line}`)
      samples.set(series! + labels, Number(value))
    }
  }
  return samples
}
