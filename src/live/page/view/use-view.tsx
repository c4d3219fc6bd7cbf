/** The view in React, kept in the address. */
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react"
import { must } from "../../../base/assert.ts"
import { readView, writeView, type View } from "./view.ts"

interface Viewing {
  readonly view: View
  readonly look: (change: Partial<View>) => void
  readonly select: (path: string | undefined) => void
  readonly toggleGroup: (path: string) => void
}

const Context = createContext<Viewing | undefined>(undefined)

export const ViewProvider = ({ children }: { readonly children: ReactNode }) => {
  const [view, setView] = useState(() => readView(location.hash))
  const look = useCallback((change: Partial<View>) => setView((old) => ({ ...old, ...change })), [])
  const select = useCallback((selected: string | undefined) => look({ selected }), [look])
  const toggleGroup = useCallback(
    (path: string) => setView((old) => ({ ...old, closed: new Set(old.closed.has(path) ? [...old.closed].filter((other) => other !== path) : [...old.closed, path]) })),
    [],
  )
  useEffect(() => {
    const text = writeView(view)
    if (text !== location.hash.slice(1)) history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`)
  }, [view])
  useEffect(() => {
    const read = (): void => setView(readView(location.hash))
    addEventListener("hashchange", read)
    return () => removeEventListener("hashchange", read)
  }, [])
  const viewing = useMemo(() => ({ view, look, select, toggleGroup }), [view, look, select, toggleGroup])
  return <Context value={viewing}>{children}</Context>
}

export const useView = (): Viewing => must(useContext(Context), "components stand inside a ViewProvider")
