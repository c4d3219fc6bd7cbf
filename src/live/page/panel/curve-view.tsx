/** The curves of one node, with those of an earlier revision or run laid over them when asked for. */
import { useMemo, useState } from "react"
import type { Curve } from "../../../schema/views.ts"
import type { Moment } from "../../protocol/question.ts"
import { MomentChoice } from "../compare/moment-choice.tsx"
import { useAnswer } from "../connection/use-live.tsx"
import { Chart } from "../draw/chart.tsx"
import { seriesOf } from "../draw/series.ts"

export const CurveView = ({ curve, node, live }: { readonly curve: Curve; readonly node: string; readonly live: boolean }) => {
  const [over, setOver] = useState<Moment | undefined>(undefined)
  const answer = useAnswer(over === undefined ? undefined : { ask: "compare", a: { _tag: "now" }, b: over })
  const past = answer?.comparison?.curves.find((one) => one.node === node)?.b ?? undefined
  const series = useMemo(() => [...seriesOf(curve), ...(past === undefined ? [] : seriesOf(past, { when: "then", dashed: true }))], [curve, past])
  return (
    <>
      <Chart title={live ? `${curve.title}, live` : curve.title} x={curve.x} y={curve.y} series={series} height={240} />
      <div className="overlay-choice">
        <MomentChoice label="Lay over" value={over} none="nothing" onChoose={setOver} />
        {over !== undefined && answer !== undefined && past === undefined && <p className="soft">{answer.problem ?? "The same curve, or none, in that one."}</p>}
      </div>
    </>
  )
}
