import { Presets, SingleBar } from 'cli-progress'
import pc from 'picocolors'
import type { DownloadProgress } from '../training/index.ts'

/** Shows how far a download is. Shows nothing while nothing is downloaded. */
export interface DownloadView {
  readonly onProgress: (progress: DownloadProgress) => void
  close(): void
}

const MB = 1e6

/** A bar that redraws on a terminal, otherwise a line for each tenth. */
export function downloadView(stream: NodeJS.WriteStream): DownloadView {
  return stream.isTTY ? barView(stream) : lineView(stream)
}

function barView(stream: NodeJS.WriteStream): DownloadView {
  const format = `  ${pc.cyan('{bar}')} {value}/{total} MB, {eta_formatted} left  ${pc.dim('{file}')}`
  const bar = new SingleBar({ stream, format, hideCursor: true, barsize: 24 }, Presets.shades_classic)
  let isShown = false
  return {
    onProgress: ({ file, done, total }) => {
      if (!isShown) bar.start(inMb(total), 0, { file })
      isShown = true
      bar.setTotal(inMb(total))
      bar.update(inMb(done), { file })
    },
    close: () => {
      if (isShown) bar.stop()
      isShown = false
    },
  }
}

function lineView(stream: NodeJS.WriteStream): DownloadView {
  let tenths = -1
  return {
    onProgress: ({ file, done, total }) => {
      const reached = total === 0 ? 10 : Math.floor((done / total) * 10)
      if (reached <= tenths) return
      tenths = reached
      stream.write(`fetching the backbone: ${reached * 10} % of ${inMb(total)} MB (${file})\n`)
    },
    close: () => undefined,
  }
}

function inMb(bytes: number): number {
  return Math.round(bytes / (MB / 10)) / 10
}
