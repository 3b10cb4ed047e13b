import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpillError } from '../errors.ts'

/** A place outside memory for bytes under growing positions. */
export interface SpillFile {
  /** @throws SpillError - the disk is full or fails */
  write(bytes: Uint8Array, position: number): void
  /** Fills `target`. @throws SpillError */
  read(target: Uint8Array, position: number): void
  /** Harmless twice. */
  close(): void
}

/**
 * A temporary file that only this user may read. Its name is removed as soon as it is open, so that nothing is left behind whatever
 * becomes of the process; where a system refuses that, the file is removed by `close`.
 *
 * @param dir - where; on many machines the default (`TMPDIR`, else /tmp) is itself in memory
 * @throws SpillError - it cannot be made there
 */
export function openSpillFile(dir: string = tmpdir()): SpillFile {
  const path = join(dir, `peermerge-${process.pid}-${randomBytes(8).toString('hex')}.tmp`)
  const file = attempt('opened', dir, () => openSync(path, 'wx+', 0o600))
  const isNameless = removeName(path)
  return spillInto(file, dir, () => {
    if (!isNameless) rmSync(path, { force: true })
  })
}

/** A spill file on an open file, which it closes. @param dir - named in errors */
export function spillInto(file: number, dir: string, afterClose?: () => void): SpillFile {
  let isOpen = true
  return {
    write: (bytes, position) => {
      for (let done = 0; done < bytes.length;)
        done += attempt('written', dir, () =>
          writeSync(file, bytes, done, bytes.length - done, position + done),
        )
    },
    read: (target, position) => {
      for (let done = 0; done < target.length;) {
        const count = attempt('read', dir, () =>
          readSync(file, target, done, target.length - done, position + done),
        )
        if (count === 0) throw new SpillError(dir, `it ends before byte ${position + target.length}`)
        done += count
      }
    },
    close: () => {
      if (!isOpen) return
      isOpen = false
      closeSync(file)
      afterClose?.()
    },
  }
}

function removeName(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
  }
}

function attempt<T>(verb: string, dir: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const isFull = code === 'ENOSPC' || code === 'EDQUOT'
    const problem = isFull ? 'the disk is full' : `it cannot be ${verb} (${code ?? String(cause)})`
    throw new SpillError(dir, problem, { cause })
  }
}
