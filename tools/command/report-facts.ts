/** What a report says about its run besides the results, and the stamp that tells whether it would say anything new. */
import { readdirSync, readFileSync } from "node:fs"
import { hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Summary } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { graphToJson } from "../../src/graph/json.ts"
import type { ChosenDevice } from "./device-choice.ts"
import { duration } from "./duration.ts"
import { installedVersion } from "./installed-version.ts"
import type { RunOptions } from "./run-options.ts"
import { version } from "./version.ts"

export interface RunFactsSource {
  readonly graph: Graph
  readonly options: RunOptions
  readonly device: ChosenDevice | undefined
  readonly summary: Summary
  readonly seconds: number
  /** Of the command line, after `run`. */
  readonly args: readonly string[]
}

/** Facts in the order in which they are read. */
export const reportFacts = ({ options, device, summary, seconds, args }: RunFactsSource): readonly (readonly [string, string])[] => [
  ["command", ["cambium run", ...args].join(" ")],
  ["device", device === undefined ? "none needed" : `${device.name} (${device.family}): ${device.why}`],
  ["seed", String(options.seed)],
  ["took", `${duration(seconds * 1000)}: ${summary.ran} ran, ${summary.reused} reused, ${summary.failed} failed`],
  ["finished", new Date().toISOString().replace("T", " ").slice(0, 19) + " UTC"],
  ["versions", [`cambium ${version()}`, `node ${process.versions.node}`, ...["gpu.js", "onnxruntime-node"].map((name) => `${name} ${installedVersion(name)}`)].join(", ")],
]

/** Equal for runs whose pages would show the same results: same graph, same outcomes, same code that draws. */
export const reportStamp = ({ graph, options, device }: RunFactsSource, outcomes: Json): string =>
  hashJson({ graph: graphToJson(graph), outcomes, seed: options.seed, device: device?.family ?? "", drawing: drawingCode() })

const drawingCode = (): readonly string[] => {
  const folder = new URL("../report/", import.meta.url)
  return readdirSync(folder).sort().map((name) => readFileSync(new URL(name, folder), "utf8"))
}
