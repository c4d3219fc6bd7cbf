/**
 * The state that pages share, and what of it changed when: every part has the number of the change that made it what
 * it is. A page is told all that is newer than what it saw, each part once and as it is now, however often it changed
 * meanwhile. So nothing is queued for a page, slow or gone, and coming back is the same as going on. SPEC L3.
 */
import type { Json } from "../base/json.ts"
import type { LiveChange, LiveState } from "./protocol.ts"

const records = ["nodes", "statuses", "flows"] as const
type RecordPart = (typeof records)[number]
type Member<P extends RecordPart> = LiveState[P][string]
type Single = Exclude<keyof LiveState, RecordPart>

export interface Board {
  readonly set: <P extends Single>(part: P, value: LiveState[P]) => void
  /** Undefined takes the member away. `isResult`: it has what somebody may be waiting to see, and pages are told at once. */
  readonly put: <P extends RecordPart>(part: P, key: string, value: Member<P> | undefined, isResult?: boolean) => void
  readonly get: <P extends Single>(part: P) => LiveState[P]
  readonly member: <P extends RecordPart>(part: P, key: string) => Member<P> | undefined
  /** The number of the newest change. */
  readonly seq: () => number
  /** What changed after the change `seq`; undefined for one that is too old, or not of this board. */
  readonly since: (seq: number) => LiveChange | undefined
  readonly whole: () => LiveState
  /** Calls back after each change. */
  readonly onChange: (changed: (isResult: boolean) => void) => () => void
}

/** Members that are gone are remembered until there are so many of them. */
const mostGone = 10_000

export const makeBoard = (start: LiveState): Board => {
  let seq = 0
  /** Before it, members may have gone that are forgotten. */
  let oldest = 0
  const singles = new Map<Single, { value: LiveState[Single]; seq: number; text: string }>()
  const members = new Map<string, { readonly part: RecordPart; readonly key: string; value: Json | undefined; seq: number; text: string }>()
  const listeners = new Set<(isResult: boolean) => void>()
  let gone = 0
  const changed = (isResult = false): void => {
    for (const listener of listeners) listener(isResult)
  }
  const set = <P extends Single>(part: P, value: LiveState[P]): void => {
    const text = JSON.stringify(value)
    if (singles.get(part)?.text === text) return
    singles.set(part, { value, seq: ++seq, text })
    changed()
  }
  const forgetGone = (): void => {
    for (const [id, { value }] of members) if (value === undefined) members.delete(id)
    gone = 0
    oldest = seq
  }
  const put = <P extends RecordPart>(part: P, key: string, value: Member<P> | undefined, isResult = false): void => {
    const id = `${part} ${key}`
    const old = members.get(id)
    const text = value === undefined ? "" : JSON.stringify(value)
    if (old === undefined ? value === undefined : old.text === text) return
    members.set(id, { part, key, value: value as unknown as Json, seq: ++seq, text })
    if (value === undefined && ++gone > mostGone) forgetGone()
    changed(isResult)
  }
  const every = (wanted: (seq: number) => boolean): LiveChange => {
    const change: Record<string, unknown> = {}
    for (const [part, one] of singles) if (wanted(one.seq)) change[part] = one.value
    for (const one of members.values()) {
      if (!wanted(one.seq)) continue
      const group = (change[one.part] ??= {}) as Record<string, unknown>
      group[one.key] = one.value ?? null
    }
    return change as LiveChange
  }
  for (const [part, value] of Object.entries(start)) {
    if (records.includes(part as RecordPart)) for (const [key, member] of Object.entries(value)) put(part as RecordPart, key, member as never)
    else set(part as Single, value as never)
  }
  return {
    set,
    put,
    get: (part) => singles.get(part)?.value as never,
    member: (part, key) => members.get(`${part} ${key}`)?.value as never,
    seq: () => seq,
    since: (from) => (from < oldest || from > seq ? undefined : every((at) => at > from)),
    whole: () => {
      const all = every(() => true)
      const present = (part: RecordPart): unknown => Object.fromEntries(Object.entries(all[part] ?? {}).filter(([, value]) => value !== null))
      return { ...all, nodes: present("nodes"), statuses: present("statuses"), flows: present("flows") } as LiveState
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
