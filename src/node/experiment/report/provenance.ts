import { arch, cpus, platform, totalmem } from 'node:os'
import { VERSION } from '../../../version.ts'

/** Where and by what a report was made; nothing in it changes when the same command is given again. */
export interface Provenance {
  readonly command: string
  readonly machine: string
  readonly versions: string
}

export function provenance(command: string): Provenance {
  const [first] = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return {
    command,
    machine: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${memory}, ${platform()} ${arch()}`,
    versions: `peermerge ${VERSION}, Node ${process.version}`,
  }
}
