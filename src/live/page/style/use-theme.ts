/** The theme that is on, for what is drawn on a canvas and has to be drawn again when it changes. */
import { useEffect, useState } from "react"

export const useTheme = (): "light" | "dark" => {
  const [theme, setTheme] = useState(shownTheme)
  useEffect(() => {
    const watcher = new MutationObserver(() => setTheme(shownTheme()))
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] })
    return () => watcher.disconnect()
  }, [])
  return theme
}

const shownTheme = (): "light" | "dark" => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light")
