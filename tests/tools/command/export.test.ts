/** `cambium export`: the file it writes is the model, and what cannot be written is refused before anything runs. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { must, ndarray, openDevice } from "#src"
import { fileProgram } from "../../../nodes/model/file-program.ts"
import { model } from "../../../nodes/port/model.ts"
import { substrate } from "../../../nodes/port/substrate.ts"
import { exportTarget } from "../../../tools/command/export-target.ts"
import { loadGraph } from "../../../tools/command/load-graph-file.ts"
import { runOnce } from "../../support/any-device.ts"
import { runCommand, scratchFolder } from "../../support/command.ts"
import { runElsewhere } from "../../support/second-runtime.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const graph = fileURLToPath(new URL("../../../graphs/two-experts.ts", import.meta.url))
const at = (name: string): string => join(folder.path, name)
const decoded = <A>(port: { decode(bytes: Uint8Array): E.Either<string, A> }, file: string): A => {
  const value = port.decode(readFileSync(at(file)))
  if (E.isLeft(value)) throw new Error(value.left)
  return value.right
}

describe("cambium export", () => {
  it("writes a model that another runtime runs to the same numbers, and its tokenizer beside it (D11)", async () => {
    const small = [graph, "--tiny", "--device", "gpujs:cpu"]
    const ended = await runCommand(["export", ...small, "expert/ru.model", "--onnx", "ru.onnx"], folder.path)
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/^ru\.onnx: expert\/ru\.model, 45,920 weights, input_ids int64 \[1, 32\] -> logits float32 \[1, 32, 512\]\nru\.tokenizer\.json: its tokenizer\n$/)
    // Only what the model needs ran, and a run finds it.
    expect(ended.stderr).not.toContain("expert/zh")
    const saved = await runCommand(["run", ...small, "--json", "--target", "expert/ru", "--save", "expert/ru.model=ru.safetensors", "--save", "glyphs.substrate=glyphs.safetensors"], folder.path)
    expect(saved.lines().find(({ node }) => node === "expert/ru")?.state).toBe("reused")

    const { program, constants } = fileProgram(decoded(model, "ru.safetensors"), decoded(substrate, "glyphs.safetensors"), 1)
    const ids = { input_ids: ndarray("i32", [1, 32], Int32Array.from({ length: 32 }, (_, i) => (i * 37) % 512)) }
    const device = await openDevice("gpujs:cpu", { threads: 1 })
    if (E.isLeft(device)) throw new Error(device.left.reason)
    const here = must((await runOnce(device.right, program, { ...constants, ...ids }))["logits"], "logits").data
    const there = must((await runElsewhere(readFileSync(at("ru.onnx")), ids))["logits"], "logits").data
    await device.right.close()
    expect(Math.max(...Array.from(here, Math.abs))).toBeGreaterThan(0.01)
    expect(Math.max(...Array.from(here, (x, i) => Math.abs(x - must(there[i], "logit"))))).toBeLessThan(1e-4)
    expect(JSON.parse(readFileSync(at("ru.tokenizer.json"), "utf8"))).toMatchObject({ model: { type: "BPE" } })
  })

  it("refuses what is no model, in words, before anything runs", async () => {
    const ended = await runCommand(["export", graph, "compose.scores", "--onnx", "a.onnx", "--store", "unused"], folder.path)
    expect([ended.code, ended.stdout]).toEqual([2, ""])
    expect(ended.stderr).toContain("cambium export: compose.scores is of type stream of scores")
    expect([existsSync(at("unused")), existsSync(at("a.onnx"))]).toEqual([false, false])
  })

  const models = "models can be exported, and those of this graph are expert/ru.model, expert/zh.model"
  it.each([
    ["model", `expected NODE.PORT, got "model"; ${models}`],
    ["expert/rru.model", `there is no node called expert/rru (did you mean expert/ru?); ${models}`],
    ["expert/ru.modle", "there is no output of expert/ru called modle; there are model, curve, frozen (did you mean model?)"],
    ["compose.scores", `compose.scores is of type stream of scores, which no program reads back as ONNX; ${models} (--save of cambium run writes any output)`],
  ])("says of %s what can be exported", async (text, message) => {
    const loaded = await loadGraph(graph, { set: [], tiny: true })
    expect(E.isRight(loaded) && exportTarget(text, loaded.right)).toEqual(E.left(message))
  })
})
