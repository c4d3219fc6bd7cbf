/** The text of a `Why`: plain words for lists and logs. Finding the reason is in explain.ts. */
import { brief } from "../base/brief.ts"
import { never } from "../base/assert.ts"
import type { Json } from "../base/json.ts"
import type { Why } from "./event.ts"

/** Why a node ran, in a few words, followed back to the edit: "input text from words changed (param length 3 -> 4)". */
export const describeWhy = (why: Why): string => {
  switch (why._tag) {
    case "New":
      return "first run"
    case "Code":
      return "code changed"
    case "Param":
      return `param ${why.param} ${shown(why.from)} -> ${shown(why.to)}`
    case "Seed":
      return "seed changed"
    case "Device":
      return `device ${why.from} -> ${why.to}`
    case "File":
      return `file ${why.file} changed`
    case "Input": {
      const { node, cause } = edit(why)
      return `input ${why.port} from ${why.node} changed${cause === undefined ? "" : ` (${node === why.node ? "" : `${node}: `}${describeWhy(cause)})`}`
    }
    case "Evicted":
      return `its result is gone: ${why.reason}`
    case "PreviousFailed":
      return "failed last time"
    case "Resumed":
      return `resumed at ${why.step}; ${describeWhy(why.of)}`
    default:
      return never(why)
  }
}

/** The node where the change came from, and what changed there. */
const edit = (why: Extract<Why, { _tag: "Input" }>): { readonly node: string; readonly cause: Why | undefined } =>
  why.cause?._tag === "Input" ? edit(why.cause) : { node: why.node, cause: why.cause }

const shown = (value: Json): string => brief(typeof value === "string" ? value : JSON.stringify(value), 40)
