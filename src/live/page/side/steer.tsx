/** Everything that is declared to be turned: params of the graph, growing stacks, and knobs of nodes. */
import { useMemo, useState } from "react"
import type { GraphParamView, ParamView } from "../../protocol/graph-view.ts"
import { useLive } from "../connection/use-live.tsx"
import { Minus, Plus } from "../controls/icons.tsx"
import { controlOf } from "../controls/control-of.ts"
import { Foreseen } from "../controls/foreseen.tsx"
import { ParamControl } from "../controls/param-control.tsx"
import { useEdits } from "../controls/use-edits.ts"
import { count } from "../draw/format.ts"
import { useView } from "../view/use-view.tsx"

export const Steer = () => {
  const graph = useLive((state) => state.graph)
  const nodes = useLive((state) => state.nodes)
  const { select } = useView()
  const send = useEdits()
  const steered = useMemo(
    () => graph.order.flatMap((path) => {
      const knobs = nodes[path]?.params.filter(({ isKnob }) => isKnob) ?? []
      return knobs.length === 0 ? [] : [{ path, knobs }]
    }),
    [graph.order, nodes],
  )
  const stacks = graph.params.filter(({ grow }) => grow !== null)
  const others = graph.params.filter(({ grow }) => grow === null)
  return (
    <section>
      <h2 className="section">Steer</h2>
      {stacks.map((param) => <Stack key={param.name} param={param} />)}
      {others.map((param) => (
        <ParamControl key={param.name} name={param.name} kind={controlOf(param)} value={param.value} doc={docOf(param)} fault={send.faults[param.name]} foresee={(value) => <Foreseen node="" params={{ [param.name]: value }} />} onSet={(value, gesture) => send.edit(param.name, { op: "setGraph", params: { [param.name]: value } }, gesture)} />
      ))}
      <ParamControl name="seed" kind={{ _tag: "seed" }} value={seedValue(graph.seed)} doc="Where all random numbers of this graph come from" fault={send.faults["seed"]} onSet={(value, gesture) => send.edit("seed", { op: "seed", seed: String(value) }, gesture)} />
      {steered.map(({ path, knobs }) => (
        <fieldset key={path} className="knobs">
          <legend><button className="quiet" title={`Look at ${path}`} onClick={() => select(path)}>{path}</button></legend>
          {knobs.map((param) => {
            const target = `${path}.${param.name}`
            return <ParamControl key={target} name={param.name} kind={controlOf(param)} value={param.value} doc={docOf(param)} fault={send.faults[target]} foresee={(value) => <Foreseen node={path} params={{ [param.name]: value }} />} onSet={(value, gesture) => send.edit(target, { op: "set", node: path, params: { [param.name]: value } }, gesture)} />
          })}
        </fieldset>
      ))}
    </section>
  )
}

export const docOf = ({ doc, expected }: ParamView): string => `${doc}; ${expected}`

const seedValue = (seed: string): string | number => (/^\d{1,15}$/.test(seed) ? Number(seed) : seed)

/** A growing stack: a layer more, a layer less, and the count itself. */
const Stack = ({ param }: { readonly param: GraphParamView }) => {
  const send = useEdits()
  const grow = param.grow ?? { more: [], less: [] }
  const now = Number(param.value)
  /** The count that the hand or the focus is at. */
  const [next, setNext] = useState<number | undefined>(undefined)
  const at = (value: number) => ({ onMouseEnter: () => setNext(value), onFocus: () => setNext(value), onMouseLeave: () => setNext(undefined), onBlur: () => setNext(undefined) })
  const set = (value: number): void => send.edit(param.name, { op: "setGraph", params: { [param.name]: value } })
  const isForeseen = next !== undefined && next !== now && (next > now ? grow.more : grow.less).length > 0
  const hint = <p className="soft">{grow.more.length === 0 ? "As many as there can be" : `One more adds ${count(grow.more.length, "node")}; the others stay`}</p>
  return (
    <div className="stack">
      <label title={docOf(param)}>{param.name}</label>
      <div className="stepper" role="group" aria-label={param.name}>
        <button className="icon" disabled={grow.less.length === 0} aria-label="Remove a layer" title={grow.less.length === 0 ? "There is none to remove" : `Remove ${grow.less.join(", ")}`} {...at(now - 1)} onClick={() => set(now - 1)}><Minus /></button>
        <output aria-live="polite">{now}</output>
        <button className="icon" disabled={grow.more.length === 0} aria-label="Add a layer" title={grow.more.length === 0 ? "There can be no more" : `Add ${grow.more.join(", ")}`} {...at(now + 1)} onClick={() => set(now + 1)}><Plus /></button>
      </div>
      {isForeseen ? <Foreseen node="" params={{ [param.name]: next }} before={hint} /> : hint}
      {send.faults[param.name] !== undefined && <p className="fault" role="alert">{send.faults[param.name]}</p>}
    </div>
  )
}
