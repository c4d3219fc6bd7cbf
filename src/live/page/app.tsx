/** The whole page: bar on top, knobs on the left, graph in the middle, results on the right; and its keys. */
import { ReactFlowProvider } from "@xyflow/react"
import { useCallback, useEffect, useState } from "react"
import "./app.css"
import { Banners } from "./banners.tsx"
import { CompareView } from "./compare/compare-view.tsx"
import { useConnection, useLive, useSeen } from "./connection/use-live.tsx"
import { GraphCanvas } from "./graph/canvas.tsx"
import { Header } from "./header.tsx"
import { Panel } from "./panel/panel.tsx"
import { SearchBox } from "./search.tsx"
import { Side } from "./side/side.tsx"
import { useView, ViewProvider } from "./view/use-view.tsx"

export const App = () => {
  const hasState = useSeen(({ state }) => state !== undefined)
  const link = useSeen((seen) => seen.link)
  if (!hasState) return <Opening link={link} />
  return <ViewProvider><ReactFlowProvider><Page /></ReactFlowProvider></ViewProvider>
}

const Opening = ({ link }: { readonly link: string }) => (
  <main className="opening">
    <p>{link === "refused" ? "The server does not let this page in. Open the address that cambium live printed." : link === "outdated" ? "The server is of another version. Load the page again." : link === "lost" ? "There is no server at this address now. The page comes back by itself." : "Connecting…"}</p>
  </main>
)

const Page = () => {
  const [searching, setSearching] = useState(false)
  const [sideOpen, setSideOpen] = useState(false)
  const { view } = useView()
  const name = useLive(({ graph }) => graph.name)
  const busy = useLive(({ engine }) => engine.isBusy)
  useEffect(() => void (document.title = `${busy ? "● " : ""}${name} · Cambium`), [name, busy])
  const search = useCallback(() => setSearching(true), [])
  useKeys(search)
  return (
    <div className={`page${sideOpen ? " side-open" : ""}${view.selected === undefined ? "" : " has-pick"}`}>
      <Header onSearch={search} onSide={() => setSideOpen(!sideOpen)} sideOpen={sideOpen} />
      <Banners />
      <div className="columns">
        <Side onPick={() => setSideOpen(false)} />
        {view.compare !== undefined ? <CompareView a={view.compare.a} b={view.compare.b} /> : <><main aria-label="Graph"><GraphCanvas /></main><Panel /></>}
      </div>
      {searching && <SearchBox onClose={() => setSearching(false)} />}
    </div>
  )
}

/** Undo and redo, find, and the way back. */
const useKeys = (search: () => void): void => {
  const connection = useConnection()
  const { view, look } = useView()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : undefined
      const isTyping = target?.matches("input:not([type=range], [type=checkbox]), textarea, select") ?? false
      const hasCommand = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (hasCommand && key === "k") return event.preventDefault(), search()
      if (isTyping || document.querySelector("dialog[open]") !== null) return
      if (event.key === "/") return event.preventDefault(), search()
      if (hasCommand && (key === "z" || key === "y")) {
        event.preventDefault()
        return void connection.act({ act: key === "y" || event.shiftKey ? "redo" : "undo" })
      }
      if (event.key === "Escape") look(view.compare !== undefined ? { compare: undefined } : { selected: undefined })
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [connection, search, look, view.compare])
}
