/** Puts down what a run came to and what that rests on, if all of it can be looked at again. SPEC O2, O3. */
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { codeFiles } from "../../src/engine/code-version.ts"
import type { Engine } from "../../src/engine/engine.ts"
import type { Outcome, Summary } from "../../src/engine/event.ts"
import type { Kind } from "../../src/engine/kind.ts"
import { outputsOf } from "../../src/engine/why-not.ts"
import type { Graph, Node, Ref } from "../../src/graph/graph.ts"
import { smallBytes } from "../../src/store/blob-access.ts"
import type { BlobInfo } from "../../src/store/blobs.ts"
import { blobsOf } from "../../src/store/segments.ts"
import type { RunRecord } from "../../src/store/run-log.ts"
import type { Store } from "../../src/store/store.ts"
import { areOlder, sourceStamps, stampOf } from "../bundle/stamp.ts"
import type { ChosenDevice } from "../command/device-choice.ts"
import { deviceBasis, devicePackages } from "./device-basis.ts"
import { askedHere, rememberRun, type Told } from "./finished-run.ts"
import type { ReadWatch } from "./read-watch.ts"

export interface RunToNote {
  readonly store: Store
  readonly engine: Pick<Engine, "nodes" | "outcome">
  readonly graph: Graph
  /** Of the graph. */
  readonly file: string
  readonly args: readonly string[]
  /** The id of the command's code. */
  readonly tool: string
  /** It saw the graph being loaded and built. */
  readonly watch: ReadWatch
  /** The store's mark of removals, from before anything was looked up. */
  readonly removals: string
  readonly record: RunRecord
  readonly device: ChosenDevice | undefined
  readonly isWanted: (output: Ref) => boolean
  readonly written: { readonly lines: { readonly path: string; readonly text: string }; readonly page: string }
  readonly summary: Summary
  readonly tables: Told["tables"]
  /** The page, from the folder of the run. */
  readonly page: string
}

/** Why it was not put down; undefined when it was. The run ended well. */
export const noteRun = async ({ store, engine, graph, file, args, tool, watch, removals, record, device, isWanted, written, summary, tables, page }: RunToNote): Promise<string | undefined> => {
  const nodes = [...engine.nodes()]
  const kinds = [...new Set(nodes.map(({ kind }) => kind as Kind))]
  if (kinds.some((kind) => kind.volatile !== undefined)) return "a kind is volatile"
  if (nodes.some(({ path, controls }) => controls?.pin !== undefined && engine.outcome(path)?.state === "ran")) return "a pinned node ran, and is held from now on"
  const code = kinds.map((kind) => codeFiles(store.notes, kind))
  if (code.includes(undefined)) return "the code of a kind is not known by its files"
  // A kind may look for its files.
  const inputs = watch.during(() => nodes.flatMap(filesOf))
  const manifests = device === undefined ? [] : devicePackages.map((name) => fileURLToPath(new URL(`../../node_modules/${name}/package.json`, import.meta.url)))
  const { stamps: seen, environment, untold } = watch.found()
  if (untold !== undefined) return `the graph depends on ${untold}`
  const known = new Set(seen.map(([path]) => path))
  const isOther = (path: string): boolean => !known.has(path)
  const others = [...sourceStamps([...code.flatMap((files) => files ?? []), ...manifests].filter(isOther)), ...[...new Set(inputs.map((name) => resolve(name)))].filter(isOther).map(stampOf)]
  const young = others.find((stamp) => !areOlder([stamp], performance.timeOrigin))
  if (young !== undefined) return `${young[0]} is as young as the run`
  const lines = stampOf(written.lines.path)
  // Looked at after that: what another run writes over them later is another stamp.
  if (readFileSync(written.lines.path, "utf8") !== written.lines.text) return "another run has written its lines over those of this one"
  await rememberRun(store, resolve(file), {
    asked: askedHere(args, tool),
    record,
    removals,
    environment,
    stamps: [...seen, ...others],
    device: device === undefined ? null : deviceBasis(store.notes),
    blobs: nodes.flatMap(({ path }) => wantedFiles(path, engine.outcome(path), isWanted)),
    written: { lines, page: stampOf(written.page), isSettled: summary.ran === 0 },
    told: {
      headline: { nodes: graph.nodes.size, device: device === undefined ? null : { name: device.name, why: device.why } },
      summary: { ...summary, ran: 0, reused: summary.reused + summary.ran },
      tables,
      page,
    },
  })
  return undefined
}

const filesOf = ({ kind, params }: Node): readonly string[] => {
  try {
    return kind.files?.(params as never) ?? []
  } catch {
    return []
  }
}

/** Blobs in files whose absence would be noticed: of outputs that are read once they are settled, and of those that are held. Small ones do not go without a mark. */
const wantedFiles = (node: string, outcome: Outcome | undefined, isWanted: (output: Ref) => boolean): readonly BlobInfo[] =>
  Object.entries(outputsOf(outcome) ?? {}).flatMap(([port, output]) => (outcome?.state === "held" || isWanted({ node, port }) ? blobsOf(output).filter(({ bytes }) => bytes > smallBytes) : []))
