/** A choice among the times an experiment can be looked at: now, the file alone, revisions of this session, past runs. */
import { useId } from "react"
import type { Moment } from "../../protocol/question.ts"
import { useAnswer } from "../connection/use-live.tsx"
import { readMoment, writeMoment } from "../view/view.ts"

interface Props {
  readonly label: string
  readonly value: Moment | undefined
  /** A choice of none, under this name. */
  readonly none?: string
  readonly onChoose: (moment: Moment | undefined) => void
}

export const MomentChoice = ({ label, value, none, onChoose }: Props) => {
  const id = useId()
  const moments = useAnswer({ ask: "moments" })?.moments ?? []
  const chosen = value === undefined ? "" : writeMoment(value)
  const isListed = value === undefined || moments.some(({ moment }) => writeMoment(moment) === chosen)
  return (
    <div className="param">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen} onChange={(event) => onChoose(readMoment(event.target.value))}>
        {none !== undefined && <option value="">{none}</option>}
        {!isListed && <option value={chosen}>{chosen}</option>}
        {moments.map(({ moment, label: name }) => <option key={writeMoment(moment)} value={writeMoment(moment)}>{name}</option>)}
      </select>
    </div>
  )
}
