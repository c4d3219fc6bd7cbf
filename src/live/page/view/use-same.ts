/** The list of before, as long as it has the same members: what is made of it need not be made again. */
import { useRef } from "react"

export const useSame = <A,>(list: readonly A[]): readonly A[] => {
  const kept = useRef(list)
  if (kept.current.length !== list.length || list.some((one, i) => one !== kept.current[i])) kept.current = list
  return kept.current
}
