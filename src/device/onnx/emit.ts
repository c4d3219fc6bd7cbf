/**
 * Collects the nodes and literals of one ONNX graph and hands out value names. Equal literals are stored once.
 * Knows the format, not the op list: what to emit for which op is in the row tables.
 */
import { hashBytes } from "../../base/hash.ts"
import { bytesOf, type Dtype, type NdArray, ndarray, type Shape } from "../../base/ndarray.ts"
import { attributeType, dataType, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./proto.ts"

/** Attribute values by name; numbers are integers, since no op used here has a float attribute. */
export type Attributes = { readonly [name: string]: number | string | readonly number[] }

/** onnxruntime's own operators, in every build of it. */
export const microsoft = "com.microsoft"

const attribute = (name: string, value: Attributes[string]): OnnxAttribute =>
  typeof value === "string"
    ? { name, type: attributeType.string, s: new TextEncoder().encode(value) }
    : typeof value !== "number"
      ? { name, type: attributeType.ints, ints: value }
      : { name, type: attributeType.int, i: value }

export class Emit {
  readonly nodes: OnnxNode[] = []
  readonly #literals = new Map<string, OnnxTensor>()
  #values = 0

  get literals(): readonly OnnxTensor[] {
    return [...this.#literals.values()]
  }

  /** Adds a node with one result and gives back the name of that result. */
  node(opType: string, input: readonly string[], attributes: Attributes = {}, domain = ""): string {
    const result = `v${this.#values++}`
    this.nodes.push({
      opType,
      domain,
      input,
      output: [result],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    })
    return result
  }

  constant({ dtype, shape, data }: NdArray): string {
    return this.#literal(dataType[dtype], shape, bytesOf({ dtype, shape, data }))
  }

  scalar(dtype: Dtype, value: number): string {
    const data = dtype === "f32" ? Float32Array.of(value) : dtype === "i32" ? Int32Array.of(value) : Uint8Array.of(value)
    return this.constant(ndarray(dtype, [], data))
  }

  /** A vector of int64, which is how ONNX takes shapes, axes and bounds. */
  int64(values: readonly number[]): string {
    return this.#literal(dataType.i64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer))
  }

  reshape(value: string, shape: Shape): string {
    return this.node("Reshape", [value, this.int64(shape)], { allowzero: 1 })
  }

  expand(value: string, shape: Shape): string {
    return this.node("Expand", [value, this.int64(shape)])
  }

  cast(value: string, to: keyof typeof dataType): string {
    return this.node("Cast", [value], { to: dataType[to] })
  }

  #literal(type: number, dims: Shape, rawData: Uint8Array): string {
    const key = `${type} ${dims.join(" ")} ${hashBytes(rawData)}`
    const known = this.#literals.get(key)
    if (known !== undefined) return known.name
    const name = `c${this.#literals.size}`
    this.#literals.set(key, { name, dataType: type, dims, rawData })
    return name
  }
}
