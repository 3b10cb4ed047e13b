import type { Health } from './types.ts'

/** One line for each answer. */
export function renderHealth({ live, ready, agreement, why }: Health): string {
  if (!live) return `live          no: ${why.live}`
  return [
    'live          yes',
    `ready         ${ready ? 'yes' : 'no'}: ${why.ready}`,
    `in agreement  ${agreement ? 'yes' : 'no'}: ${why.agreement}`,
  ].join('\n')
}
