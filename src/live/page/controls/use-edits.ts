/** Sends edits, and keeps what the server says against them by target, until the next edit of that target. */
import * as E from "fp-ts/lib/Either.js"
import { useState } from "react"
import type { LiveEdit } from "../../protocol/live-edit.ts"
import { useConnection } from "../connection/use-live.tsx"

export const useEdits = () => {
  const connection = useConnection()
  const [faults, setFaults] = useState<{ readonly [target: string]: string | undefined }>({})
  const edit = async (target: string, change: LiveEdit, gesture?: string): Promise<void> => {
    const reply = await connection.edit(change, gesture)
    const fault = E.isLeft(reply) ? reply.left.join("; ") : undefined
    setFaults((old) => (old[target] === fault ? old : { ...old, [target]: fault }))
  }
  return { edit: (target: string, change: LiveEdit, gesture?: string): void => void edit(target, change, gesture), faults }
}
