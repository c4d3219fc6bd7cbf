/** What every command takes, as data: parsing, help and the check of the README's commands are all read off here. */
import { deviceNames } from "../../src/device/device.ts"

/** Where results are kept unless `--store` says otherwise, from the current folder. */
export const defaultStore = ".cambium/store"

export interface Option {
  readonly type: "string" | "boolean"
  readonly multiple?: boolean
  /** Stands for the value in the help. */
  readonly value?: string
  readonly doc: string
}

export interface CommandSpec {
  readonly about: string
  /** Positional arguments: how they are written in the help, and how many. */
  readonly operands: string
  readonly least: number
  readonly most: number
  readonly options: { readonly [name: string]: Option }
  /** Lines below the options in the help. */
  readonly notes?: readonly string[]
  /** The command reads its own options; those here are for the help only. */
  readonly parsesItself?: boolean
  /** The command answers `--help` itself. */
  readonly helpsItself?: boolean
}

const set: Option = { type: "string", multiple: true, value: "NODE.PARAM=VALUE", doc: "Set a param, as often as you like; * in NODE fits any characters, PARAM=VALUE sets a param of the graph" }
const tiny: Option = { type: "boolean", doc: "The tiny size that the graph file exports; --set still applies on top" }
const device: Option = { type: "string", value: "DEVICE", doc: `auto (measured once, the default), ${deviceNames.join(", ")}` }
const seed: Option = { type: "string", value: "N", doc: "Seed of everything random (default 0)" }
const store: Option = { type: "string", value: "DIR", doc: `Where results are kept (default ${defaultStore})` }
const jobs: Option = { type: "string", value: "N", doc: "Cores to use at a time (default: all)" }
const debug: Option = { type: "boolean", doc: "Show stack traces" }

