/**
 * The command line of `npm run bench`. A mistake is a value, with what would have been right.
 */
import { parseArgs } from "node:util"
import * as E from "fp-ts/lib/Either.js"
import { deviceNames, type DeviceName } from "../../src/device/device.ts"
import { workloadNames, type WorkloadName } from "./spec.ts"

export type PeerName = "cambium" | "cambium-gpujs" | "pytorch" | "tfjs" | "transformers"

export const peerNames: readonly PeerName[] = ["cambium", "cambium-gpujs", "pytorch", "tfjs", "transformers"]

export interface BenchOptions {
  readonly workloads: readonly WorkloadName[]
  readonly peers: readonly PeerName[]
  /** Rounds: turns of every peer. */
  readonly repeats: number
  readonly threads: number
  /** Device of the peer `cambium`. */
  readonly device: DeviceName
  /** Python interpreters to look for PyTorch in, first choice first. */
  readonly pythons: readonly string[]
  readonly memory: boolean
  readonly sideBySide: boolean
  readonly json: string | undefined
}

export const benchUsage = `Usage: npm run bench -- [options]
  --workloads ${workloadNames.join(",")}
                        what to measure; those whose name begins so
  --peers ${peerNames.join(",")}
  --repeats 5           rounds, every peer once in each
  --threads 2           threads of every peer
  --device onnx         device of this project's peer: ${deviceNames.join(", ")}
  --python PATH         the Python that has PyTorch (default: python3, then /usr/bin/python3)
  --no-memory           do not measure memory over 2,000 steps
  --no-side-by-side     do not measure two trainers of one thread each
  --json FILE           also write the results as JSON
  --kernels             single kernels of gpujs:webasm beside tfjs-wasm instead (with --threads and --repeats only)`

const flags = {
  workloads: { type: "string", default: workloadNames.join(",") },
  peers: { type: "string", default: peerNames.join(",") },
  repeats: { type: "string", default: "5" },
  threads: { type: "string", default: "2" },
  device: { type: "string", default: "onnx" },
  python: { type: "string" },
  "no-memory": { type: "boolean", default: false },
  "no-side-by-side": { type: "boolean", default: false },
  json: { type: "string" },
} as const

/** The workloads whose names begin with one of the parts of `text`. */
const beginning = (text: string): E.Either<string, readonly WorkloadName[]> => {
  const parts = text.split(",").map((part) => part.trim())
  const wrong = parts.find((part) => !workloadNames.some((name) => name.startsWith(part)))
  return wrong === undefined
    ? E.right(workloadNames.filter((name) => parts.some((part) => name.startsWith(part))))
    : E.left(`--workloads takes ${workloadNames.join(", ")}, or how they begin, not "${wrong}"`)
}

/** Left says which option is wrong and what it may be. */
export const parseOptions = (args: readonly string[]): E.Either<string, BenchOptions> => {
  const parsed = E.tryCatch(() => parseArgs({ args: [...args], options: flags, strict: true }).values, (error) => (error as Error).message)
  if (E.isLeft(parsed)) return parsed
  const values = parsed.right
  const list = <A extends string>(option: string, text: string, names: readonly A[]): E.Either<string, readonly A[]> => {
    const parts = text.split(",").map((part) => part.trim())
    const wrong = parts.find((part) => !names.includes(part as A))
    return wrong === undefined ? E.right(names.filter((name) => parts.includes(name))) : E.left(`--${option} takes ${names.join(", ")}, not "${wrong}"`)
  }
  const whole = (option: string, text: string, most: number): E.Either<string, number> =>
    /^[0-9]+$/.test(text) && Number(text) >= 1 && Number(text) <= most ? E.right(Number(text)) : E.left(`--${option} takes a whole number from 1 to ${most}, not "${text}"`)
  const workloads = beginning(values.workloads)
  if (E.isLeft(workloads)) return workloads
  const peers = list("peers", values.peers, peerNames)
  if (E.isLeft(peers)) return peers
  if (!peers.right.includes("cambium")) return E.left("--peers must have cambium, which the others are compared with")
  const repeats = whole("repeats", values.repeats, 100)
  if (E.isLeft(repeats)) return repeats
  const threads = whole("threads", values.threads, 256)
  if (E.isLeft(threads)) return threads
  const device = list("device", values.device, deviceNames)
  if (E.isLeft(device)) return device
  return E.right({
    workloads: workloads.right,
    peers: peers.right,
    repeats: repeats.right,
    threads: threads.right,
    device: device.right[0] ?? "onnx",
    pythons: values.python === undefined ? ["python3", "/usr/bin/python3"] : [values.python],
    memory: !values["no-memory"],
    sideBySide: !values["no-side-by-side"],
    json: values.json,
  })
}
