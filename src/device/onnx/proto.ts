/**
 * The part of the ONNX format (onnx.proto3, github.com/onnx/onnx) that a lowered program needs: message types, their
 * protobuf field numbers, and bytes in both directions. Knows no op and no program.
 */
import protobuf from "protobufjs/light.js"
import { must } from "../../base/assert.ts"

/** `TensorProto.DataType`. */
export const dataType = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9, f16: 10, u64: 13, bf16: 16 } as const

/** `AttributeProto.AttributeType`. */
export const attributeType = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const

export interface OnnxAttribute {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly g?: OnnxGraph
  readonly ints?: readonly number[]
}

export interface OnnxNode {
  readonly opType: string
  readonly domain: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly OnnxAttribute[]
}

/** A literal tensor: `rawData`, or what `externalData` names, is little-endian, row-major. */
export interface OnnxTensor {
  readonly name: string
  readonly dataType: number
  readonly dims: readonly number[]
  readonly rawData?: Uint8Array
  readonly dataLocation?: number
  readonly externalData?: readonly { readonly key: string; readonly value: string }[]
}

interface OnnxTensorType {
  readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly { readonly dimValue: number }[] } }
}

export interface OnnxValueInfo<Type = OnnxTensorType> {
  readonly name: string
  readonly type: Type
}

export type OnnxSequenceInfo = OnnxValueInfo<{ readonly sequenceType: { readonly elemType: OnnxTensorType } }>

/** The nodes of a model, or of one iteration of a loop: those read values of the graph around them by name. */
export interface OnnxGraph<Output = OnnxValueInfo> {
  readonly name: string
  readonly node: readonly OnnxNode[]
  readonly initializer: readonly OnnxTensor[]
  readonly input: readonly OnnxValueInfo[]
  readonly output: readonly Output[]
}

export interface OnnxModel<Output = OnnxValueInfo> {
  readonly irVersion: number
  readonly producerName: string
  readonly producerVersion?: string
  readonly docString?: string
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[]
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]
  readonly graph: OnnxGraph<Output>
}

const one = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: "repeated" as const, type, id })
/** `dims` and `ints` are written unpacked, as in proto2: every reader takes that. */
const numbers = (id: number) => ({ rule: "repeated" as const, type: "int64", id, options: { packed: false } })

const descriptor: protobuf.INamespace = {
  nested: {
    ModelProto: {
      fields: {
        irVersion: one("int64", 1),
        producerName: one("string", 2),
        producerVersion: one("string", 3),
        docString: one("string", 6),
        graph: one("GraphProto", 7),
        opsetImport: many("OperatorSetIdProto", 8),
        metadataProps: many("StringStringEntryProto", 14),
      },
    },
    StringStringEntryProto: { fields: { key: one("string", 1), value: one("string", 2) } },
    OperatorSetIdProto: { fields: { domain: one("string", 1), version: one("int64", 2) } },
    GraphProto: {
      fields: {
        node: many("NodeProto", 1),
        name: one("string", 2),
        initializer: many("TensorProto", 5),
        input: many("ValueInfoProto", 11),
        output: many("ValueInfoProto", 12),
      },
    },
    NodeProto: {
      fields: {
        input: many("string", 1),
        output: many("string", 2),
        opType: one("string", 4),
        attribute: many("AttributeProto", 5),
        domain: one("string", 7),
      },
    },
    AttributeProto: {
      fields: {
        name: one("string", 1),
        f: one("float", 2),
        i: one("int64", 3),
        s: one("bytes", 4),
        g: one("GraphProto", 6),
        ints: numbers(8),
        type: one("int32", 20),
      },
    },
    TensorProto: {
      fields: {
        dims: numbers(1),
        dataType: one("int32", 2),
        name: one("string", 8),
        rawData: one("bytes", 9),
        externalData: many("StringStringEntryProto", 13),
        dataLocation: one("int32", 14),
      },
    },
    ValueInfoProto: { fields: { name: one("string", 1), type: one("TypeProto", 2) } },
    TypeProto: { fields: { tensorType: one("TypeProtoTensor", 1), sequenceType: one("TypeProtoSequence", 4) } },
    TypeProtoSequence: { fields: { elemType: one("TypeProto", 1) } },
    TypeProtoTensor: { fields: { elemType: one("int32", 1), shape: one("TensorShapeProto", 2) } },
    TensorShapeProto: { fields: { dim: many("Dimension", 1) } },
    Dimension: { fields: { dimValue: one("int64", 1) } },
  },
}

/** One for all models: the library writes and compiles functions for it when it is used first. */
const modelType = must(protobuf.Root.fromJSON(descriptor).lookupType("ModelProto"), "ModelProto")

/** The bytes of an `.onnx` file. */
export const encodeModel = (model: OnnxModel<OnnxValueInfo | OnnxSequenceInfo>): Uint8Array => modelType.encode(model).finish()

/** The model in the bytes of an `.onnx` file, as far as the fields above go; unknown fields are skipped. */
export const decodeModel = (bytes: Uint8Array): OnnxModel =>
  modelType.toObject(modelType.decode(bytes), { longs: Number, arrays: true, defaults: true }) as OnnxModel
