/**
 * The rows of `npm run bench:merge`, each run in rounds: floor, Cambium, PyTorch, one after another with the files in the page cache. What counts
 * is the least of the rounds, on every side: a floor is what a machine can do, not what it did when it was busy.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { machineClass } from "../machine.ts"
import { atRest } from "./at-rest.ts"
import { cambium, command } from "./command.ts"
import { fisher, linear, multislerp, slerp, sparse } from "./configurations.ts"
import { kernelSeconds, readsOf, type CeilingMethod } from "./ceiling.ts"
import { readFloor, writeFloor } from "./floor.ts"
import { makeHeaders, makeModel, type Content } from "./made-models.ts"
import { movedRows, movedTimes } from "./moved.ts"

interface Row {
  readonly name: string
  /** Of `torch-merge.py`. */
  readonly method: string
  readonly models: number
  /** Of the last models, what lies beside each: its Fisher information. */
  readonly beside?: true
  readonly yaml: (models: readonly string[]) => string
  /** Times of the floor that it may take; absent: no bar but PyTorch's. */
  readonly bar?: number
}

const rows: readonly Row[] = [
  { name: "linear of 2", method: "linear", models: 2, yaml: linear, bar: 1.5 },
  { name: "linear of 4", method: "linear", models: 4, yaml: linear, bar: 1.5 },
  { name: "slerp of 2", method: "slerp", models: 2, yaml: slerp, bar: 1.5 },
  { name: "slerp of 4 (multislerp)", method: "multislerp", models: 4, yaml: multislerp, bar: 1.5 },
  ...[2, 4].flatMap((n): readonly Row[] => [
    { name: `ties of ${n} and a base`, method: "ties", models: n + 1, yaml: sparse("ties", 0.2) },
    { name: `dare of ${n} and a base`, method: "dare_linear", models: n + 1, yaml: sparse("dare_linear", 0.5) },
    { name: `fisher of ${n}`, method: "fisher", models: n, beside: true, yaml: fisher },
  ]),
]

const torch = fileURLToPath(new URL("torch-merge.py", import.meta.url))
const memoryBar = 300 * 2 ** 20

