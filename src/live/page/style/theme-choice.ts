/** Light or dark: the reader's system says, until they say otherwise on the page, which is kept in this browser. */
import { useEffect, useState } from "react"

type Theme = "light" | "dark"
const key = "cambium-theme"

/** Puts the theme on the document before anything is drawn. */
export const applyTheme = (): void => void (document.documentElement.dataset["theme"] = stored() ?? systemTheme())

export const useThemeChoice = (): readonly [Theme, () => void] => {
  const [theme, setTheme] = useState<Theme>(() => stored() ?? systemTheme())
  useEffect(() => void (document.documentElement.dataset["theme"] = theme), [theme])
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)")
    const follow = (): void => setTheme(stored() ?? systemTheme())
    query.addEventListener("change", follow)
    return () => query.removeEventListener("change", follow)
  }, [])
  const toggle = (): void => {
    const next = theme === "dark" ? "light" : "dark"
    store(next)
    setTheme(next)
  }
  return [theme, toggle]
}

const systemTheme = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")

// A browser may refuse storage; then the choice lasts as long as the page.
const stored = (): Theme | undefined => {
  try {
    const value = localStorage.getItem(key)
    return value === "light" || value === "dark" ? value : undefined
  } catch {
    return undefined
  }
}

const store = (theme: Theme): void => {
  try {
    localStorage.setItem(key, theme)
  } catch {
    return
  }
}
