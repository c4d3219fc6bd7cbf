/** Results that the binding of onnxruntime neither copies nor gives back. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { ndarray, zeros } from "../../../src/base/ndarray.ts"
import { inputName, lowerProgram, outputName } from "../../../src/device/onnx/encode.ts"
import { withEnd, writingInPlace } from "../../../src/device/onnx/in-place.ts"
import { encodeModel } from "../../../src/device/onnx/proto.ts"
import { importRuntime, loadRuntime, type OrtSession } from "../../../src/device/onnx/runtime.ts"
import { sessionOptions } from "../../../src/device/onnx/session-options.ts"
import { mul } from "../../../src/tensor/elementwise.ts"
import { trace } from "../../../src/tensor/trace.ts"

const doubled = trace({ x: { shape: [2] } }, ({ x }) => ({ y: mul(x, 2) }))

describe("results in place (D3)", () => {
  it("are written where they are wanted, and none is given back", async (context) => {
    const runtime = await loadRuntime(importRuntime)
    if (E.isLeft(runtime)) return context.skip(runtime.left._tag)
    const session = await runtime.right.createSession(encodeModel(withEnd(lowerProgram(doubled))), sessionOptions(1))
    const y = zeros("f32", [2])
    const [feeds, fetches] = [{ [inputName("x")]: runtime.right.tensor(ndarray("f32", [2], Float32Array.of(3, 4))) }, { [outputName("y")]: runtime.right.tensor(y) }]
    expect(await writingInPlace(session).run(feeds, fetches)).toBeUndefined()
    expect([...y.data]).toEqual([6, 8])
    await session.release()
  })

  it("hide no other error of a run", async () => {
    const failing = (message: string): OrtSession => ({ run: () => Promise.reject(new Error(message)), release: () => Promise.resolve() })
    await expect(writingInPlace(failing("Non-zero status code")).run({}, {})).rejects.toThrow("Non-zero status code")
    await expect(writingInPlace(failing("Non tensor type is temporarily not supported.")).run({}, {})).resolves.toBeUndefined()
  })
})