/** `--gib N` for the size of a model, `--rounds N`; `--models FOLDER` keeps the models there, for the next time; PyTorch is stopped after `--limit SECONDS`, with 0 not run. */
export const benchMerge = async (args: readonly string[]): Promise<number> => {
  const option = (name: string, fallback: number): number => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback)
  const [gib, rounds] = [option("--gib", 1), option("--rounds", 3)]
  const limit = option("--limit", 600)
  const kept = args.includes("--models") ? args[args.indexOf("--models") + 1] : undefined
  const words = args.filter((word, i) => !word.startsWith("--") && !(args[i - 1] ?? "").startsWith("--"))
  const isWanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word))
  mkdirSync(".cambium", { recursive: true })
  const folder = mkdtempSync(join(".cambium", "bench-merge-"))
  try {
    console.log(`${machineClass()}; models of ${gib} GiB, bf16; the least of ${rounds} rounds, load average ${loadavg()[0]?.toFixed(1)} before`)
    console.log("| row | floor: read, write past the cache, through it (s) | Cambium (s) | times the floor | times the floor through the cache | peak memory | PyTorch, tensor by tensor (s) | times faster |\n|---|---|---|---|---|---|---|---|")
    const wanted = rows.filter(({ name }) => isWanted(name))
    const made = (prefix: string, content: Content, count: number): readonly string[] =>
      Array.from({ length: count }, (_, i) => {
        const path = join(kept ?? folder, `${prefix}${i}`)
        return existsSync(path) ? path : makeModel(path, gib * 2 ** 30, `${i}`, content)
      })
    for (const row of wanted) {
      const beside = row.beside === true ? made("f", "sizes", row.models) : []
      console.log(await measured(row, [...made("m", "weights", row.models), ...beside], folder, { rounds, limit }))
    }
    for (const method of ["linear", "slerp"] as const) if (isWanted(`${method} of 2`)) console.log(await ceilingRow(method, made("m", "weights", 2), gib, folder, rounds))
    for (const size of [1, 4, 8]) {
      const name = `memory at ${size} GiB`
      if (isWanted(name)) console.log(memoryRow(name, size, folder))
    }
    if (isWanted(planned)) console.log(planRow(folder, rounds))
    const moved = movedRows.filter(({ name }) => isWanted(name))
    if (moved.length > 0) console.log("\n| what moved | all measured again (s) | by what was measured before (s) | times faster |\n|---|---|---|---|")
    for (const row of moved) console.log(movedTimes(row, [...made("m", "weights", row.models), ...(row.beside === true ? made("f", "sizes", row.models) : [])].map((model) => resolve(model)), folder, rounds))
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const measured = async ({ name, method, yaml, bar }: Row, models: readonly string[], folder: string, { rounds, limit }: { readonly rounds: number; readonly limit: number }): Promise<string> => {
  const paths = models.map((model) => join(model, "model.safetensors"))
  const taken = await inTurn(rounds, async (round) => {
    const read = readFloor(paths)
    const merge = () => cambium(yaml(models.map((model) => resolve(model))), join(folder, "out"))
    // A tenth slower is who comes next after a write through the cache: in turn, the merge and the floor that it is held against.
    const before = round % 2 === 0 ? undefined : merge()
    const past = await writing("past", paths, folder)
    const own = before ?? merge()
    const through = await writing("through", paths, folder)
    return { floor: { read, past, through }, own, theirs: limit === 0 ? undefined : pytorch(method, paths, folder, limit) }
  })
  const least = (pick: (one: (typeof taken)[number]) => number): number => Math.min(...taken.map(pick))
  const [read, past, through, own] = [least(({ floor }) => floor.read), least(({ floor }) => floor.past), least(({ floor }) => floor.through), least((one) => one.own.seconds)]
  const ratio = own / Math.max(read, Math.min(past, through))
  const theirs = taken.flatMap((one) => one.theirs ?? [])
  const verdict = bar === undefined ? "" : ` (bar ${bar}: ${ratio <= bar ? "PASS" : "FAIL"})`
  const faster = Math.min(...theirs.map(({ seconds }) => seconds)) / own
  const unended = theirs.every(({ ended }) => !ended) ? "more than " : ""
  const judged = faster >= 2 ? "PASS" : unended === "" ? "FAIL" : "stopped too soon to tell"
  const peer = theirs.length === 0 ? "not run |" : `${unended}${Math.min(...theirs.map(({ seconds }) => seconds)).toFixed(2)} | ${unended}${faster.toFixed(1)} (bar 2: ${judged})`
  return `| ${name} | ${[read, past, through].map((x) => x.toFixed(2)).join(", ")} | ${own.toFixed(2)} | ${ratio.toFixed(2)}${verdict} | ${(own / Math.max(read, through)).toFixed(2)} | ${mebibytes(Math.max(...taken.map((one) => one.own.bytes)))} | ${peer} |`
}

/** One after another. */
const inTurn = async <A>(rounds: number, one: (round: number) => Promise<A>): Promise<readonly A[]> => {
  const taken: A[] = []
  for (let round = 0; round < rounds; round++) taken.push(await one(round))
  return taken
}

/** Seconds. */
const writing = (way: "past" | "through", paths: readonly string[], folder: string): Promise<number> => (atRest(), writeFloor(paths[0] as string, join(folder, "floor"), way))

const floorOf = async (paths: readonly string[], folder: string) => ({ read: readFloor(paths), past: await writing("past", paths, folder), through: await writing("through", paths, folder) })

/**
 * A merge of 2 without anything around it: the command's start, and then its passes on all processors while the disk writes. The write is
 * timed beside processors that calculate, as in a merge, which alone may take longer than on a machine at rest; what is left of
 * it when nothing is left to calculate goes as at rest.
 */
const ceilingRow = async (method: CeilingMethod, models: readonly string[], gib: number, folder: string, rounds: number): Promise<string> => {
  const paths = models.map((model) => join(model, "model.safetensors"))
  const taken = await inTurn(rounds, async () => {
    const floor = await floorOf(paths, folder)
    atRest()
    const beside = await besideWork(() => writeFloor(paths[0] as string, join(folder, "floor"), "past"))
    const began = performance.now()
    spawnSync(process.execPath, [command, "--version"])
    return { ...floor, beside, start: (performance.now() - began) / 1000, ...kernelSeconds(method, gib * 2 ** 29) }
  })
  const least = (pick: (one: (typeof taken)[number]) => number): number => Math.min(...taken.map(pick))
  const [read, past, through, beside, start] = [least((one) => one.read), least((one) => one.past), least((one) => one.through), least((one) => one.beside), least((one) => one.start)]
  const [sums, blend] = [least((one) => one.sums), least((one) => one.blend)]
  const work = (readsOf(method) * read + sums + blend) / availableParallelism()
  const whole = start + work + Math.max(0, 1 - work / beside) * past
  const parts = `start ${start.toFixed(2)}, write beside work ${beside.toFixed(2)}, ${readsOf(method)} x read, sums ${sums.toFixed(2)}, blend ${blend.toFixed(2)}`
  return `| ceiling of ${method} of 2: ${parts} | ${[read, past, through].map((x) => x.toFixed(2)).join(", ")} | ${whole.toFixed(2)} | ${(whole / Math.max(read, Math.min(past, through))).toFixed(2)} | ${(whole / Math.max(read, through)).toFixed(2)} | | | |`
}

/** Does `work` while every processor goes over numbers. */
const besideWork = async <A>(work: () => Promise<A>): Promise<A> => {
  const loop = "const a = new Float32Array(2 ** 20).fill(1); for (;;) for (let i = 0; i < a.length; i++) a[i] = a[i] * 0.5 + 1"
  const others = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", loop], { stdio: "ignore" }))
  try {
    // Until they have begun.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    return await work()
  } finally {
    others.forEach((other) => other.kill("SIGKILL"))
  }
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB (bar 300: ${bytes <= memoryBar ? "PASS" : "FAIL"})`

/** Sparse inputs: what they are read as costs no disk, what is written does. */
const memoryRow = (name: string, gib: number, folder: string): string => {
  const models = ["s0", "s1"].map((model, i) => makeModel(join(folder, model), gib * 2 ** 30, `${i}`, "holes"))
  const { seconds, bytes } = cambium(linear(models.map((model) => resolve(model))), join(folder, "out"))
  return `| ${name}, linear of 2 | | ${seconds.toFixed(2)} | | | ${mebibytes(bytes)} | | |`
}

const planned = "plan of 4 x 70 billion"

/** All that is told before a merge begins, of models of which there are only the headers. */
const planRow = (folder: string, rounds: number): string => {
  const config = join(folder, "merge.yml")
  writeFileSync(config, linear(["h0", "h1", "h2", "h3"].map((model) => resolve(makeHeaders(join(folder, model))))))
  const seconds = Math.min(
    ...Array.from({ length: rounds }, () => {
      const began = performance.now()
      const done = spawnSync(process.execPath, [command, "merge", config, join(folder, "out"), "--plan"], { encoding: "utf8" })
      // What it says of the disk's room is a part of the plan.
      if (done.status !== 0 && !done.stderr.includes("expected room for")) throw new Error(`${done.stdout}\n${done.stderr}`)
      return (performance.now() - began) / 1000
    }),
  )
  return `| ${planned} weights, headers alone | | ${seconds.toFixed(2)} (bar 1: ${seconds <= 1 ? "PASS" : "FAIL"}) | | | | | |`
}

/** Seconds until it ended or was stopped; undefined where there is no PyTorch. */
const pytorch = (method: string, paths: readonly string[], folder: string, limit: number): { readonly seconds: number; readonly ended: boolean } | undefined => {
  const out = join(folder, "torch.safetensors")
  atRest()
  const done = spawnSync("/usr/bin/python3", [torch, method, out, ...paths], { encoding: "utf8", timeout: 1000 * limit })
  rmSync(out, { force: true })
  if (done.signal !== null) return { seconds: limit, ended: false }
  return done.status === 0 ? { ...(JSON.parse(done.stdout) as { readonly seconds: number }), ended: true } : undefined
}
