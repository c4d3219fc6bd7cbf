/**
 * Reads `.onnx` models and the `.pb` tensors beside them, as ONNX's own node tests store them: a second, independent reading
 * of the format (onnx.proto3, github.com/onnx/onnx), wider than what the lowering writes. Types that Cambium has no dtype
 * for are refused; 64-bit integers and floats become i32 and f32.
 */
import protobuf from "protobufjs/light.js"
import { must } from "../../../../src/base/assert.ts"
import { type Dtype, makeElements, type NdArray, ndarray, sizeOf } from "../../../../src/base/ndarray.ts"

export interface FileTensor {
  readonly name: string
  readonly dataType: number
  readonly dims: readonly number[]
  readonly rawData: Uint8Array
  readonly floatData: readonly number[]
  readonly int32Data: readonly number[]
  readonly int64Data: readonly number[]
  readonly doubleData: readonly number[]
}
export interface FileAttribute {
  readonly name: string
  readonly type: number
  readonly f: number
  readonly i: number
  readonly s: Uint8Array
  readonly t: FileTensor
  readonly g: FileGraph
  readonly floats: readonly number[]
  readonly ints: readonly number[]
  readonly strings: readonly Uint8Array[]
}
export interface FileNode {
  readonly opType: string
  readonly domain: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly FileAttribute[]
}
export interface FileGraph {
  readonly node: readonly FileNode[]
  readonly initializer: readonly FileTensor[]
  readonly input: readonly { readonly name: string }[]
  readonly output: readonly { readonly name: string }[]
}
export interface FileModel {
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]
  readonly graph: FileGraph
}

const one = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: "repeated" as const, type, id })

const descriptor: protobuf.INamespace = {
  nested: {
    Model: { fields: { graph: one("Graph", 7), opsetImport: many("Opset", 8) } },
    Opset: { fields: { domain: one("string", 1), version: one("int64", 2) } },
    Graph: { fields: { node: many("Node", 1), initializer: many("Tensor", 5), input: many("Value", 11), output: many("Value", 12) } },
    Value: { fields: { name: one("string", 1) } },
    Node: {
      fields: { input: many("string", 1), output: many("string", 2), opType: one("string", 4), attribute: many("Attribute", 5), domain: one("string", 7) },
    },
    Attribute: {
      fields: {
        name: one("string", 1),
        f: one("float", 2),
        i: one("int64", 3),
        s: one("bytes", 4),
        t: one("Tensor", 5),
        g: one("Graph", 6),
        floats: many("float", 7),
        ints: many("int64", 8),
        strings: many("bytes", 9),
        type: one("int32", 20),
      },
    },
    Tensor: {
      fields: {
        dims: many("int64", 1),
        dataType: one("int32", 2),
        floatData: many("float", 4),
        int32Data: many("int32", 5),
        int64Data: many("int64", 7),
        name: one("string", 8),
        rawData: one("bytes", 9),
        doubleData: many("double", 10),
      },
    },
  },
}

const read = <A>(type: string, bytes: Uint8Array): A => {
  const found = must(protobuf.Root.fromJSON(descriptor).lookupType(type), type)
  return found.toObject(found.decode(bytes), { longs: Number, arrays: true, defaults: true }) as A
}

export const readModel = (bytes: Uint8Array): FileModel => read("Model", bytes)
export const readTensor = (bytes: Uint8Array): FileTensor => read("Tensor", bytes)

/** Something of a model that Cambium does not have, in words. */
export class NotOurs extends Error {}

/** ONNX's number of an element type to the dtype that stands for it here. */
const dtypes: { readonly [type: number]: Dtype } = { 1: "f32", 2: "u8", 6: "i32", 7: "i32", 9: "bool", 10: "f16", 11: "f32", 16: "bf16" }

export const dtypeOf = (type: number): Dtype => {
  const dtype = dtypes[type]
  if (dtype === undefined) throw new NotOurs(`element type ${type}`)
  return dtype
}

const widths: { readonly [type: number]: number } = { 1: 4, 2: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 16: 2 }

const elementsOf = ({ dataType, rawData, floatData, int32Data, int64Data, doubleData }: FileTensor): readonly number[] => {
  if (rawData.length === 0) return dataType === 1 ? floatData : dataType === 7 ? int64Data : dataType === 11 ? doubleData : int32Data
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  const width = must(widths[dataType], "element type")
  const at = (i: number): number => {
    if (dataType === 1) return view.getFloat32(i, true)
    if (dataType === 11) return view.getFloat64(i, true)
    if (dataType === 6) return view.getInt32(i, true)
    // Their bits, which is how they are held here too.
    if (width === 2) return view.getUint16(i, true)
    return dataType === 7 ? Number(view.getBigInt64(i, true)) : view.getUint8(i)
  }
  return Array.from({ length: rawData.byteLength / width }, (_, i) => at(i * width))
}

/** The tensor as an array of the host. Integers that 32 bits do not hold are clamped: they only occur as bounds of slices. */
export const arrayOf = (tensor: FileTensor): NdArray => {
  const dtype = dtypeOf(tensor.dataType)
  const values = elementsOf(tensor)
  // Read as a tensor, a sequence has a type and extents but no elements.
  if (values.length !== sizeOf(tensor.dims)) throw new NotOurs("sequences")
  const data = makeElements(dtype, values.length)
  data.set(dtype === "i32" ? values.map((value) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))) : values)
  return ndarray(dtype, tensor.dims, data)
}
