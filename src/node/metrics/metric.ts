import { Counter, Gauge, type Registry } from 'prom-client'

/** Labels and value; labels that are left out are gone from the next answer. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** Sets all values of one metric at once, from numbers that are counted elsewhere. */
export type SetMetric = (samples: readonly Sample[] | number) => void

/** `counter` for what only grows (`…_total`), `gauge` for the rest; names get the prefix `peermerge_`. */
export function metric(
  registry: Registry,
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  labelNames: readonly string[] = [],
): SetMetric {
  const init = { name: `peermerge_${name}`, help, labelNames: [...labelNames], registers: [registry] }
  if (kind === 'gauge') {
    const gauge = new Gauge(init)
    return setter(gauge, (labels, value) => gauge.set(labels, value))
  }
  const counter = new Counter(init)
  return setter(counter, (labels, value) => counter.inc(labels, value))
}

function setter(
  target: { reset(): void },
  set: (labels: Record<string, string>, value: number) => void,
): SetMetric {
  return (samples) => {
    target.reset()
    for (const [labels, value] of typeof samples === 'number' ? [[{}, samples] as const] : samples) {
      set({ ...labels }, value)
    }
  }
}
