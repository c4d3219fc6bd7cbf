/** The order in which a thread works: what must be measured for long is measured while other tensors are written. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { closeFiles, encodeHalves, must, openFiles, random } from "#src"
import { blockElements, type Cut } from "../../../../nodes/merger/method/blocks.ts"
import { blocksOfWrite, isLong, jobsOf, longBlocks, paceOf, type Job } from "../../../../nodes/merger/checkpoint/jobs.ts"
import { makeShared, runSeat, signalAt } from "../../../../nodes/merger/checkpoint/seat.ts"
import { openUnfinished } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { rawSafetensors, testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { execute, planned } from "./made-models.ts"

const folder = testFolder()
const [longRows, others, columns] = [longBlocks + 4, 10, blockElements]

/** A model of a tensor of many blocks, in the middle of some of one row; of `count` others. */
const model = (name: string, count: number): string => {
  const tensors = Array.from({ length: count + 1 }, (_, i) => (i === Math.floor(count / 2) ? { name: "long", rows: longRows } : { name: `other.${i}`, rows: 1 }))
  const header: Record<string, object> = {}
  let end = 0
  for (const { name: of, rows } of tensors) header[of] = { dtype: "BF16", shape: [rows, columns], data_offsets: [end, (end += 2 * rows * columns)] }
  const path = writeAt(join(folder, name, "model.safetensors"), rawSafetensors(JSON.stringify(header), 0))
  const descriptor = openSync(path, "a")
  for (const { name: of, rows } of tensors) {
    const row = encodeHalves("bf16", random(`${name[0]} ${of}`).normals(columns))
    // Rows differ: one that came to another's place would be seen.
    for (let i = 0; i < rows; i++) writeSync(descriptor, row.map((bits) => bits ^ (i & 15)))
  }
  closeSync(descriptor)
  return name
}
const slerp = (a: string, b: string) => planned(`merge_method: slerp\nbase_model: ${a}\nmodels: [{model: ${a}}, {model: ${b}}]\nparameters: {t: 0.4}\n`, { folder })
const [a, b] = [model("a", others), model("b", others)] as const

it("[F7] a long tensor is measured bit by bit beside others, and written when half of them are", async () => {
  const plan = slerp(a, b)
  const jobs = jobsOf(plan)
  expect(jobs.map(isLong)).toEqual([true, ...Array<boolean>(others).fill(false)])
  const files = plan.inputs.map((input) => openFiles(input.files))
  const { outputs, close } = openUnfinished(join(folder, "seat"), "seat", jobs.length, plan.layout)
  const shared = makeShared(jobs.length)
  // Of the others, how many were begun after each job.
  const begun: number[] = []
  await runSeat({ plan, jobs, files, outputs, whole: new Map(), shared, seats: 1 }, () => void begun.push(Atomics.load(shared.signals, signalAt.other)))
  close()
  files.forEach(closeFiles)
  expect([...shared.done]).toEqual(jobs.map(() => 1))
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10])
})

it("[F7] a long tensor has the same bytes beside others and alone, by one thread and by several", async () => {
  const [alone, beside] = [slerp(model("a-alone", 0), model("b-alone", 0)), slerp(a, b)]
  expect([await execute(alone, join(folder, "alone")), await execute(beside, join(folder, "one")), await execute(beside, join(folder, "two"), { seats: 2 })]).toEqual(["done", "done", "done"])
  const bytesOf = (out: string, plan: typeof alone): Buffer => {
    const place = must(plan.layout.places[plan.tensors.findIndex(({ name }) => name === "long")], "place")
    return readFileSync(join(folder, out, "model.safetensors")).subarray(place.start, place.start + place.bytes)
  }
  const expected = bytesOf("alone", alone)
  expect(expected.length).toBe(2 * longRows * columns)
  expect(expected.some((byte) => byte !== 0)).toBe(true)
  for (const out of ["one", "two"]) expect(bytesOf(out, beside).equals(expected)).toBe(true)
  expect(readFileSync(join(folder, "two", "model.safetensors")).equals(readFileSync(join(folder, "one", "model.safetensors")))).toBe(true)
})

it("[F7] long tensors are measured so fast that they are ready when half of the rest is written, but of at most twice as many blocks as are written", () => {
  const cuts = (count: number): readonly Cut[] => Array.from({ length: count }, (_, i) => ({ start: i, length: 1 }))
  const jobs = (long: number, rest: readonly number[]): readonly Job[] => [...(long > 0 ? [{ tensor: 0, cuts: cuts(long) }] : []), ...rest.map((count, i) => ({ tensor: i + 1, cuts: cuts(count) }))]
  const rest = Array<number>(40).fill(blocksOfWrite + 1)
  expect(paceOf(jobs(60, rest), 1)).toBe(2)
  expect(paceOf(jobs(60, rest), 2)).toBe(3)
  expect(paceOf(jobs(60, rest), 64)).toBe(2 * blocksOfWrite)
  expect(paceOf(jobs(60, []), 2)).toBe(2 * blocksOfWrite)
  expect(paceOf(jobs(0, rest), 2)).toBe(0)
})
