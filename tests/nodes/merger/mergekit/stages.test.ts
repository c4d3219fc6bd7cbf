/** Files of several documents: their order, and all of them planned before the first is merged. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { planAhead } from "../../../../nodes/merger/mergekit/plan-ahead.ts"
import { stagesOf } from "../../../../nodes/merger/mergekit/merge-stages.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { runCommand } from "../../../support/command.ts"
import { modelTensors, small, writeModel } from "../checkpoint/made-models.ts"

const folder = testFolder()
for (const name of ["a", "b", "c"]) writeModel(join(folder, name), modelTensors(small, name))
writeModel(join(folder, "wider"), modelTensors({ ...small, width: 7 }, "wider"))

const linear = (...models: readonly string[]) => `merge_method: linear\nmodels: [${models.map((model) => `{model: ${model}, parameters: {weight: 1}}`).join(", ")}]\n`
const named = (name: string, text: string) => `name: ${name}\n${text}`
const options = { folder, out: join(folder, "out"), compat: false, seed: "0" }
const stages = (...documents: readonly string[]) => stagesOf("merge.yml", documents.join("---\n"), options)
const ahead = (...documents: readonly string[]) => {
  const found = stages(...documents)
  if (E.isLeft(found)) throw new Error(found.left.join("\n"))
  return planAhead(found.right, options)
}

describe("several documents", () => {
  it("[F8] are merged in the order of their needs; the one without a name is the result, else the last", () => {
    const outs = (...documents: readonly string[]) => E.map((all: readonly { readonly out: string }[]) => all.map(({ out }) => out.slice(folder.length)))(stages(...documents))
    expect(outs(linear("second", "c"), named("first", linear("a", "b")), named("second", linear("first", "b")))).toEqual(E.right(["/out.stages/first", "/out.stages/second", "/out"]))
    expect(outs(named("one", linear("a", "b")), named("two", linear("one", "c")))).toEqual(E.right(["/out.stages/one", "/out"]))
    // A model of the stage's own name is one on the disk.
    expect(outs(named("a", linear("a", "b")), linear("a", "c"))).toEqual(E.right(["/out.stages/a", "/out"]))
  })

  it("[F8] that need each other are refused, and so are two without a name", () => {
    expect(stages(named("x", linear("y", "a")), named("y", linear("x", "a")))).toEqual(E.left(["merge.yml: expected stages that do not need each other, got x -> y -> x"]))
    expect(stages(linear("a", "b"), linear("b", "c"))).toMatchObject({ left: [expect.stringMatching(/^merge.yml:1:1: expected a name for each document/), expect.stringMatching(/^merge.yml:4:1: /)] })
  })

  it("[F6] are planned before the first is merged: what the last one makes of the others is known, and nothing stays behind", () => {
    const scratch = join(folder, "scratch")
    mkdirSync(scratch)
    vi.stubEnv("TMPDIR", scratch)
    const plans = ahead(named("one", linear("a", "b")), `base_model: a\n${linear("one", "c").replace("linear", "task_arithmetic")}out_dtype: float32\n`)
    expect(E.map((all: readonly { readonly plan: { readonly tensors: readonly { readonly dtype: string }[] } }[]) => all.map(({ plan }) => [plan.tensors.length, plan.tensors[0]?.dtype]))(plans)).toEqual(E.right([[12, "BF16"], [12, "F32"]]))
    vi.unstubAllEnvs()
    expect(readdirSync(scratch)).toEqual([])
  })

  it("[F6] all mistakes in them are told at once, but those that follow from another", () => {
    expect(ahead(named("one", linear("a", "wider")), named("two", linear("one", "b")), named("three", linear("a", "c")), `${linear("three", "wider")}`)).toMatchObject({
      left: [expect.stringMatching(/^wider: tensor model\.embed_tokens\.weight: expected \[11, 6\], as in a, /), ...Array(11).fill(expect.stringMatching(/^wider: tensor /)), expect.stringMatching(/^wider: tensor model\.embed_tokens\.weight: expected \[11, 6\], as in three, /), ...Array(11).fill(expect.stringMatching(/^wider: tensor /))],
    })
  })

  it("[F6] by the command: a plan of all of them, and no byte of the first when the last is wrong", async () => {
    const config = writeAt(join(folder, "good.yml"), `${named("one", linear("a", "b"))}---\n${linear("one", "c")}`)
    const plan = await runCommand(["merge", config, "good", "--plan", "--json"], folder)
    expect([plan.code, plan.stdout.trim().split("\n").map((line) => (JSON.parse(line) as { readonly out: string }).out.slice(folder.length))]).toEqual([0, ["/good.stages/one", "/good"]])
    for (const jobs of ["x", "0", "1.5"]) expect(await runCommand(["merge", config, "good", "--jobs", jobs], folder)).toMatchObject({ code: 2, stderr: `--jobs: expected a whole number from 1 to 1024, got "${jobs}"\n` })
    const wrong = await runCommand(["merge", writeAt(join(folder, "wrong.yml"), `${named("one", linear("a", "b"))}---\n${linear("one", "wider")}`), "bad"], folder)
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([2, "", expect.stringContaining("wider: tensor model.embed_tokens.weight: expected [11, 6], as in one, got [11, 7]")])
    writeAt(join(folder, "mine", "notes.txt"), "mine")
    const taken = { code: 2, stdout: "", stderr: `${join(folder, "mine")}: expected a new name or an earlier merge, got a folder that is not one\n` }
    for (const plan of [[], ["--plan"]]) expect(await runCommand(["merge", config, "mine", ...plan], folder)).toMatchObject(taken)
    expect([existsSync(join(folder, "mine", "notes.txt")), existsSync(join(folder, "mine.stages"))]).toEqual([true, false])
    expect([existsSync(join(folder, "bad")), existsSync(join(folder, "bad.stages")), existsSync(join(folder, "good.stages"))]).toEqual([false, false, false])
  })

  it("[F7] leave nothing but the result, and take nothing away that is not theirs", async () => {
    const config = writeAt(join(folder, "two.yml"), `${named("one", linear("a", "b"))}---\n${linear("one", "c")}`)
    for (const own of ["done.stages/notes.txt", "single.stages/notes.txt"]) writeAt(join(folder, own), "mine")
    expect(await runCommand(["merge", config, "done"], folder)).toMatchObject({ code: 0 })
    expect(await runCommand(["merge", config, "alone"], folder)).toMatchObject({ code: 0 })
    expect(await runCommand(["merge", writeAt(join(folder, "single.yml"), linear("a", "b")), "single"], folder)).toMatchObject({ code: 0 })
    expect([existsSync(join(folder, "alone")), existsSync(join(folder, "alone.stages")), readdirSync(join(folder, "done.stages")), readdirSync(join(folder, "single.stages"))]).toEqual([true, false, ["notes.txt"], ["notes.txt"]])
  })
})
