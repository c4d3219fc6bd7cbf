/** What can be taken away from the page: the report, the graph, the changes, a picture, an address. */
import * as E from "fp-ts/lib/Either.js"
import { useEffect, useRef, useState } from "react"
import type { Question } from "../../protocol/question.ts"
import { useConnection, useLive } from "../connection/use-live.tsx"
import { Share } from "../controls/icons.tsx"
import { copyText } from "../controls/copy-text.ts"
import { useView } from "../view/use-view.tsx"
import { pictureOf, pngOf, saveFile } from "./save-picture.ts"

type Export = (Question & { readonly ask: "export" })["what"]

export const ShareMenu = () => {
  const connection = useConnection()
  const name = useLive(({ graph }) => graph.name)
  const { view } = useView()
  const [isOpen, setOpen] = useState(false)
  const [said, setSaid] = useState("")
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return undefined
    const close = (event: Event): void => void (!(event.target instanceof Node && root.current?.contains(event.target)) && setOpen(false))
    addEventListener("pointerdown", close)
    addEventListener("focusin", close)
    return () => (removeEventListener("pointerdown", close), removeEventListener("focusin", close))
  }, [isOpen])
  const run = async (what: () => Promise<string>): Promise<void> => {
    setSaid("…")
    setSaid(await what().catch((error: unknown) => (error instanceof Error ? error.message : String(error))))
  }
  const download = (what: Export) => run(async () => {
    const answer = await connection.ask({ ask: "export", what })
    if (E.isLeft(answer)) return answer.left.join("; ")
    saveFile(answer.right.name, new Blob([answer.right.text], { type: answer.right.mime }))
    return `Saved ${answer.right.name}`
  })
  const picture = (kind: "svg" | "png") => run(async () => {
    const state = connection.seen().state
    if (state === undefined) return "There is nothing to draw yet"
    const drawn = pictureOf(state, view.closed)
    saveFile(`${name}.${kind}`, kind === "svg" ? new Blob([drawn.svg], { type: "image/svg+xml" }) : await pngOf(drawn))
    return `Saved ${name}.${kind}`
  })
  const copy = (text: string, done: string) => run(async () => ((await copyText(text)) ? done : "The browser did not allow it"))
  const code = () => run(async () => {
    const answer = await connection.ask({ ask: "export", what: "code" })
    return E.isLeft(answer) ? answer.left.join("; ") : (await copyText(answer.right.text)) ? "Copied the changes as code" : "The browser did not allow it"
  })
  return (
    <div className="menu" ref={root} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button className="icon" aria-expanded={isOpen} aria-label="Share" title="Share: report, graph, picture, address" onClick={() => (setOpen(!isOpen), setSaid(""))}><Share /></button>
      {isOpen && (
        <div className="menu-list">
          <button className="quiet" onClick={() => void download("report")}>Report<small>HTML</small></button>
          <button className="quiet" onClick={() => void download("graph")}>Graph<small>JSON</small></button>
          <button className="quiet" onClick={() => void picture("svg")}>Picture of the graph<small>SVG</small></button>
          <button className="quiet" onClick={() => void picture("png")}>Picture of the graph<small>PNG</small></button>
          <hr />
          <button className="quiet" onClick={() => void download("overlay")}>Changes made here<small>JSON</small></button>
          <button className="quiet" onClick={() => void code()}>Copy the changes as code</button>
          <button className="quiet" onClick={() => void copy(location.href, "Copied the address of this view")}>Copy the address of this view</button>
          <p className="soft" role="status">{said}</p>
        </div>
      )}
    </div>
  )
}
