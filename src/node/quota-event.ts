import type { DiskUsage } from './disk-space.ts'
import type { NodeEvent } from './node-event.ts'

const MB = 1e6

export function quotaEvent({ usedBytes, quotaBytes }: DiskUsage): Extract<NodeEvent, { type: 'quota' }> {
  const text = `payloads take ${(usedBytes / MB).toFixed(0)} of ${(quotaBytes / MB).toFixed(0)} MB and the next does not fit; free some of the disk, or raise disk.maxBytes in the settings`
  return { type: 'quota', usedBytes, quotaBytes, text }
}
