/**
 * `--save NODE.PORT=FILE`: results as files of their own. Tensors are written as safetensors, everything else as JSON, byte
 * for byte as the store holds them; the elements of a stream are joined.
 */
import { messageOf } from "../../src/base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import { statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import type { Outcome } from "../../src/engine/event.ts"
import { outputsOf } from "../../src/engine/why-not.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { collect } from "../../src/engine/stream/collect.ts"
import { hint } from "../../src/schema/closest.ts"
import { isStream, type AnyPort, type StreamType } from "../../src/schema/stream.ts"
import type { Store } from "../../src/store/store.ts"
import { replaceFile } from "../replace-file.ts"

export interface Save {
  readonly node: string
  readonly port: string
  /** As it was given. */
  readonly file: string
  readonly type: AnyPort
}

/** The outputs to save, checked against the graph before anything runs. Left is a sentence for standard error. */
export const parseSaves = (texts: readonly string[], graph: Graph): E.Either<string, readonly Save[]> => {
  const saves: Save[] = []
  for (const text of texts) {
    const [, node = "", port = "", file = ""] = /^(.+)\.([^.=]+)=(.+)$/.exec(text) ?? []
    if (file === "") return E.left(`--save: expected NODE.PORT=FILE, got ${JSON.stringify(text)}`)
    const outputs = graph.nodes.get(node)?.kind.outputs ?? {}
    const ports = Object.keys(outputs)
    const type = outputs[port]
    if (!graph.nodes.has(node)) return E.left(`--save ${text}: ${unknown("node", node, [...graph.nodes.keys()])}`)
    if (type === undefined) return E.left(`--save ${text}: ${unknown(`output of ${node}`, port, ports)}`)
    if (isStream(type) && type.element.join === undefined) return E.left(`--save ${text}: ${node}.${port} is a ${type.name}, whose elements cannot be joined into one file`)
    const folder = dirname(resolve(file))
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return E.left(`--save ${text}: there is no folder ${folder}`)
    saves.push({ node, port, file, type })
  }
  return E.right(saves)
}

const unknown = (what: string, name: string, known: readonly string[]): string => {
  return `there is no ${what} called ${name}; there are ${known.join(", ")}${hint(name, known)}`
}

/** The bytes of an output; left when its node has no result, or the blob is missing or not what it was. */
export const readOutput = async (ended: Outcome | undefined, port: string, { blobs }: Pick<Store, "blobs">): Promise<E.Either<"none" | "damaged", Uint8Array>> => {
  const output = outputsOf(ended)?.[port]
  if (output === undefined) return E.left("none")
  const blob = await blobs.get(output.hash)
  return E.isLeft(blob) ? E.left("damaged") : blob
}

const readJoined = async (ended: Outcome | undefined, port: string, { element }: StreamType, { blobs }: Pick<Store, "blobs">): Promise<E.Either<"none" | "damaged", Uint8Array>> => {
  const output = ended?.state === "ran" || ended?.state === "reused" ? ended.outputs[port] : undefined
  if (output === undefined) return E.left("none")
  const value = await collect(element, output.hash, blobs).catch((error: unknown) => E.left(messageOf(error)))
  return E.isLeft(value) ? E.left("damaged") : E.right(Buffer.concat(element.encode(value.right)))
}

/** Writes each file whole or not at all. Gives back what could not be saved, in sentences. */
export const saveOutputs = async (saves: readonly Save[], outcome: (node: string) => Outcome | undefined, store: Store): Promise<readonly string[]> => {
  const problems: string[] = []
  for (const { node, port, file, type } of saves) {
    const bytes = await (isStream(type) ? readJoined(outcome(node), port, type, store) : readOutput(outcome(node), port, store))
    if (E.isLeft(bytes) && bytes.left === "none") {
      problems.push(`${file}: not saved, because ${node} has no result`)
      continue
    }
    try {
      if (E.isLeft(bytes)) throw new Error("its blob is missing or damaged; run once more")
      await replaceFile(resolve(file), bytes.right)
    } catch (error) {
      problems.push(`${file}: ${node}.${port} could not be saved: ${messageOf(error)}`)
    }
  }
  return problems
}
