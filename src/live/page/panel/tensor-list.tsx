/** Tensors of an output: shape and dtype of each; histogram and heat map of the one that is opened. */
import { useMemo, useState } from "react"
import type { TensorDetail, TensorInfo } from "../../protocol/question.ts"
import { useAnswer } from "../connection/use-live.tsx"
import { Chevron } from "../controls/icons.tsx"
import { floatsOfText } from "../draw/bytes.ts"
import { figure, shape, size } from "../draw/format.ts"
import { HeatMap } from "../draw/heat-map.tsx"
import { Histogram } from "../draw/histogram.tsx"

interface Props {
  readonly tensors: readonly TensorInfo[]
  readonly node: string
  readonly port: string
}

export const TensorList = ({ tensors, node, port }: Props) => {
  const [opened, setOpened] = useState<string | undefined>(tensors.length === 1 ? tensors[0]?.name : undefined)
  return (
    <ul className="tensors">
      {tensors.map((tensor) => (
        <li key={tensor.name}>
          <button className="quiet" aria-expanded={opened === tensor.name} onClick={() => setOpened(opened === tensor.name ? undefined : tensor.name)}>
            <Chevron /><b>{tensor.name}</b><span className="soft">{`${tensor.dtype} ${shape(tensor.shape)}`}</span><small className="soft">{size(tensor.bytes)}</small>
          </button>
          {opened === tensor.name && <Tensor info={tensor} node={node} port={port} />}
        </li>
      ))}
    </ul>
  )
}

const Tensor = ({ info, node, port }: { readonly info: TensorInfo; readonly node: string; readonly port: string }) => {
  const leading = Math.max(0, info.shape.length - 2)
  const [index, setIndex] = useState<readonly number[]>(() => new Array<number>(leading).fill(0))
  const answer = useAnswer({ ask: "tensor", node, port, tensor: info.name, index })
  if (answer === undefined) return <p className="loading">…</p>
  if (answer.detail === null) return <p className="empty-state">There is nothing of it yet.</p>
  return (
    <div className="tensor">
      <Stats detail={answer.detail} />
      {index.map((at, axis) => (
        <label key={axis} className="axis">{`axis ${axis}`}
          <input type="range" min={0} max={Math.max(0, (info.shape[axis] ?? 1) - 1)} value={at} onChange={(event) => setIndex(index.map((old, i) => (i === axis ? Number(event.target.value) : old)))} />
          <output>{`${at} of ${info.shape[axis] ?? 1}`}</output>
        </label>
      ))}
      <Heat detail={answer.detail} />
    </div>
  )
}

const Stats = ({ detail: { info, stats, histogram, notFinite, zeros } }: { readonly detail: TensorDetail }) =>
  stats === null ? (
    <p className="soft">{notFinite > 0 ? "No element is finite." : "No elements."}</p>
  ) : (
    <>
      <dl className="stats">
        {([["min", stats.min], ["mean", stats.mean], ["max", stats.max], ["std", stats.std]] as const).map(([name, x]) => <div key={name}><dt>{name}</dt><dd>{figure(x)}</dd></div>)}
        <div><dt>zeros</dt><dd>{zeros}</dd></div>
        {notFinite > 0 && <div className="bad"><dt>not finite</dt><dd>{notFinite}</dd></div>}
      </dl>
      <Histogram counts={histogram} low={stats.min} high={stats.max} label={info.name} />
    </>
  )

const Heat = ({ detail: { info, heat } }: { readonly detail: TensorDetail }) => {
  const values = useMemo(() => floatsOfText(heat.values), [heat.values])
  if (heat.rows * heat.columns === 0) return null
  const isThinned = heat.of[0] !== heat.rows || heat.of[1] !== heat.columns
  return (
    <>
      <HeatMap rows={heat.rows} columns={heat.columns} values={values} label={info.name} />
      {isThinned && <p className="soft">{`${heat.of[0]} × ${heat.of[1]}, thinned to ${heat.rows} × ${heat.columns} by means`}</p>}
    </>
  )
}
