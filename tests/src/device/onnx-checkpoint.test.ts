/** SPEC A7 on onnxruntime: its optimiser neither folds what waits for a token nor merges it with what does not wait. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { encodeProgram } from "../../../src/device/onnx/encode.ts"
import { importRuntime, loadRuntime } from "../../../src/device/onnx/runtime.ts"
import { checkpoint } from "../../../src/tensor/checkpoint.ts"
import { mul, sin, square, tanh } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { mean } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"

/** How many nodes of a type are left in the model that onnxruntime runs (field 4 of a node is its type). */
const nodesLeft = async (program: Program, type: string): Promise<number> => {
  const runtime = await loadRuntime(importRuntime)
  if (E.isLeft(runtime)) throw new Error("onnxruntime cannot be loaded")
  const folder = mkdtempSync(join(tmpdir(), "cambium-"))
  try {
    const file = join(folder, "optimised.onnx")
    const session = await runtime.right.createSession(encodeProgram(program), { graphOptimizationLevel: "all", optimizedModelFilePath: file, logSeverityLevel: 3 })
    await session.release()
    return readFileSync(file).toString("latin1").split(`"${String.fromCharCode(type.length)}${type}`).length - 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it("keeps the second forward pass and its copy of the argument (A7)", async () => {
  const [x, w] = [input("x", [4, 4]), input("w", [4, 4])]
  const program = (wrap: typeof checkpoint): Program => {
    const layer = wrap(({ x: at }) => matmul(tanh(matmul(tanh(at as Expr), w)), w))
    const y = layer({ x: layer({ x: sin(mul(x, w)) }) })
    return makeProgram({ outputs: { g: must(gradients(mean(square(y)), [w])[0], "gradient") } })
  }
  const [plain, thrifty] = [program((f) => f), program(checkpoint)]
  expect([await nodesLeft(plain, "Tanh"), await nodesLeft(plain, "Where")]).toEqual([4, 0])
  expect([await nodesLeft(thrifty, "Tanh"), await nodesLeft(thrifty, "Where")]).toEqual([8, 2])
})
