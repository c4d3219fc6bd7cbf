/**
 * The page's end of the socket: keeps a copy of the server's state, asks and edits, and comes back by itself when the
 * connection is lost. The page owns nothing of the experiment: what it shows is what the server said last. The socket,
 * the clock and the random numbers are passed in. SPEC L2, L3.
 */
import * as E from "fp-ts/lib/Either.js"
import { ServerMessage, protocolVersion, withChange, type ClientMessage, type LiveChange, type LiveState } from "../../protocol.ts"
import type { LiveAct, LiveEdit } from "../../protocol/live-edit.ts"
import type { Answer, Question } from "../../protocol/question.ts"

export interface Wire {
  readonly send: (text: string) => void
  readonly close: () => void
}

export interface WireEvents {
  readonly opened: () => void
  readonly received: (text: string) => void
  /** Once, also when it could not be opened. `refused`: the server answered and does not let the page in. */
  readonly closed: (refused: boolean) => void
}

export interface Surroundings {
  readonly open: (events: WireEvents) => Wire
  /** Calls back after `ms`; gives what takes it back. */
  readonly after: (ms: number, then: () => void) => () => void
  /** Calls back when something is worth drawing again; many calls between two frames are one. */
  readonly whenDrawn: (then: () => void) => void
  /** In [0, 1). */
  readonly random: () => number
}

/** `outdated`: the server is of another version, and the page has to be loaded again. */
export type LinkState = "connecting" | "open" | "lost" | "refused" | "outdated"

export interface Seen {
  readonly link: LinkState
  /** The last state there was; kept while the connection is lost. */
  readonly state: LiveState | undefined
  readonly session: string | undefined
}

/** The revision that has the edit, or what is wrong with it, in sentences. */
export type Reply = E.Either<readonly string[], number>

export interface Connection {
  readonly seen: () => Seen
  readonly subscribe: (listener: () => void) => () => void
  readonly edit: (edit: LiveEdit, gesture?: string) => Promise<Reply>
  readonly act: (act: LiveAct) => Promise<Reply>
  /** Told of every new answer, over lost connections too, until the function it gives is called. */
  readonly watch: <A extends Question["ask"]>(question: Question & { readonly ask: A }, listener: (answer: Answer & { readonly ask: A }) => void) => () => void
  readonly ask: <A extends Question["ask"]>(question: Question & { readonly ask: A }) => Promise<E.Either<readonly string[], Answer & { readonly ask: A }>>
  /** Tries now, where it would have waited. */
  readonly retry: () => void
  readonly close: () => void
}

const shortestPause = 250
const longestPause = 4_000
const notConnected = E.left(["the connection is lost; the experiment goes on, and the page comes back by itself"])

interface Watch {
  readonly question: Question
  readonly listener: (answer: Answer) => void
}

