/** The connection in React: parts of the shared state by selector, answers by question. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from "react"
import { must } from "../../../base/assert.ts"
import type { LiveState } from "../../protocol.ts"
import type { Answer, Question } from "../../protocol/question.ts"
import type { Connection, Seen } from "./connection.ts"

const Context = createContext<Connection | undefined>(undefined)

export const LiveProvider = ({ connection, children }: { readonly connection: Connection; readonly children: ReactNode }) => <Context value={connection}>{children}</Context>

export const useConnection = (): Connection => must(useContext(Context), "components stand inside a LiveProvider")

/** A part of what was seen; the component is drawn again only when that part is another value. */
export const useSeen = <A,>(select: (seen: Seen) => A): A => {
  const { subscribe, seen } = useConnection()
  return useSyncExternalStore(subscribe, () => select(seen()))
}

/** A part of the state; components that use it are drawn only once there is one. */
export const useLive = <A,>(select: (state: LiveState) => A): A => useSeen(({ state }) => select(must(state, "the page is drawn when there is a state")))

/** The newest answer to a question, kept up to date; undefined until there is one, and while the question is undefined. */
export const useAnswer = <A extends Question["ask"]>(question: (Question & { readonly ask: A }) | undefined): (Answer & { readonly ask: A }) | undefined => {
  const connection = useConnection()
  const text = question === undefined ? undefined : JSON.stringify(question)
  const [latest, setLatest] = useState<{ readonly text: string; readonly answer: Answer & { readonly ask: A } } | undefined>(undefined)
  useEffect(() => {
    if (text === undefined) return undefined
    return connection.watch<A>(JSON.parse(text) as Question & { readonly ask: A }, (answer) => setLatest({ text, answer }))
  }, [connection, text])
  return latest !== undefined && latest.text === text ? latest.answer : undefined
}
