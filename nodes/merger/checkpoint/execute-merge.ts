/** Runs a planned merge: threads, progress, saving, and the complete checkpoint at the end. SPEC F5 to F7. */
import { canonical, closeFiles, hashJson, messageOf, must, nextTurn, openFiles, stampOf, type Clock, type Json, type OpenFile } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { jobsOf } from "./jobs.ts"
import { wholeKey } from "./blend-blocks.ts"
import { measuredName, measuredText, numbersOf, readMeasured, tensorsMeasuredBefore, unitsOf, withFound } from "./measured-before.ts"
import { measureModels } from "./measure-models.ts"
import type { MergePlan, PlannedTensor } from "./merge-plan.ts"
import { originName, outputFault } from "./output-place.ts"
import { overflowsOf, type TensorOverflow } from "./overflows.ts"
import type { TellProgress } from "./progress.ts"
import { startSeatThread, type SeatThread } from "./seat-threads.ts"
import { makeShared, overflowsIn, runSeat, setOverflow, signalAt, type MeasuredHere, type SeatWork } from "./seat.ts"
import { tellApart } from "./tell-apart.ts"
import { openUnfinished, type Unfinished } from "./unfinished.ts"

export interface ExecuteOptions {
  readonly clock: Clock
  /** Threads that read, calculate and write; the caller's is one of them. */
  readonly seats: number
  /** Of them, those that are started already. */
  readonly started?: readonly SeatThread[]
  readonly signal: AbortSignal
  readonly progress: TellProgress
  /** Milliseconds between two records of what is done. */
  readonly saveEveryMs?: number
}

export interface Executed {
  /** Jobs done now, and those an earlier process had done. */
  readonly jobs: number
  readonly resumed: number
  /** Tensors whose measuring was that of an earlier merge to the same place. */
  readonly measuredBefore: number
  /** Tensors of which values had no room, in what was done now and before. */
  readonly overflows: readonly TensorOverflow[]
}

/** Changes when the same plan would give other bytes, or would be cut into other jobs. */
const executorVersion = 4

/** What tells one merge from another, its inputs' sizes and times included, and those of files that it copies: whether it is done, or how far it is, is asked by this. */
export const mergeId = (plan: MergePlan): string => hashJson([executorVersion, plan.inputs.map((input, i) => [must(plan.fingerprints[i], "fingerprint"), stampOf(input)]), plainPlan(plan), copiedStamps(plan)])

const copiedStamps = ({ beside }: MergePlan): Json =>
  Object.values(beside).map((file) => {
    const found = "copyOf" in file ? statSync(file.copyOf, { throwIfNoEntry: false }) : undefined
    return found === undefined ? null : [found.size, found.mtimeMs, found.ino]
  })

/** What was said when `out` was made, if it is the result of this very plan. */
export const resultOfPlan = (plan: MergePlan, out: string): Pick<Executed, "overflows"> | undefined => {
  try {
    const origin = JSON.parse(readFileSync(join(out, originName), "utf8")) as { readonly id?: unknown; readonly overflows?: readonly TensorOverflow[] }
    return origin.id === mergeId(plan) ? { overflows: origin.overflows ?? [] } : undefined
  } catch {
    return undefined
  }
}

const plainPlan = ({ tensors, layout, seed, beside }: MergePlan): Json =>
  JSON.parse(JSON.stringify([tensors.map(plainTensor), layout.places, seed, beside], (_, value: unknown) => (value instanceof Map ? [...value] : value instanceof Int32Array ? [...value] : value))) as Json

/** What is passed over decides no byte of the result. */
const plainTensor = (tensor: PlannedTensor): object => (tensor.work._tag === "blend" ? tensor : { ...tensor, work: { _tag: tensor.work._tag, from: tensor.work.from } })