export const connect = ({ open, after, whenDrawn, random }: Surroundings): Connection => {
  let seen: Seen = { link: "connecting", state: undefined, session: undefined }
  let seq = 0
  let wire: Wire | undefined
  let ready = false
  let failures = 0
  let nextId = 0
  let stopWaiting: (() => void) | undefined
  let ended = false
  const listeners = new Set<() => void>()
  const watches = new Map<string, Watch>()
  const replies = new Map<string, (reply: Reply) => void>()
  const questions = new Map<string, (answer: E.Either<readonly string[], Answer>) => void>()

  const show = (next: Seen): void => {
    seen = next
    whenDrawn(() => listeners.forEach((listener) => listener()))
  }
  const send = (message: ClientMessage): void => wire?.send(JSON.stringify(message))
  const newId = (): string => `${nextId++}`

  const begin = (): void => {
    stopWaiting = undefined
    let own: Wire | undefined = undefined
    const isCurrent = (): boolean => own === undefined || own === wire
    own = open({
      opened: () => {
        if (!isCurrent()) return
        ready = true
        send({ type: "hello", protocol: protocolVersion, session: seen.session ?? null, seq })
        for (const [id, { question }] of watches) send({ type: "watch", id, question, once: false })
      },
      received: (text) => isCurrent() && receive(text),
      closed: (refused) => isCurrent() && lose(refused),
    })
    wire = own
  }

  const lose = (refused: boolean): void => {
    ready = false
    wire = undefined
    for (const reply of replies.values()) reply(notConnected)
    for (const answer of questions.values()) answer(notConnected)
    replies.clear()
    questions.clear()
    if (ended || seen.link === "outdated") return
    show({ ...seen, link: refused ? "refused" : seen.state === undefined && failures === 0 ? "connecting" : "lost" })
    stopWaiting = after(pauseAfter(failures++, random()), begin)
  }

  const receive = (text: string): void => {
    const message = readMessage(text)
    if (message === undefined) return
    switch (message.type) {
      case "state": {
        if (message.protocol !== protocolVersion) {
          show({ ...seen, link: "outdated" })
          return wire?.close()
        }
        failures = 0
        seq = message.seq
        const state = message.whole ? wholeState(message.change) : seen.state === undefined ? undefined : withChange(seen.state, message.change)
        return show({ link: "open", state: state ?? seen.state, session: message.session })
      }
      case "accepted":
        return settle(replies, message.id, E.right(message.revision))
      case "refused": {
        if (message.id === null) return
        settle(replies, message.id, E.left(message.messages))
        return settle(questions, message.id, E.left(message.messages))
      }
      case "answer":
        watches.get(message.id)?.listener(message.answer)
        return settle(questions, message.id, E.right(message.answer))
    }
  }

  const request = (make: (id: string) => ClientMessage): Promise<Reply> => {
    if (!ready) return Promise.resolve(notConnected)
    const id = newId()
    return new Promise((resolve) => {
      replies.set(id, resolve)
      send(make(id))
    })
  }

  begin()
  return {
    seen: () => seen,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    edit: (edit, gesture) => request((id) => ({ type: "edit", id, gesture: gesture ?? null, edit })),
    act: (act) => request((id) => ({ type: "act", id, act })),
    watch: (question, listener) => {
      const id = newId()
      watches.set(id, { question, listener: listener as Watch["listener"] })
      if (ready) send({ type: "watch", id, question, once: false })
      return () => {
        watches.delete(id)
        if (ready) send({ type: "unwatch", id })
      }
    },
    ask: (question) => {
      if (!ready) return Promise.resolve(notConnected)
      const id = newId()
      return new Promise((resolve) => {
        questions.set(id, resolve as (answer: E.Either<readonly string[], Answer>) => void)
        send({ type: "watch", id, question, once: true })
      })
    },
    retry: () => {
      if (stopWaiting === undefined) return
      stopWaiting()
      begin()
    },
    close: () => {
      ended = true
      stopWaiting?.()
      wire?.close()
    },
  }
}

/** Twice as long after each failure, with a jitter, so that many pages do not come back at one instant. */
export const pauseAfter = (failures: number, random: number): number => Math.min(longestPause, shortestPause * 2 ** failures) * (0.5 + random / 2)

const readMessage = (text: string): ServerMessage | undefined => {
  const parsed = E.tryCatch(() => JSON.parse(text) as unknown, String)
  const decoded = E.isRight(parsed) ? ServerMessage.decode(parsed.right) : parsed
  return E.isRight(decoded) ? decoded.right : undefined
}

/** A whole state has every part; one that lacks some is no state. */
const wholeState = (change: LiveChange): LiveState | undefined => {
  const { graph, file, overlay, history, engine } = change
  if (graph === undefined || file === undefined || overlay === undefined || history === undefined || engine === undefined) return undefined
  return withChange({ graph, file, overlay, history, engine, nodes: {}, statuses: {}, flows: {} }, change)
}

const settle = <A>(waiting: Map<string, (value: A) => void>, id: string, value: A): void => {
  waiting.get(id)?.(value)
  waiting.delete(id)
}
