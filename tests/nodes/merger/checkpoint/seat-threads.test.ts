/** Threads that are started before it is known what they will do. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { SeatWork } from "../../../../nodes/merger/checkpoint/seat.ts"
import { startSeatThread } from "../../../../nodes/merger/checkpoint/seat-threads.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"
import { execute, modelTensors, planned, small, writeModel } from "./made-models.ts"

const folder = testFolder()
for (const name of ["a", "b"]) writeModel(join(folder, name), modelTensors(small, name))
const plan = planned("merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.3}}, {model: b, parameters: {weight: 0.7}}]\n", { folder })

it("[F7] do their part, which ends them, and the bytes are the same", async () => {
  const thread = startSeatThread()
  const [one, two] = [join(folder, "one"), join(folder, "two")]
  expect(await execute(plan, one)).toBe("done")
  expect(await execute(plan, two, { seats: 2, started: [thread] })).toBe("done")
  expect(readFileSync(join(two, "model.safetensors"))).toEqual(readFileSync(join(one, "model.safetensors")))
  // It had work: else it would fail at this.
  await expect(thread.run({} as SeatWork)).resolves.toEqual(new Map())
})

it("[F7] without work are ended, and tell whoever has work for them then", async () => {
  const thread = startSeatThread()
  thread.close()
  await expect(thread.run({} as SeatWork)).rejects.toThrow("ended before its work")
})
