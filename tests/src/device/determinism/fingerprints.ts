/** Hashes of what a device computes: generated cases of every op, random programs with their gradients, kernels large enough to spread over threads. */
import fc from "fast-check"
import { contentHash } from "../../../../src/base/content.ts"
import type { Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import type { Device } from "../../../../src/device/device.ts"
import { gelu, logSoftmax, softmax } from "../../../../src/tensor/activation.ts"
import { conv2d } from "../../../../src/tensor/convolution.ts"
import { add, mul, square, tanh } from "../../../../src/tensor/elementwise.ts"
import type { Exprs } from "../../../../src/tensor/expr.ts"
import { gradients } from "../../../../src/tensor/gradient.ts"
import { gather, scatterAdd } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../../src/tensor/make-program.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import type { Program } from "../../../../src/tensor/program.ts"
import { cumsum, mean, reduceSum } from "../../../../src/tensor/reduce.ts"
import { reshape } from "../../../../src/tensor/reshape.ts"
import { trace } from "../../../../src/tensor/trace.ts"
import { assemble } from "../conformance/assemble.ts"
import type { Case } from "../conformance/case.ts"
import { differentiable, randomArguments, randomInputs, randomValue } from "../conformance/random-program.ts"
import { floats, ints } from "../conformance/values.ts"
import { draw } from "../generated/check.ts"
import { generated } from "../generated/table.ts"

interface Work {
  readonly program: Program
  readonly inputs: Tensors
}

const opWork = (op: OpName): Work => {
  const { seed, cases } = draw(6)
  return assemble({ [op]: () => fc.sample(generated[op] as fc.Arbitrary<Case<OpAttrs[OpName]>>, { seed, numRuns: cases }) })
}

const programs = (): Work => {
  const { seed, cases } = draw(4)
  const inputs = randomInputs()
  const at = differentiable.map((name) => inputs[name]!)
  const outputs: Exprs = Object.fromEntries(
    Array.from({ length: cases }, (_, i) => randomValue(random(`${seed}/${i}`), inputs, 40)).flatMap((value, i) => [
      [`${i}`, value],
      ...gradients(mean(tanh(value)), at).map((gradient, j) => [`${i}/${differentiable[j]}`, gradient] as const),
    ]),
  )
  const program = makeProgram({ outputs })
  const all = randomArguments(random("arguments"))
  return { program, inputs: Object.fromEntries(Object.keys(program.inputs).map((name) => [name, all[name]!])) }
}

const large = (): Work => ({
  program: trace(
    { x: { shape: [384, 128] }, w: { shape: [128, 160] }, f: { shape: [8, 6, 3, 3] }, rows: { shape: [384], dtype: "i32" } },
    ({ x, w, f, rows }) => {
      const images = reshape(x, [8, 6, 32, 32])
      const hidden = gelu(matmul(x, w))
      const weights = softmax(hidden)
      const [byImage, byFilter, byWeight] = gradients(add(mean(square(conv2d(images, f, { padding: "same" }))), mean(logSoftmax(hidden))), [images, f, w])
      return {
        hidden,
        weights,
        byImage: byImage!,
        byFilter: byFilter!,
        byWeight: byWeight!,
        sums: reduceSum(mul(weights, 1e3), 0),
        running: cumsum(reduceSum(hidden, 1)),
        scattered: scatterAdd(rows, gather(weights, rows), 0, 7),
      }
    },
  ),
  inputs: {
    x: floats(random("x"), [384, 128]),
    w: floats(random("w"), [128, 160]),
    f: floats(random("f"), [8, 6, 3, 3]),
    rows: ints(random("rows"), [384], 0, 7),
  },
})

const hashes = (outputs: Tensors): readonly (readonly [string, string])[] => Object.entries(outputs).map(([name, array]) => [name, contentHash(array)])

/** Every second input of those. */
const half = (inputs: Tensors, rest: 0 | 1): Tensors => Object.fromEntries(Object.entries(inputs).filter((_, i) => i % 2 === rest))

/** A hash for every output; of the large kernels in a second run of the same binding, and of some with half of their inputs bound, as well. */
export const fingerprints = async (device: Device): Promise<Readonly<Record<string, string>>> => {
  const found: (readonly [string, string])[] = []
  const work = [...(Object.keys(generated) as OpName[]).map(opWork), programs(), large()]
  for (const [i, { program, inputs }] of work.entries()) {
    const compiled = await device.compile(program)
    const bound = await compiled.bind({})
    for (const turn of i === work.length - 1 ? ["", " again"] : [""]) found.push(...hashes(await bound.run(inputs)).map(([name, hash]) => [`${name}${turn}`, hash] as const))
    await bound.close()
    if (i >= work.length - 2) {
      for (const rest of [0, 1] as const) {
        const holding = await compiled.bind(half(inputs, rest))
        found.push(...hashes(await holding.run(half(inputs, rest === 0 ? 1 : 0))).map(([name, hash]) => [`${name} with ${rest} bound`, hash] as const))
        await holding.close()
      }
    }
    await compiled.close()
  }
  return Object.fromEntries(found)
}
