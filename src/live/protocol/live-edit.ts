/**
 * What a page may do to the experiment. Edits change the graph and can be undone; acts change what runs. Both are
 * answered by `accepted` or `refused`. SPEC L4, L5.
 */
import * as t from "io-ts"
import { json, list, record, word } from "./codec.ts"

const Wires = record(list(t.string))

export const LiveEdit = t.union([
  /** Params of a node. */
  t.type({ op: t.literal("set"), node: t.string, params: record(json) }),
  /** Params of the graph: also how a growing stack gets a layer more, or one less. */
  t.type({ op: t.literal("setGraph"), params: record(json) }),
  t.type({ op: t.literal("seed"), seed: t.string }),
  /** A random stream of its own for a seeded node. */
  t.type({ op: t.literal("salt"), node: t.string, salt: t.string }),
  /** Wires are `node.port`; params that are left out have their defaults. */
  t.type({ op: t.literal("add"), node: t.string, kind: t.string, params: record(json), inputs: Wires }),
  t.type({ op: t.literal("remove"), node: t.string }),
  /** The ports named get these wires, in order. */
  t.type({ op: t.literal("rewire"), node: t.string, inputs: Wires }),
  /** The controls named get these values; null takes one away. `force` runs the node again, once. */
  t.type({
    op: t.literal("control"),
    node: t.string,
    controls: t.partial({
      disabled: t.union([t.literal(true), t.null]),
      bypass: t.union([t.literal(true), t.null]),
      gate: t.union([word("closed", "open"), t.null]),
      pin: t.union([t.type({ reason: t.string }), t.null]),
      force: t.union([t.literal(true), t.null]),
    }),
  }),
  /** Back to what the file says, everything or one `target` of the overlay's changes. */
  t.type({ op: t.literal("revert"), target: t.union([t.string, t.null]) }),
])

export const LiveAct = t.union([
  t.type({ act: t.literal("undo") }),
  t.type({ act: t.literal("redo") }),
  /** Everything that runs stops at its last checkpoint, and nothing starts until `resume`. */
  t.type({ act: t.literal("pause") }),
  t.type({ act: t.literal("resume") }),
  /** Everything that runs stops; the next edit, or `resume`, starts what is needed again. */
  t.type({ act: t.literal("stop") }),
  /** Nodes that failed run again: one, or all. */
  t.type({ act: t.literal("retry"), node: t.union([t.string, t.null]) }),
])

export type LiveEdit = t.TypeOf<typeof LiveEdit>
export type LiveAct = t.TypeOf<typeof LiveAct>
