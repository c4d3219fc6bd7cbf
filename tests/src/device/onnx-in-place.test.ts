/** Results that the binding of onnxruntime neither copies nor gives back. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, zeros } from "../../../src/base/ndarray.ts"
import { inputName, lowerProgram, outputName } from "../../../src/device/onnx/encode.ts"
import { refusalOf, withEnd, writingInPlace } from "../../../src/device/onnx/in-place.ts"
import { openOnnx } from "../../../src/device/onnx/open-onnx.ts"
import { encodeModel } from "../../../src/device/onnx/proto.ts"
import { importRuntime, loadRuntime, type OrtRuntime, type OrtSession } from "../../../src/device/onnx/runtime.ts"
import { sessionOptions } from "../../../src/device/onnx/session-options.ts"
import { mul } from "../../../src/tensor/elementwise.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { runOnce } from "../../support/any-device.ts"

const doubled = trace({ x: { shape: [2] } }, ({ x }) => ({ y: mul(x, 2) }))
const x = ndarray("f32", [2], Float32Array.of(3, 4))

describe("results in place (D3)", () => {
  it("are written where they are wanted, and none is given back", async (context) => {
    const runtime = await loadRuntime(importRuntime)
    if (E.isLeft(runtime)) return context.skip(runtime.left._tag)
    const refusal = must(await refusalOf(runtime.right), "what this version of the binding says")
    const session = await runtime.right.createSession(encodeModel(withEnd(lowerProgram(doubled))), sessionOptions(1))
    const y = zeros("f32", [2])
    const [feeds, fetches] = [{ [inputName("x")]: runtime.right.tensor(x) }, { [outputName("y")]: runtime.right.tensor(y) }]
    expect(await writingInPlace(session, refusal).run(feeds, fetches)).toBeUndefined()
    expect([...y.data]).toEqual([6, 8])
    await session.release()
  })

  it("hide no other error of a run", async () => {
    const failing = (message: string): OrtSession => ({ run: () => Promise.reject(new Error(message)), release: () => Promise.resolve() })
    await expect(writingInPlace(failing("Non-zero status code"), "no sequences").run({}, {})).rejects.toThrow("Non-zero status code")
    await expect(writingInPlace(failing("no sequences"), "no sequences").run({}, {})).resolves.toBeUndefined()
  })

  /** A binding that does so with `write`, or does not, at the end of each run that asks for a sequence. */
  const binding = (run: OrtSession["run"]): OrtRuntime => ({
    version: "0",
    backends: [],
    createSession: () => Promise.resolve({ run, release: () => Promise.resolve() }),
    tensor: ({ shape, data }) => ({ dims: shape, data }),
  })

  it("are asked for only of a binding that has written them when it ends with an error", async () => {
    const writing: OrtSession["run"] = (_, { y }) => {
      must(y, "y").data[0] = 1
      return Promise.reject(new Error("no sequences"))
    }
    expect(await refusalOf(binding(writing))).toBe("no sequences")
    expect(await refusalOf(binding(() => Promise.reject(new Error("no sequences"))))).toBeUndefined()
    expect(await refusalOf(binding(() => Promise.resolve({})))).toBeUndefined()
  })

  it("are copied by a binding that can give sequences back", async () => {
    const opened = await openOnnx({ threads: 1 }, async () => {
      const { InferenceSession, Tensor, env } = (await importRuntime()) as { InferenceSession: { create(...args: unknown[]): Promise<OrtSession> }; Tensor: unknown; env: unknown }
      /** As if there were no refusal: a run that asks for a sequence gives back. */
      const run = (session: OrtSession): OrtSession["run"] => (feeds, fetches) => ("end" in fetches ? Promise.resolve({}) : session.run(feeds, fetches))
      const create = async (...args: unknown[]) => {
        const session = await InferenceSession.create(...args)
        return { run: run(session), release: () => session.release() }
      }
      return { InferenceSession: { create }, Tensor, env }
    })
    if (E.isLeft(opened)) throw new Error(opened.left.reason)
    expect([...must((await runOnce(opened.right, doubled, { x }))["y"], "y").data]).toEqual([6, 8])
    await opened.right.close()
  })
})
