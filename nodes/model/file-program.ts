/** A model as the program that goes into a file: token ids in, logits out, and all weights as constants. */
import { input, makeProgram, type Program, type Tensors } from "#src"
import type { Model } from "../port/model.ts"
import type { Substrate } from "../port/substrate.ts"
import { modelInputs } from "../port/model-inputs.ts"

export interface FileProgram {
  /** `input_ids` i32 [rows, context] -> `logits` f32 [rows, context, vocabulary]. */
  readonly program: Program
  readonly constants: Tensors
}

/** `rows` sequences of the model's context at a time. The substrate must be the one the model was trained on. */
export const fileProgram = (model: Model, substrate: Substrate, rows: number): FileProgram => {
  const { expressions, values, logits } = modelInputs(model, substrate)
  const ids = input("input_ids", [rows, model.meta.context], "i32")
  return { program: makeProgram({ inputs: [...Object.values(expressions), ids], outputs: { logits: logits(ids) } }), constants: values }
}
