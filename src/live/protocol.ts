/**
 * Every message between the live server and its pages, as codecs that both sides read and write with. One WebSocket
 * (`/socket`), text frames, one JSON message each. The shared state is a value that the server has and every page
 * copies: first all of it, then what has changed, each part whole. A page that comes back names the last state it saw
 * and is told what it missed. Members are only ever added. SPEC L2, L3.
 *
 *     page                                    server
 *     hello { session, seq }             ->
 *                                        <-   state { whole: true, … }, or what changed since
 *     edit { id, edit }                  ->
 *                                        <-   accepted { id, revision }, or refused { id, messages }
 *                                        <-   state …, as often as the page can take
 *     watch { id, question, once }       ->
 *                                        <-   answer { id, answer }, again when it changes unless `once`
 *     unwatch { id }                     ->
 */
import * as t from "io-ts"
import { count, list, orNull, record } from "./protocol/codec.ts"
import { GraphView, NodeView } from "./protocol/graph-view.ts"
import { LiveAct, LiveEdit } from "./protocol/live-edit.ts"
import { Answer, Question } from "./protocol/question.ts"
import { EngineView, FileStatus, Flow, HistoryView, NodeStatus, OverlayView } from "./protocol/status.ts"

/** A page of another version loads itself again. */
export const protocolVersion = 1

/** Ids are the page's own, and unique within its connection. */
const id = t.string

export const ClientMessage = t.union([
  /** The first message. `session` and `seq` are those of the last state the page saw; null and 0 when it saw none. */
  t.type({ type: t.literal("hello"), protocol: count, session: orNull(t.string), seq: count }),
  /** Edits of one `gesture` (a drag of a slider) are undone together; null for one on its own. */
  t.type({ type: t.literal("edit"), id, gesture: orNull(t.string), edit: LiveEdit }),
  t.type({ type: t.literal("act"), id, act: LiveAct }),
  t.type({ type: t.literal("watch"), id, question: Question, once: t.boolean }),
  t.type({ type: t.literal("unwatch"), id }),
])

/** Everything that pages share. Nodes by path, flows by `node.port`. */
export const LiveState = t.type({
  graph: GraphView,
  nodes: record(NodeView),
  statuses: record(NodeStatus),
  flows: record(Flow),
  file: FileStatus,
  overlay: OverlayView,
  history: HistoryView,
  engine: EngineView,
})

/** What has changed; of records the members that have, null for those that are gone. */
export const LiveChange = t.partial({
  graph: GraphView,
  nodes: record(orNull(NodeView)),
  statuses: record(orNull(NodeStatus)),
  flows: record(orNull(Flow)),
  file: FileStatus,
  overlay: OverlayView,
  history: HistoryView,
  engine: EngineView,
})

export const ServerMessage = t.union([
  /** `whole`: forget all that was there before. `session` is another one when the server was started again. */
  t.type({ type: t.literal("state"), protocol: count, session: t.string, seq: count, whole: t.boolean, change: LiveChange }),
  /** The edit is in the graph as of `revision`. */
  t.type({ type: t.literal("accepted"), id, revision: count }),
  /** Nothing was done. Without an id, the message could not be read. */
  t.type({ type: t.literal("refused"), id: orNull(id), messages: list(t.string) }),
  t.type({ type: t.literal("answer"), id, answer: Answer }),
])

export type ClientMessage = t.TypeOf<typeof ClientMessage>
export type ServerMessage = t.TypeOf<typeof ServerMessage>
export type LiveState = t.TypeOf<typeof LiveState>
export type LiveChange = t.TypeOf<typeof LiveChange>

/** The state after a change; members that have not changed are the very same values. */
export const withChange = (state: LiveState, change: LiveChange): LiveState => ({
  ...state,
  ...change,
  nodes: merged(state.nodes, change.nodes),
  statuses: merged(state.statuses, change.statuses),
  flows: merged(state.flows, change.flows),
})

const merged = <A>(old: { readonly [key: string]: A }, change: { readonly [key: string]: A | null } | undefined): { readonly [key: string]: A } =>
  change === undefined ? old : Object.fromEntries(Object.entries({ ...old, ...change }).filter((entry): entry is [string, A] => entry[1] !== null))