/** Left is one sentence; then nothing has the name `out` that had not before, and running again goes on. */
export const executeMerge = async (planned: MergePlan, out: string, options: ExecuteOptions): Promise<E.Either<string, Executed>> => {
  const fault = outputFault(planned, out)
  if (fault !== undefined) return E.left(fault)
  const opened: OpenFile[][] = []
  const id = mergeId(planned)
  const jobs = jobsOf(planned)
  try {
    const apart = await tellApart(planned, options.signal, options.progress)
    const [units, before] = [unitsOf(apart), readMeasured(out)]
    const plan = withFound(apart, units, before)
    for (const { files } of plan.inputs) opened.push([...openFiles(files)])
    const unfinished = openUnfinished(out, id, jobs.length, plan.layout)
    try {
      const resumed = unfinished.done.reduce((sum, one) => sum + one, 0)
      const whole = await measureModels(plan, opened, options.signal, options.progress)
      const shared = makeShared(jobs.length)
      shared.done.set(unfinished.done)
      for (const [job, overflow] of unfinished.overflows) setOverflow(shared, job, overflow)
      const measured = await runSeats({ plan, jobs, files: opened, outputs: unfinished.outputs, whole, shared, seats: options.seats }, options, unfinished.save)
      const overflows = overflowsOf(plan, jobs, overflowsIn(shared))
      const origin = { id, made: "cambium merge", inputs: plan.inputs.map(({ path }, i) => ({ path, fingerprint: must(plan.fingerprints[i], "fingerprint") })), ...(overflows.length === 0 ? {} : { overflows }) }
      const numbers = numbersOf(units, before, ({ name, work }) => whole.get(wholeKey(work))?.models ?? measured.get(name))
      // Nothing waits until it is on the disk: what is not whole is measured again.
      if (Object.keys(numbers).length > 0) writeFileSync(join(unfinished.folder, measuredName), measuredText(numbers))
      await unfinished.finish({ ...besideFiles(plan), [originName]: `${canonical(origin)}\n` })
      return E.right({ jobs: jobs.length - resumed, resumed, measuredBefore: tensorsMeasuredBefore(plan), overflows })
    } finally {
      unfinished.close()
    }
  } catch (error) {
    return E.left(options.signal.aborted ? "stopped; run again to go on" : messageOf(error))
  } finally {
    for (const files of opened) closeFiles(files)
  }
}

const besideFiles = ({ beside, layout }: MergePlan): { readonly [name: string]: string | Uint8Array } => ({
  ...Object.fromEntries(Object.entries(beside).map(([name, file]) => [name, "text" in file ? file.text : readFileSync(file.copyOf)])),
  ...(layout.index === undefined ? {} : { [layout.index.name]: layout.index.text }),
})

/** Runs the caller's seat and those of other threads, and records what is done now and then. */
const runSeats = async (work: SeatWork, { clock, seats, started = [], signal, progress, saveEveryMs = 3000 }: ExecuteOptions, save: Unfinished["save"]): Promise<MeasuredHere> => {
  const { signals, done } = work.shared
  const record = (): Promise<void> => save(done, () => overflowsIn(work.shared))
  const stop = (): void => void Atomics.store(signals, signalAt.stop, 1)
  signal.addEventListener("abort", stop)
  if (signal.aborted) stop()
  const sizes = sizesOf(work)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let saved = clock.now()
  let saving: Promise<void> | undefined
  const look = (): void => {
    progress({ what: "written", done: sizes.reduce((sum, size, i) => sum + (done[i] === 1 ? size : 0), 0), total })
    if (saving !== undefined || clock.now() - saved < saveEveryMs) return
    // A record that cannot be written costs nothing but work after a kill; that the disk is full, the threads notice too.
    saving = record().catch(() => undefined).finally(() => {
      saved = clock.now()
      saving = undefined
    })
  }
  const timer = setInterval(look, Math.min(100, saveEveryMs))
  let results: readonly PromiseSettledResult<MeasuredHere>[]
  try {
    // A thread that cannot even begin stops the others, as one whose job fails does.
    const others = Array.from({ length: seats - 1 }, (_, i) => (started[i] ?? startSeatThread()).run(work).catch((error: unknown) => (stop(), Promise.reject(error))))
    results = await Promise.allSettled([runSeat(work, nextTurn), ...others])
  } finally {
    clearInterval(timer)
    signal.removeEventListener("abort", stop)
    // A record that is under way knows less than one that is made now, and must not come after it.
    await saving
  }
  const failed = results.find((result) => result.status === "rejected")
  if (failed !== undefined || Atomics.load(signals, signalAt.stop) !== 0) {
    await record().catch(() => undefined)
    throw failed?.reason ?? new Error("stopped")
  }
  progress({ what: "written", done: total, total })
  return new Map(results.flatMap((result) => (result.status === "fulfilled" ? [...result.value] : [])))
}

/** Bytes that each job writes. */
const sizesOf = ({ plan, jobs }: SeatWork): readonly number[] =>
  jobs.map(({ tensor, cuts }) => {
    const place = plan.layout.places[tensor]
    const elements = plan.tensors[tensor]?.shape.reduce((n, extent) => n * extent, 1) ?? 1
    return ((place?.bytes ?? 0) / elements) * cuts.reduce((sum, { length }) => sum + length, 0)
  })
