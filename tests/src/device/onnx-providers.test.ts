/** Execution providers of onnxruntime: each op is computed as the interpreter does, or refused in words; never by the CPU instead. */
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, it, test } from "vitest"
import { DeviceFailure } from "../../../src/device/device-error.ts"
import type { OnnxProvider } from "../../../src/device/device.ts"
import { openProvider } from "../../../src/device/onnx/open-onnx.ts"
import { spoken } from "../../../src/device/onnx/provider.ts"
import { importRuntime } from "../../../src/device/onnx/runtime.ts"
import type { OpName } from "../../../src/tensor/op.ts"
import { runOnce } from "../../support/any-device.ts"
import { interpret } from "../../support/interpreter.ts"
import { assemble } from "./conformance/assemble.ts"
import { cases } from "./conformance/table.ts"
import { difference, tolerances } from "./conformance/tolerance.ts"

const providers: readonly OnnxProvider[] = ["cuda", "coreml", "dml", "webgpu"]
/** Without these a provider is of no use here. */
const needed: readonly OpName[] = ["add", "mul", "tanh", "exp", "softmax", "reshape"]
/** WGSL asks for sines with an error of no more than 2^-11; what shaders make of others near 0 is no better. */
const coarse: readonly OpName[] = ["sin", "cos", "expm1", "log1p"]

for (const provider of providers) {
  const opened = await openProvider(provider, { threads: 1 })
  if (E.isLeft(opened)) {
    test(`onnx:${provider} says why it cannot be had (D12)`, () => {
      expect(opened.left).toMatchObject({ device: `onnx:${provider}`, reason: expect.stringMatching(/^\S.{10,}/) as string })
    })
    continue
  }
  const device = opened.right
  describe(`onnx:${provider}`, () => {
    afterAll(() => device.close())

    it.each(Object.keys(cases) as OpName[])("computes %s as the interpreter does, or refuses it in words (D12)", async (op) => {
      const { program, inputs, labels } = assemble({ [op]: cases[op] })
      const got = await runOnce(device, program, inputs).catch((error: unknown) => error)
      if (got instanceof Error) {
        expect(got).toBeInstanceOf(DeviceFailure)
        expect(got.message).toContain("and the CPU does not stand in")
        return expect(needed).not.toContain(op)
      }
      const want = interpret(program, inputs)
      const { absolute, relative } = tolerances[op]
      const outputs = got as typeof want
      expect(Object.keys(labels).flatMap((name) => difference(outputs[name], want[name]!, { absolute: coarse.includes(op) ? 2 ** -11 : 10 * absolute, relative: 10 * relative }) ?? [])).toEqual([])
    })
  })
}

test("a provider that the build does not have is named with those it has (D12)", async () => {
  const { default: module } = (await importRuntime()) as { default: object }
  const opened = await openProvider("cuda", { threads: 1 }, async () => ({ ...module, listSupportedBackends: () => [{ name: "cpu", bundled: true }] }))
  expect(opened).toMatchObject(E.left({ _tag: "library-missing", device: "onnx:cuda", reason: expect.stringMatching(/no provider cuda on \w+ \w+; it has cpu$/) as string }))
})

test("what onnxruntime says of its own sources is left out", () => {
  const message = "/core/providers/webgpu/webgpu_context.cc:136 void WebGpuContext::Initialize() adapter_result.status == Success was false. Failed to get an adapter: none\n\nStack"
  expect(spoken(message)).toBe("Failed to get an adapter: none")
  expect(spoken("no such library")).toBe("no such library")
})
