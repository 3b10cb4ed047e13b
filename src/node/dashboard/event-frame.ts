import type { DashboardEvents } from './wire.ts'

/** A server-sent event. JSON has no line breaks of its own, so that one `data` line holds it. */
export function frameOf<Name extends keyof DashboardEvents>(
  name: Name,
  data: DashboardEvents[Name],
  id?: string,
): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
