/** One node looked into: what came out, what can be turned, what goes in and out, why it ran, what it said. */
import { useEffect, useRef } from "react"
import { useAnswer, useLive } from "../connection/use-live.tsx"
import { Mark } from "../graph/mark.tsx"
import { familyColour } from "../view/families.ts"
import { describeStatus } from "../view/phases.ts"
import { useSteady } from "../view/use-steady.ts"
import { useView } from "../view/use-view.tsx"
import type { Tab } from "../view/view.ts"
import { CloseButton } from "./close-button.tsx"
import { DataTab } from "./data-tab.tsx"
import { LogTab } from "./log-tab.tsx"
import { NodeActions } from "./node-actions.tsx"
import { ParamsTab } from "./params-tab.tsx"
import { ResultTab } from "./result-tab.tsx"
import { TabList } from "./tab-list.tsx"
import { WhyTab } from "./why-tab.tsx"

const names: readonly (readonly [Tab, string])[] = [["result", "Result"], ["params", "Params"], ["data", "Data"], ["why", "Why"], ["log", "Log"]]

export const NodePanel = ({ path }: { readonly path: string }) => {
  const node = useLive(({ nodes }) => nodes[path])
  const { status, isOld } = useSteady(useLive(({ statuses }) => statuses[path]))
  const { view, look } = useView()
  const needsDetail = view.tab === "data" || view.tab === "why" || view.tab === "log"
  const detail = useAnswer(needsDetail ? { ask: "node", node: path } : undefined)?.detail ?? undefined
  const body = useRef<HTMLDivElement>(null)
  useEffect(() => void body.current?.scrollTo(0, 0), [view.tab])
  if (node === undefined) return null
  return (
    <>
      <header className="panel-head" style={{ ["--family" as string]: familyColour(node.family) }}>
        <div className="panel-title"><Mark status={status} /><h2>{path}</h2><CloseButton /></div>
        <p><span className="family">{node.kind}</span><span className="soft">{origins[node.origin]}</span></p>
        {node.title !== "" && node.title !== node.kind && <p className="soft">{node.title}</p>}
        {status !== undefined && <p className="panel-status">{describeStatus(status)}{isOld && <span className="soft"> · what is shown is of an older revision</span>}</p>}
        {status?.phase === "failed" && <pre className="failure" role="alert">{status.message}</pre>}
        <NodeActions node={node} status={status} />
        <TabList tabs={names} selected={view.tab} label={`About ${path}`} onSelect={(tab) => look({ tab })} />
      </header>
      <div className="panel-body" role="tabpanel" aria-label={view.tab} tabIndex={0} ref={body}>
        {view.tab === "result" && <ResultTab node={node} />}
        {view.tab === "params" && <ParamsTab node={node} fault={status?.phase === "failed" ? status.param ?? undefined : undefined} />}
        {view.tab === "data" && <DataTab node={node} detail={detail} />}
        {view.tab === "why" && <WhyTab node={node} detail={detail} why={status?.why ?? undefined} />}
        {view.tab === "log" && <LogTab detail={detail} />}
      </div>
    </>
  )
}

const origins = { file: "", overlay: " · added on this page", expansion: " · came to be while the node above it ran" } as const
