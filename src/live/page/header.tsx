/** The bar on top: which experiment, how it stands, and what concerns all of it. */
import { useConnection, useLive, useSeen } from "./connection/use-live.tsx"
import { Compare, Moon, Panel, Pause, Play, Redo, Search, Stop, Sun, Undo } from "./controls/icons.tsx"
import { count, time } from "./draw/format.ts"
import { expectedLeft } from "./view/time-left.ts"
import { useView } from "./view/use-view.tsx"
import { ShareMenu } from "./share/share-menu.tsx"
import { useThemeChoice } from "./style/theme-choice.ts"

interface Props {
  readonly onSearch: () => void
  readonly onSide: () => void
  readonly sideOpen: boolean
}

export const Header = ({ onSearch, onSide, sideOpen }: Props) => {
  const name = useLive(({ graph }) => graph.name)
  const file = useLive(({ graph }) => graph.file)
  const { view, look } = useView()
  const [theme, toggleTheme] = useThemeChoice()
  return (
    <header className="top">
      <button className="icon side-button" aria-expanded={sideOpen} aria-label="Knobs and nodes" title="Knobs and nodes" onClick={onSide}><Panel /></button>
      <div className="name">
        <h1 title={file}>{name}</h1>
        <p className="soft" title={file}>{file}</p>
      </div>
      <Pulse />
      <div className="tools" role="toolbar" aria-label="Experiment">
        <History />
        <RunControls />
        <button className="search-button" onClick={onSearch}><Search /><span>Find</span><kbd>/</kbd></button>
        <button className="icon" aria-pressed={view.compare !== undefined} aria-label="Compare" title="Compare two revisions or runs" onClick={() => look({ compare: view.compare === undefined ? { a: { _tag: "file" }, b: { _tag: "now" } } : undefined })}><Compare /></button>
        <ShareMenu />
        <button className="icon" aria-label={theme === "dark" ? "Light colours" : "Dark colours"} title={theme === "dark" ? "Light colours" : "Dark colours"} onClick={toggleTheme}>{theme === "dark" ? <Sun /> : <Moon />}</button>
      </div>
    </header>
  )
}

/** How the whole experiment stands, in one line of steady width. */
const Pulse = () => {
  const engine = useLive((state) => state.engine)
  const left = useLive(({ statuses }) => expectedLeft(statuses))
  const lost = useSeen(({ link }) => link !== "open")
  const total = Object.values(engine.phases).reduce((sum, n) => sum + n, 0)
  const at = (...phases: readonly string[]): number => phases.reduce((sum, phase) => sum + (engine.phases[phase] ?? 0), 0)
  const [failed, running, settled] = [at("failed"), at("running", "partial"), at("done", "reused", "held", "expanded")]
  const tone = lost ? "warn" : failed > 0 ? "bad" : engine.mode === "paused" ? "warn" : engine.isBusy ? "busy" : "good"
  const word = lost ? "Not connected" : engine.mode === "paused" ? "Paused" : engine.isBusy ? (running === 0 ? "Working" : `${count(running, "node")} running`) : failed > 0 ? `${count(failed, "node")} failed` : "Up to date"
  const detail = [
    `${settled} of ${total}`,
    engine.isBusy && left !== undefined ? `${time(left)} left` : "",
    engine.isBusy && failed > 0 ? `${failed} failed` : "",
    !engine.isBusy && engine.settledMs !== null ? `in ${time(engine.settledMs)}` : "",
  ].filter((part) => part !== "")
  return (
    <div className={`pulse ${tone}`} role="status" title={`revision ${engine.revision}; ${engine.executed} jobs, ${engine.cancelled} cancelled, ${engine.superseded} values overtaken; ${count(engine.pages, "page")} open`}>
      {/* Moves only when one and the same work takes a while. */}
      <i key={engine.revision} aria-hidden="true" />
      <b>{word}</b>
      <span className="soft">{detail.join(" · ")}</span>
    </div>
  )
}

const History = () => {
  const connection = useConnection()
  const { undo, redo } = useLive((state) => state.history)
  return (
    <span className="pair">
      <button className="icon" disabled={undo.length === 0} aria-label="Undo" title={undo[0] === undefined ? "Nothing to undo" : `Undo ${undo[0]} (Ctrl Z)`} onClick={() => void connection.act({ act: "undo" })}><Undo /></button>
      <button className="icon" disabled={redo.length === 0} aria-label="Redo" title={redo[0] === undefined ? "Nothing to do again" : `Redo ${redo[0]} (Ctrl Shift Z)`} onClick={() => void connection.act({ act: "redo" })}><Redo /></button>
    </span>
  )
}

const RunControls = () => {
  const connection = useConnection()
  const mode = useLive(({ engine }) => engine.mode)
  const busy = useLive(({ engine }) => engine.isBusy)
  const isStopped = useLive(({ engine }) => !engine.isBusy && (engine.phases["stale"] ?? 0) > 0)
  const paused = mode === "paused"
  return (
    <span className="pair">
      <button className="icon" aria-pressed={paused} aria-label={paused ? "Go on" : "Pause"} title={paused ? "Go on" : "Pause: everything stops at its last checkpoint"} onClick={() => void connection.act({ act: paused ? "resume" : "pause" })}>{paused ? <Play /> : <Pause />}</button>
      {isStopped && !paused ? (
        <button className="icon" aria-label="Go on" title="Start what is needed again" onClick={() => void connection.act({ act: "resume" })}><Play /></button>
      ) : (
        <button className="icon" disabled={!busy} aria-label="Stop all" title="Stop all that runs; the next edit starts it again" onClick={() => void connection.act({ act: "stop" })}><Stop /></button>
      )}
    </span>
  )
}
