/** The text of a `Why`: plain words for lists and logs. Finding the reason is in explain.ts. */
import { briefValue } from "../base/brief.ts"
import { never } from "../base/assert.ts"
import type { Why } from "./event.ts"

/** Why a node ran, in a few words, followed back to the edit: "input text from words changed (param length 3 -> 4)". */
export const describeWhy = (why: Why): string => {
  switch (why._tag) {
    case "New":
      return "first run"
    case "Code":
      return `code changed${why.files === undefined ? "" : `: ${listed(why.files)}`}`
    case "Param":
      return `param ${why.param} ${briefValue(why.from)} -> ${briefValue(why.to)}`
    case "Seed":
      return "seed changed"
    case "Device":
      return `device ${why.from} -> ${why.to}`
    case "File":
      return `file ${why.file} changed`
    case "Rewired":
      return `input ${why.port} wired to ${why.to ?? "nothing"} instead of ${why.from ?? "nothing"}`
    case "Input": {
      const { node, cause } = edit(why)
      return `input ${why.port} from ${why.node} changed${cause === undefined ? "" : ` (${node === why.node ? "" : `${node}: `}${describeWhy(cause)})`}`
    }
    case "Evicted":
      return `its result is gone: ${why.reason}`
    case "PreviousFailed":
      return "failed last time"
    case "Volatile":
      return "it depends on the time or the world"
    case "Forced":
      return "forced"
    case "Resumed":
      return `resumed at ${why.step}; ${describeWhy(why.of)}`
    default:
      return never(why)
  }
}

/** The node where the change came from, and what changed there. */
const edit = (why: Extract<Why, { readonly _tag: "Input" }>): { readonly node: string; readonly cause: Why | undefined } => {
  let at = why
  while (at.cause?._tag === "Input") at = at.cause
  return at
}

const listed = (files: readonly string[]): string => (files.length <= 3 ? files.join(", ") : `${files.slice(0, 2).join(", ")} and ${files.length - 2} more files`)
