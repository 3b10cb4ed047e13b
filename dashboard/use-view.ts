import { useEffect, useRef, useState } from 'preact/hooks'
import { follow } from './event-stream.ts'
import { EMPTY, nextView, type View } from './view.ts'

/** What the node tells, drawn at most once a frame however much comes. */
export function useView(token: string | null): View {
  const [view, setView] = useState(EMPTY)
  const newest = useRef(EMPTY)
  useEffect(() => {
    if (token === null) return
    const leaving = new AbortController()
    let frame = 0
    const show = (next: View): void => {
      newest.current = next
      frame ||= requestAnimationFrame(() => {
        frame = 0
        setView(newest.current)
      })
    }
    show(EMPTY)
    const follower = {
      onEvent: (event: Parameters<typeof nextView>[1]) => show(nextView(newest.current, event, Date.now())),
      onConnection: (connection: Exclude<View['connection'], 'connecting'>) =>
        show({ ...newest.current, connection }),
    }
    void follow(token, follower, leaving.signal)
    return () => {
      leaving.abort()
      cancelAnimationFrame(frame)
    }
  }, [token])
  return view
}

/** The node's time, anew every few seconds, for ages. */
export function useNow(clockAhead: number): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5_000)
    return () => clearInterval(timer)
  }, [])
  return now - clockAhead
}
