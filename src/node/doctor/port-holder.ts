import { readdir, readFile, readlink } from 'node:fs/promises'

const LISTENING = '0A'

/** Name and number of the process that listens on a TCP port, where Linux lets this user see it. */
export async function portHolder(port: number): Promise<string | undefined> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '')
    for (const inode of inodesOf(text, port)) inodes.add(inode)
  }
  if (inodes.size === 0) return undefined
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid) && (await holds(pid, inodes))) {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'process')
      return `${name.trim()} (process ${pid})`
    }
  }
  return undefined
}

/** Of sockets that listen on `port`, in the kernel's table: slot, local address:port in hexadecimal, …, state, …, inode. */
export function inodesOf(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[1]?.endsWith(suffix) === true && fields[3] === LISTENING ? (fields[9] ?? []) : []
  })
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    if (inode !== undefined && inodes.has(inode)) return true
  }
  return false
}
