/**
 * One page's end of the line: tells it what changed of the board, answers what it asks and watches, and takes its edits.
 * Holds nothing that grows: of the state it remembers a number, of a watched question what was answered last. While the
 * page does not take what was sent, nothing more is sent, and then the newest. SPEC L2, L3, L7.
 */
import * as E from "fp-ts/lib/Either.js"
import { describeErrors } from "../../schema/describe.ts"
import { ClientMessage, protocolVersion, type ServerMessage } from "../protocol.ts"
import type { Asked } from "../answer/answers.ts"
import type { Session } from "../session.ts"
import type { Rate } from "./rate.ts"

/** The connection as a feed sees it. */
export interface Line {
  readonly send: (text: string) => void
  /** Bytes that were sent and not taken yet. */
  readonly waiting: () => number
  readonly close: (code: number, reason: string) => void
}

export interface FeedOptions {
  readonly session: Session
  readonly line: Line
  readonly now: () => number
  readonly rate: Rate
  /** What changed since a change, as a message: pages that saw the same share the text. */
  readonly stateText: (seq: number | null) => string
}

export interface Feed {
  readonly hear: (text: string) => void
  readonly close: () => void
}

/** Between two tellings: of how things stand, and, about a frame of a screen, of results; and between two answers to one question. */
const tellMs = 100
const resultMs = 16
const answerMs = 100
const retryMs = 50
const mostWaiting = 1 * 2 ** 20
const mostWatches = 64
/** WebSocket: the peer broke a rule of ours. */
const policyViolation = 1008

interface Watch {
  readonly asked: Asked
  readonly once: boolean
  told: string | undefined
  isBusy: boolean
  at: number
}

export const makeFeed = ({ session, line, now, rate, stateText }: FeedOptions): Feed => {
  const { board } = session
  /** Undefined before the page has said hello. */
  let seen: number | undefined
  let toldAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = Infinity
  let isOpen = true
  const watches = new Map<string, Watch>()

  const send = (message: ServerMessage): void => {
    if (isOpen) line.send(JSON.stringify(message))
  }
  const tellIn = (ms: number): void => {
    const at = now() + ms
    if (at >= dueAt || !isOpen) return
    clearTimeout(timer)
    dueAt = at
    // Before anything else is begun: what is begun now takes its time.
    if (ms <= 0) return queueMicrotask(tell)
    timer = setTimeout(tell, ms)
    timer.unref()
  }
  const tell = (): void => {
    dueAt = Infinity
    if (!isOpen || seen === undefined) return
    if (line.waiting() > mostWaiting) return tellIn(retryMs)
    toldAt = now()
    if (seen !== board.seq()) {
      line.send(stateText(seen))
      seen = board.seq()
    }
    for (const [id, watch] of watches) answer(id, watch)
  }
  const changed = (isResult = false): void => tellIn(Math.max(0, (isResult ? resultMs : tellMs) - (now() - toldAt)))

  const answer = (id: string, watch: Watch): void => {
    if (watch.isBusy) return
    const version = watch.asked.version()
    if (version === watch.told) return
    const early = answerMs - (now() - watch.at)
    if (early > 0) return tellIn(early)
    watch.isBusy = true
    watch.told = version
    watch.at = now()
    void watch.asked.answer().then(
      (found) => {
        watch.isBusy = false
        if (watches.get(id) !== watch) return
        send({ type: "answer", id, answer: found })
        if (watch.once) watches.delete(id)
        else changed()
      },
      (error: unknown) => {
        watches.delete(id)
        send({ type: "refused", id, messages: [error instanceof Error ? error.message : String(error)] })
      },
    )
  }

  const take = (message: ClientMessage): void => {
    switch (message.type) {
      case "hello": {
        const known = message.session === session.id && message.protocol === protocolVersion ? board.since(message.seq) : undefined
        line.send(stateText(known === undefined ? null : message.seq))
        seen = board.seq()
        return
      }
      case "edit":
        return void session.edit(message.edit, message.gesture).then(replyTo(message.id))
      case "act":
        return void session.act(message.act).then(replyTo(message.id))
      case "watch":
        if (watches.size >= mostWatches && !watches.has(message.id)) return send({ type: "refused", id: message.id, messages: [`more than ${mostWatches} questions at a time`] })
        watches.set(message.id, { asked: session.ask(message.question), once: message.once, told: undefined, isBusy: false, at: -Infinity })
        return tellIn(0)
      case "unwatch":
        watches.delete(message.id)
    }
  }
  const replyTo = (id: string) => (result: E.Either<readonly string[], number>): void =>
    send(E.isRight(result) ? { type: "accepted", id, revision: result.right } : { type: "refused", id, messages: result.left })

  const stopListening = board.onChange(changed)
  return {
    hear: (text) => {
      if (!isOpen) return
      if (!rate.allows()) return line.close(policyViolation, "too many messages")
      const parsed = E.tryCatch(() => JSON.parse(text) as unknown, String)
      const message = E.isRight(parsed) ? ClientMessage.decode(parsed.right) : E.left(undefined)
      if (E.isRight(message)) return take(message.right)
      send({ type: "refused", id: null, messages: [message.left === undefined ? "not JSON" : describeErrors(message.left)] })
    },
    close: () => {
      isOpen = false
      clearTimeout(timer)
      watches.clear()
      stopListening()
    },
  }
}

/** Texts of states for pages that saw the same, made once for each state of the board. */
export const makeStateTexts = (session: Session): ((seq: number | null) => string) => {
  let of = -1
  const texts = new Map<number | null, string>()
  return (from) => {
    const { board } = session
    if (board.seq() !== of) {
      texts.clear()
      of = board.seq()
    }
    const known = texts.get(from)
    if (known !== undefined) return known
    const change = from === null ? undefined : board.since(from)
    const message: ServerMessage = { type: "state", protocol: protocolVersion, session: session.id, seq: of, whole: change === undefined, change: change ?? board.whole() }
    const text = JSON.stringify(message)
    texts.set(from, text)
    return text
  }
}
