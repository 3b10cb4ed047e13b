import { useEffect, useState } from 'preact/hooks'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'peermerge-theme'
const DARK = matchMedia('(prefers-color-scheme: dark)')

/** The theme that was chosen, kept in this browser, and whether that is dark now. */
export function useTheme(): { theme: Theme; isDark: boolean; choose: (theme: Theme) => void } {
  const [theme, choose] = useState<Theme>(() => THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system') // prettier-ignore
  const [systemIsDark, setSystem] = useState(DARK.matches)
  useEffect(() => {
    const changed = (): void => setSystem(DARK.matches)
    DARK.addEventListener('change', changed)
    return () => DARK.removeEventListener('change', changed)
  }, [])
  const isDark = theme === 'dark' || (theme === 'system' && systemIsDark)
  useEffect(() => {
    localStorage.setItem(KEY, theme)
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  }, [theme, isDark])
  return { theme, isDark, choose }
}
