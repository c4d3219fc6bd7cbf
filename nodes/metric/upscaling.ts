/**
 * How well a network makes small pictures large again: pictures are made smaller by means over squares of pixels, the network makes them as large as they
 * were, and what it gives is held against them. Peak signal-to-noise ratio, `-10 log10` of the mean square error over a picture with values from
 * 0 to 1, mean over pictures, in dB. Without a network each pixel becomes a square: what a network must be above to be of use.
 */
import { avgPool2d, cast, concat, constant, defineKind, input, integer, makeProgram, max, mean, metricPort, min, mul, must, NodeFailure, one, optional, repeatInterleave, reshape, sub, withProgram, type Exprs, type Tensors } from "#src"
import { batchesOf, countOf, examples, pick } from "../port/examples.ts"
import { namedTensors } from "../port/tensors.ts"
import { factorOf, maps, residualDense } from "./residual-dense.ts"

const rows = 20
export const upscaling = defineKind({
  id: "metric/upscaling",
  module: import.meta.url,
  title: "Pictures made large again",
  reference: "https://arxiv.org/abs/1802.08797",
  params: {
    factor: integer({ min: 1, max: 8, default: 2, doc: "How many times smaller pictures are made; networks make them larger by as much" }),
    from: integer({ min: 0, max: 1e9, default: 0, doc: "The first picture" }),
    pictures: integer({ min: 1, max: 1e6, default: 200, doc: "How many, from there on" }),
  },
  inputs: { network: optional(namedTensors), rest: optional(namedTensors), examples: one(examples) },
  outputs: { metric: metricPort },
  onDevice: true,
  run: async ({ network, rest, examples: of }, { factor, from, pictures }, context) => {
    const [, height, width] = must(of.tensors["input"], "examples.input").shape as readonly [number, number, number]
    if (from + pictures > countOf(of)) throw new NodeFailure(`there are ${countOf(of)} pictures, those from ${from} to ${from + pictures} are asked for`, { param: "pictures" })
    if (height % factor !== 0 || width % factor !== 0) throw new NodeFailure(`pictures of ${height} x ${width} cannot be made ${factor} times smaller`, { param: "factor" })
    const tensors = network === undefined ? undefined : weightsOf({ ...rest?.tensors, ...network.tensors }, network.meta.source, factor)
    const weights: Exprs = Object.fromEntries(Object.entries(tensors ?? {}).map(([name, { shape }]) => [name, input(name, shape)]))
    const given = input("input", [rows, height * width], "u8")
    const large = reshape(mul(cast(given, "f32"), 1 / 255), [rows, 1, height, width])
    const small = avgPool2d(large, factor)
    const found = tensors === undefined ? repeatInterleave(repeatInterleave(small, factor, 2), factor, 3) : residualDense(weights, concat([small, small, small], 1), factor)
    const off = sub(min(max(found, constant(0)), constant(1)), large)
    const program = makeProgram({ inputs: [...Object.values(weights), given], outputs: { error: mean(mul(off, off), [1, 2, 3]) } })
    return withProgram(await context.device(), program, tensors ?? {}, async (bound) => {
      let sum = 0
      for (const { places, count } of batchesOf(pictures, rows)) {
        context.signal.throwIfAborted()
        const { error } = await bound.run({ input: pick(of, places.map((place) => from + place)).input })
        for (let i = 0; i < count; i++) sum -= 10 * Math.log10(Math.max(must(error, "error").data[i] as number, leastError))
      }
      return { metric: { title: "Pictures made large again", unit: "dB", better: "higher" as const, values: { psnr: sum / pictures } } }
    })
  },
})

/** A picture without a fault counts as 90 dB. */
const leastError = 1e-9

const weightsOf = (tensors: Tensors, source: string, factor: number): Tensors => {
  const names = maps.flatMap((name) => [`${name}/kernel`, `${name}/bias`])
  const lacks = names.find((name) => tensors[name] === undefined)
  if (lacks !== undefined) throw new NodeFailure(`${source} is no residual dense network: it has no tensor ${lacks}, nor has what is given for the rest`)
  if (factorOf(tensors) !== factor) throw new NodeFailure(`${source} makes pictures ${factorOf(tensors) ?? "no whole number of"} times larger, expected ${factor}`, { param: "factor" })
  return Object.fromEntries(names.map((name) => [name, must(tensors[name], name)]))
}
