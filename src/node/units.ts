export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  if (count < 1_000_000) return `${(count / 1000).toFixed(0)} kB`
  return `${(count / 1_000_000).toFixed(1)} MB`
}
