/** Tensors that are copied, not merged: that other models have other values in them is told, with a plan and with a result. */
import { describe, expect, it } from "vitest"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ndarray, type Tensors } from "../../../../src/base/ndarray.ts"
import { mergeId } from "../../../../nodes/merger/checkpoint/execute-merge.ts"
import { describePassedOver, passedOverOf } from "../../../../nodes/merger/checkpoint/passed-over.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"
import { runCommand } from "../../../support/command.ts"
import { execute, modelTensors, planned, readMerged, small, writeModel } from "./made-models.ts"

const folder = testFolder()
/** More than one piece of positions. */
const long = 2 ** 18 + 1
const positions = (last: number) => ndarray("i32", [long], Int32Array.from({ length: long }, (_, i) => (i === long - 1 ? last : i)))
const mask = (...bits: readonly number[]) => ndarray("u8", [3], Uint8Array.from(bits))
const model = (name: string, buffers: Tensors) => writeModel(join(folder, name), { ...modelTensors(small, name), ...buffers })
model("a", { "model.positions": positions(7), "model.mask": mask(1, 0, 0) })
model("b", { "model.positions": positions(7), "model.mask": mask(1, 0, 0) })
model("c", { "model.positions": positions(8), "model.mask": mask(1, 0, 0) })
model("d", { "model.positions": positions(8), "model.mask": mask(1, 1, 0) })
model("e", { "model.positions": ndarray("u8", [long], new Uint8Array(long)), "model.mask": mask(1, 0, 0) })

const linear = (...names: readonly string[]) => `merge_method: linear\nmodels: [${names.map((name) => `{model: ${name}, parameters: {weight: 1}}`).join(", ")}]\n`
const found = (yaml: string) => passedOverOf(planned(yaml, { folder }))

describe("[F17] tensors that are copied", () => {
  it("are counted where they are not the same in all models, to the last element, and of one dtype", () => {
    expect(found(linear("a", "b"))).toBeUndefined()
    expect(found(linear("a", "b", "c"))).toEqual({ tensors: 1, first: "model.positions", from: join(folder, "a") })
    expect(found(linear("a", "d"))).toEqual({ tensors: 2, first: expect.stringMatching(/^model\.(positions|mask)$/), from: join(folder, "a") })
    expect(found(linear("c", "d"))).toEqual({ tensors: 1, first: "model.mask", from: join(folder, "c") })
    expect(found(linear("a", "e"))?.tensors).toBe(1)
    expect(found("merge_method: passthrough\nmodels: [{model: a}]\n")).toBeUndefined()
  })
  it("are the base's, whichever models are merged", async () => {
    const yaml = "merge_method: task_arithmetic\nbase_model: c\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\n"
    expect(found(yaml)).toEqual({ tensors: 1, first: "model.positions", from: join(folder, "c") })
    expect(await execute(planned(yaml, { folder, out: join(folder, "based") }), join(folder, "based"))).toBe("done")
    expect(readMerged(join(folder, "based"))["model.positions"]).toEqual(positions(8))
  })
  it("do not make it another merge", () => {
    const plan = planned(linear("a", "c"), { folder })
    const without = { ...plan, tensors: plan.tensors.map((tensor) => (tensor.work._tag === "copy" ? { ...tensor, work: { ...tensor.work, passedOver: [] } } : tensor)) }
    expect(mergeId(without)).toBe(mergeId(plan))
  })
  it("are left out where an earlier stage has yet to make them", () => {
    model("later", { "model.positions": positions(9), "model.mask": mask(1, 0, 0) })
    const plan = planned(linear("a", "later", "d"), { folder })
    expect(passedOverOf(plan)?.tensors).toBe(2)
    rmSync(join(folder, "later"), { recursive: true })
    expect(passedOverOf(plan)?.tensors).toBe(2)
    expect(passedOverOf({ ...plan, inputs: plan.inputs.slice(0, 2), tensors: plan.tensors.map((tensor) => (tensor.work._tag === "copy" ? { ...tensor, work: { ...tensor.work, passedOver: tensor.work.passedOver.slice(0, 1) } } : tensor)) })).toBeUndefined()
  })
  it("are told by the command, with the plan and with the result, in words and as JSON", async () => {
    writeFileSync(join(folder, "m.yml"), linear("a", "c"))
    const said = `model.positions, of whole numbers, is not the same in all models: it is copied from ${join(folder, "a")}`
    const lines = async (...more: readonly string[]) => (await runCommand(["merge", "m.yml", "told", ...more], folder)).stdout.trimEnd().split("\n")
    const passedOver = { tensors: 1, first: "model.positions", from: join(folder, "a") }
    expect((await lines("--plan")).slice(-1)).toEqual([`  ${said}`])
    for (const last of [/told: .* tensors, .* in /, /told: is this merge already$/]) expect((await lines()).slice(-3)).toEqual([`  ${said}`, expect.stringMatching(last), `  ${said}`])
    const events = (await lines("--json")).map((line) => JSON.parse(line) as { readonly event: string })
    expect(events).toEqual([expect.objectContaining({ event: "plan", passedOver }), expect.objectContaining({ event: "done", passedOver })])
    expect(describePassedOver({ ...passedOver, tensors: 2 })).toEqual([`2 tensors of whole numbers are not the same in all models: they are copied from one, model.positions from ${join(folder, "a")}`])
  })
})
