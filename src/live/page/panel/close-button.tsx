/** Back from what was looked into to the results. */
import { Close } from "../controls/icons.tsx"
import { useView } from "../view/use-view.tsx"

export const CloseButton = () => {
  const { select } = useView()
  return <button className="quiet icon" aria-label="Close" title="Back to the results (Esc)" onClick={() => select(undefined)}><Close /></button>
}
