/**
 * Weights of a published network, from a checkpoint on the disk (safetensors, tfjs, ONNX), as numbers: what is stored in 8 bits is
 * dequantised. With `alongside`, only the tensors that another checkpoint has too, by name and shape: what the two can be merged in.
 */
import { closeFiles, decodeHalves, defineKind, describeFault, ndarray, NodeFailure, openCheckpoint, openFiles, readRange, text, type ModelFiles, type OpenFile, type TensorPlace } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { resolve } from "node:path"
import { namedTensors } from "../port/tensors.ts"

export const publishedWeights = defineKind({
  id: "dataset/published-weights",
  module: import.meta.url,
  title: "Weights of a published network",
  params: {
    path: text({ doc: "Folder or file of the checkpoint, from the current folder" }),
    alongside: text({ default: "", doc: "Another checkpoint: only tensors that it has too, of the same shape" }),
    remedy: text({ default: "", doc: "What to do when it is not there" }),
  },
  inputs: {},
  outputs: { tensors: namedTensors },
  files: ({ path, alongside }) => [path, ...(alongside === "" ? [] : [alongside])].flatMap(filesOf),
  run: (_, { path, alongside, remedy }) => {
    const model = orFail(path, "path", remedy)
    const other = alongside === "" ? undefined : orFail(alongside, "alongside", remedy)
    const places = [...model.tensors.values()].filter(({ name, shape }) => other === undefined || other.tensors.get(name)?.shape.join() === shape.join())
    if (places.length === 0) throw new NodeFailure(`${path} and ${alongside}: expected tensors of the same names and shapes, got none`, { param: "alongside" })
    const files = openFiles(model.files)
    try {
      return { tensors: { meta: { source: path }, tensors: Object.fromEntries(places.map((place) => [place.name, ndarray("f32", place.shape, numbersOf(place, files))])) } }
    } finally {
      closeFiles(files)
    }
  },
})

const filesOf = (path: string): readonly string[] => {
  const opened = openCheckpoint(resolve(path))
  return E.isRight(opened) ? opened.right.files.map((file) => file.path) : [resolve(path)]
}

const orFail = (path: string, param: string, remedy: string): ModelFiles => {
  const opened = openCheckpoint(resolve(path))
  if (E.isRight(opened)) return opened.right
  throw new NodeFailure(`${describeFault(opened.left)}${remedy === "" ? "" : `; ${remedy}`}`, { param })
}

const numbersOf = (place: TensorPlace, files: readonly OpenFile[]): Float32Array => {
  const bytes = new Uint8Array(place.bytes)
  readRange(files, place.file, place.start, bytes)
  const stored = elementsOf(place, bytes)
  const { affine } = place
  return Float32Array.from(stored, affine === undefined ? Number : (x) => x * affine.scale + affine.min)
}

const elementsOf = ({ name, dtype }: TensorPlace, bytes: Uint8Array): Uint8Array | Float32Array | Float64Array => {
  switch (dtype) {
    case "U8": return bytes
    case "F32": return new Float32Array(bytes.buffer)
    case "F64": return new Float64Array(bytes.buffer)
    case "F16": return decodeHalves("f16", new Uint16Array(bytes.buffer))
    case "BF16": return decodeHalves("bf16", new Uint16Array(bytes.buffer))
    default: throw new NodeFailure(`tensor ${name}: expected floats or 8 bits, got ${dtype}`)
  }
}
