/**
 * A program as a file for other runtimes: operators of the ONNX standard only, weights inside, inputs and outputs under their own
 * names. What the ONNX device itself runs (`encode.ts`) is faster there and is not meant to leave it. SPEC D11.
 */
import { bytesOf, type Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import { carried } from "./carrier.ts"
import { Emit, valueInfo } from "./emit.ts"
import { inputName, irVersion, lowerNodes, opset, outputName, type Naming } from "./encode.ts"
import { dataType, encodeModel, type OnnxModel, type OnnxTensor } from "./proto.ts"

export interface ExportOptions {
  /** Inputs that become part of the file, with their values. */
  readonly constants: Tensors
  /** Of the program that writes it. */
  readonly version: string
  /** One sentence for people. */
  readonly description: string
  readonly metadata: { readonly [key: string]: string }
}

/** Names that this lowering gives to values in between. */
const isInner = (name: string): boolean => /^[cv]\d+$/.test(name)

/** Their own names, unless two would be the same: ONNX knows values by name alone. */
const namingOf = ({ inputs, outputs }: Program): Naming => {
  const names = [...Object.keys(inputs), ...Object.keys(outputs)]
  const isClear = new Set(names).size === names.length && !names.some(isInner)
  return isClear ? { input: (name) => name, output: (name) => name } : { input: inputName, output: outputName }
}

export const exportModel = (program: Program, { constants, version, description, metadata }: ExportOptions): OnnxModel => {
  const emit = new Emit({ standard: true })
  const naming = namingOf(program)
  const typeOf = (side: "inputs" | "outputs", name: string) => program.steps[program[side][name]!]!
  const given = Object.keys(program.inputs).filter((name) => !Object.hasOwn(constants, name))
  // Integers come in as int64, as everywhere else in the world of ONNX.
  const casts = new Map(given.filter((name) => typeOf("inputs", name).dtype === "i32").map((name) => [name, emit.cast(naming.input(name), "i32")]))
  const node = lowerNodes(program, emit, { ...naming, input: (name) => casts.get(name) ?? naming.input(name) })
  const weights = Object.entries(constants).map(([name, array]): OnnxTensor => {
    const { dtype, shape, data } = carried(array)
    return { name: naming.input(name), dataType: dataType[dtype], dims: shape, rawData: bytesOf({ dtype, shape, data }) }
  })
  return {
    irVersion,
    producerName: "cambium",
    producerVersion: version,
    docString: description,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    opsetImport: [{ domain: "", version: opset }],
    graph: {
      name: "cambium",
      node,
      initializer: [...weights, ...emit.literals],
      input: given.map((name) => valueInfo(naming.input(name), { dtype: casts.has(name) ? "i64" : typeOf("inputs", name).dtype, shape: typeOf("inputs", name).shape })),
      output: Object.keys(program.outputs).map((name) => valueInfo(naming.output(name), typeOf("outputs", name))),
    },
  }
}

/** The bytes of the file. Equal programs and constants give equal bytes. */
export const exportProgram = (program: Program, options: ExportOptions): Uint8Array => encodeModel(exportModel(program, options))