export const commands: { readonly [name: string]: CommandSpec } = {
  run: {
    about: "Run a graph: only what changed since last time is computed",
    operands: "FILE",
    least: 1,
    most: 1,
    options: {
      set,
      sweep: { type: "string", multiple: true, value: "NODE.PARAM=A,B,C", doc: "Run once for each value; several sweeps: for each combination. Ends with a table of the metrics" },
      target: { type: "string", multiple: true, value: "NODE", doc: "Run only this node and what it needs; * fits any characters, as often as you like" },
      plan: { type: "boolean", doc: "Tell what would run, why and for how long; run nothing" },
      tiny,
      overlay: { type: "string", value: "FILE", doc: "Under what was changed on the page of `cambium live` (GRAPH.overlay.json); --set applies on top" },
      device,
      seed,
      store,
      json: { type: "boolean", doc: "Print JSON lines on standard output, and nothing else there (tools/command/line-schema.ts)" },
      save: { type: "string", multiple: true, value: "NODE.PORT=FILE", doc: "Write an output to a file: tensors as safetensors, the rest as JSON" },
      jobs,
      retry: { type: "string", value: "N", doc: "Try a node that fails for a passing reason N times more (default 2)" },
      timeout: { type: "string", value: "DURATION", doc: "A node that runs longer (90s, 20m, 1.5h) fails; its checkpoints stay, so the next run goes on from them" },
      "checkpoint-every": { type: "string", value: "DURATION", doc: "Save what training has reached after so long (default 5s); saving never takes more than a twentieth of the time" },
      "trap-nan": { type: "boolean", doc: "Fail a node at the first op that makes an infinity or NaN, and say which; slow" },
      quota: { type: "string", value: "SIZE", doc: "Keep the store within SIZE (20GB): at its end the run drops what gc would, never what a graph has now, and says what (default: CAMBIUM_QUOTA, else off)" },
      name: { type: "string", value: "NAME", doc: "Name of the run: the report is runs/NAME/report.html (default: the graph's name)" },
      report: { type: "string", value: "FILE", doc: "Write the report to this file instead" },
      debug,
    },
    notes: [
      "Exit codes: 0 done, 1 a node failed or a file could not be written, 2 wrong graph or command line, 130 interrupted.",
      "Ctrl-C stops in order, and the next run goes on from the last checkpoints. Twice: at once.",
    ],
  },
  live: {
    about: "Run a graph and steer it from a page: what you change runs, and only that",
    operands: "FILE",
    least: 1,
    most: 1,
    options: {
      "no-open": { type: "boolean", doc: "Do not open the browser; the address is printed anyway" },
      port: { type: "string", value: "N", doc: "Port to listen on (default: the first free one from 4747); 0 for any" },
      host: { type: "string", value: "HOST", doc: "Address to listen on (default 127.0.0.1). Beyond this machine, whoever has the address runs code here" },
      set,
      tiny,
      device,
      seed,
      store,
      jobs,
      retry: { type: "string", value: "N", doc: "Try a node that fails for a passing reason N times more (default 2)" },
      timeout: { type: "string", value: "DURATION", doc: "A node that runs longer (90s, 20m, 1.5h) fails" },
      debug,
    },
    notes: [
      "Saving the file takes it in again. What is changed on the page is kept in FILE.overlay.json beside it.",
      "Ctrl-C stops in order; starting again comes back to the same state.",
    ],
  },
  why: {
    about: "Why a node ran, or would run: what changed since its previous run, back to the edit",
    operands: "FILE NODE",
    least: 2,
    most: 2,
    options: { set, tiny, device, seed, store, json: { type: "boolean", doc: "Print one line of JSON" }, debug },
  },
  diff: {
    about: "Compare two graphs (files, or past runs by name): what differs and what the second would run",
    operands: "A [B]",
    least: 1,
    most: 2,
    options: {
      set: { ...set, doc: "Set a param of B, as often as you like; without B, compares A with A under the changed params" },
      tiny,
      device,
      seed,
      store,
      jobs,
      json: { type: "boolean", doc: "Print JSON lines" },
      debug,
    },
  },
  log: {
    about: "Past runs; of a graph, with their metrics; of a node, with its lineage",
    operands: "[FILE [NODE]]",
    least: 0,
    most: 2,
    options: { set, tiny, store, limit: { type: "string", value: "N", doc: "Runs to show, the newest first (default 20)" }, json: { type: "boolean", doc: "Print JSON lines" }, debug },
  },
  show: {
    about: "Print a graph: nodes, params and wires",
    operands: "FILE",
    least: 1,
    most: 1,
    options: { set, tiny, json: { type: "boolean", doc: "Print the graph's JSON form" }, debug },
  },
  results: {
    about: "Write what a study came to as Markdown, with its pictures beside it, from the results.jsonl of a run; DISCUSSION.md beside the page is taken into it",
    operands: "RESULTS",
    least: 1,
    most: 1,
    options: { to: { type: "string", value: "FILE", doc: "The page to write; required" } },
  },
  export: {
    about: "Write a model as an ONNX file that any runtime reads, and its tokenizer beside it",
    operands: "FILE NODE.PORT",
    least: 2,
    most: 2,
    options: { onnx: { type: "string", value: "FILE", doc: "The file to write; required" }, set, tiny, device, seed, store, jobs, debug },
  },
  merge: {
    about: "Merge checkpoints of any size as a YAML file in mergekit's format says; checked before anything is read, resumable, in bounded memory",
    operands: "CONFIG OUT",
    least: 2,
    most: 2,
    options: {
      plan: { type: "boolean", doc: "Check everything and tell what it would take; write nothing" },
      compat: { type: "boolean", doc: "Do as mergekit does, also where that is a known defect" },
      shard: { type: "string", value: "SIZE", doc: "Largest file of weights (default 5GB)" },
      seed,
      jobs,
      json: { type: "boolean", doc: "Print the plan, how far it is and the result as JSON lines" },
    },
  },
  devices: {
    about: "How fast the devices of this machine are, and which one is chosen for what and why",
    operands: "",
    least: 0,
    most: 0,
    options: {
      again: { type: "boolean", doc: "Measure anew, in less than 5 s, instead of showing what is remembered" },
      json: { type: "boolean", doc: "Print the measurements as JSON" },
      store: { type: "string", value: "DIR", doc: `Whose measurement, kept from its first run (default ${defaultStore})` },
    },
  },
  gc: {
    about: "Show what the store could do without, and remove it: first what nothing uses, then what is cheapest to make again for its size",
    operands: "",
    least: 0,
    most: 0,
    options: {
      quota: { type: "string", value: "SIZE", doc: "Make room until no more than SIZE is left (20GB, 500MB); results that graphs have now are never removed" },
      yes: { type: "boolean", doc: "Remove it; without this, nothing is removed" },
      forget: { type: "string", multiple: true, value: "NAME", doc: "No longer keep the results of the run NAME (run --name)" },
      json: { type: "boolean", doc: "Print what would go, or went, as JSON" },
      store,
    },
  },
  verify: {
    about: "Read everything in the store and hash it again; what is damaged is removed and made again when needed",
    operands: "",
    least: 0,
    most: 0,
    options: { json: { type: "boolean", doc: "Print what was found as JSON" }, store },
  },
  data: {
    about: "Fetch a larger data set, or list those that are known",
    operands: "[NAME]",
    least: 0,
    most: 1,
    options: { dir: { type: "string", value: "DIR", doc: "Where data sets are kept (default .cambium/data)" } },
    parsesItself: true,
  },
  bench: {
    about: "Measure the training step beside PyTorch and tfjs; cambium bench --help tells more",
    operands: "",
    least: 0,
    most: 0,
    options: {},
    parsesItself: true,
    helpsItself: true,
  },
}
