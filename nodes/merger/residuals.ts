/**
 * What RegMean++ looks at of language models, as nodes: text between two blocks, and the Gram matrices of a part of each model on it. SPEC M6.
 *
 * Text between two blocks is kept as a value, rather than sent through all merged blocks again where it is needed. Measured for 256 windows of 64
 * tokens at width 64: to write it takes 6 ms and to read it, twice, 7 ms each; the block below it 60 ms. For 32 windows of 256 at width 1,024 it is
 * 40 and 70 ms to 1,800: bytes grow as the width, a block's work as its square.
 */
import { defineKind, must, ndarray, one, optional, tensorsPort, words, type NdArray, type PortValue } from "#src"
import * as t from "io-ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { asGramMatrices, gramMatrices } from "./gram-matrices.ts"
import { modelPart } from "./model-parts.ts"
import { textLayout, watched, windowsOfEach } from "./text-grams.ts"
import { spreadWindows } from "./with-data/text-windows.ts"
import { embeddedWindows, gramsOfPart, throughBlock, type Residuals } from "./with-data/through-block.ts"

/** `stream` f32 [windows, context, width], what goes into a block; `lengths` i32 [windows], tokens of each window. */
export const residuals = tensorsPort("residuals", t.readonly(t.type({})))

const asValue = ({ stream, lengths }: Residuals): PortValue<typeof residuals> => ({ meta: {}, tensors: { stream, lengths: ndarray("i32", [lengths.length], Int32Array.from(lengths)) } })
const residualsOf = ({ tensors }: PortValue<typeof residuals>): Residuals => ({ stream: must(tensors["stream"], "stream") as NdArray<"f32">, lengths: [...(must(tensors["lengths"], "lengths").data as Int32Array)] })

export const seeText = defineKind({
  id: "merger/seen-text",
  module: import.meta.url,
  title: "What goes into the first block",
  reference: "https://arxiv.org/abs/2508.03121",
  params: { locales: words({ default: [], doc: "Languages to look at; none means all of the text" }), windows: windowsOfEach },
  inputs: { layout: one(textLayout), substrate: one(substrate), below: optional(modelPart), tokens: one(tokens) },
  outputs: { residuals },
  onDevice: true,
  run: async ({ layout: { context, width }, below, ...given }, { locales, windows }, run) => {
    const seen = spreadWindows(given.tokens, context, locales, windows)
    const rows = below === undefined ? must(given.substrate.tensors["matrix"], "substrate.matrix") : must(below.tensors["substrate"], "substrate")
    return { residuals: asValue(await embeddedWindows(await run.device(), rows, width, seen, context, watched(run, seen.length))) }
  },
})

export const seeBlock = defineKind({
  id: "merger/seen-block",
  module: import.meta.url,
  title: "What goes into the next block",
  reference: "https://arxiv.org/abs/2508.03121",
  params: {},
  inputs: { residuals: one(residuals), block: one(modelPart) },
  outputs: { residuals },
  onDevice: true,
  run: async ({ residuals: before, block: { meta, tensors } }, _, run) => {
    const from = residualsOf(before)
    return { residuals: asValue(await throughBlock(await run.device(), from, meta.heads, tensors, watched(run, from.lengths.length))) }
  },
})

export const gramsOfModelPart = defineKind({
  id: "merger/part-grams",
  module: import.meta.url,
  title: "Inner products of what goes into each linear map",
  reference: "https://arxiv.org/abs/2508.03121",
  params: {},
  inputs: { residuals: one(residuals), part: one(modelPart) },
  outputs: { grams: gramMatrices },
  onDevice: true,
  run: async ({ residuals: before, part: { meta, tensors } }, _, run) => {
    const from = residualsOf(before)
    return { grams: asGramMatrices(await gramsOfPart(await run.device(), from, meta.heads, tensors, watched(run, from.lengths.length))) }
  },
})
