/**
 * Collects the nodes and literals of one ONNX graph and hands out value names. Equal literals are stored once.
 * Knows the format, not the op list: what to emit for which op is in the row tables.
 */
import { hashBytes } from "../../base/hash.ts"
import { bytesOf, type Dtype, type NdArray, scalar, type Shape } from "../../base/ndarray.ts"
import type { OnnxProvider } from "../device.ts"
import { carried, carrierOf } from "./carrier.ts"
import { attributeType, dataType, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor, type OnnxValueInfo } from "./proto.ts"

/** Attribute values by name; plain numbers are integers. */
export type Attributes = { readonly [name: string]: number | { readonly float: number } | string | readonly number[] | OnnxGraph }

/** onnxruntime's own operators, in every build of it. */
export const microsoft = "com.microsoft"

const attribute = (name: string, value: Attributes[string]): OnnxAttribute => {
  if (typeof value === "string") return { name, type: attributeType.string, s: new TextEncoder().encode(value) }
  if (typeof value === "number") return { name, type: attributeType.int, i: value }
  if ("float" in value) return { name, type: attributeType.float, f: value.float }
  return "node" in value ? { name, type: attributeType.graph, g: value } : { name, type: attributeType.ints, ints: value }
}

/** `i64`: where another runtime brings integers in. */
export const valueInfo = (name: string, { dtype, shape }: { readonly dtype: Dtype | "i64"; readonly shape: Shape }): OnnxValueInfo => ({
  name,
  type: { tensorType: { elemType: dataType[dtype === "i64" ? dtype : carrierOf(dtype)], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
})

interface EmitOptions {
  readonly around?: Emit
  readonly standard?: boolean
  readonly provider?: "cpu" | OnnxProvider
  readonly threads?: number
  readonly block?: number
}

export class Emit {
  readonly nodes: OnnxNode[] = []
  /** Of the model: the graphs inside of it use the same literals, and no name twice. */
  readonly #model: { readonly literals: Map<string, OnnxTensor>; readonly operators: Set<string>; values: number }
  /** Of the nodes of this graph that have several, by what they compute. */
  readonly #results = new Map<string, readonly string[]>()

  /** Only operators of the ONNX standard, for a file that every runtime reads. */
  readonly standard: boolean
  /** Whose kernels will run it. */
  readonly provider: "cpu" | OnnxProvider
  /** The most threads that will share a node's work. */
  readonly threads: number

  /** Channels of a block where images are kept in blocks of channels (`blocked/form.ts`); 0 where they are not. */
  readonly block: number

  constructor({ around, standard = around?.standard ?? false, provider = around?.provider ?? "cpu", threads = around?.threads ?? Infinity, block = around?.block ?? 0 }: EmitOptions = {}) {
    this.#model = around === undefined ? { literals: new Map(), operators: new Set(), values: 0 } : around.#model
    this.standard = standard
    this.provider = provider
    this.threads = threads
    this.block = block
  }

  get literals(): readonly OnnxTensor[] {
    return [...this.#model.literals.values()]
  }

  /** Whether the model has a node of that operator. */
  has(opType: string): boolean {
    return this.#model.operators.has(opType)
  }

  /** For a graph inside of this one: its nodes, the same literals. */
  inner(): Emit {
    return new Emit({ around: this })
  }

  /** A name that no other value of the model has. */
  name(): string {
    return `v${this.#model.values++}`
  }

  /** Adds a node with one result and gives back the name of that result. */
  node(opType: string, input: readonly string[], attributes: Attributes = {}, domain = ""): string {
    return this.#add(opType, 1, input, attributes, domain)[0]!
  }

  /** The names of the `count` results of a node. Equal nodes are one, so that steps that are results of one node need not know of each other. */
  several(opType: string, count: number, input: readonly string[], attributes: Attributes = {}, domain = ""): readonly string[] {
    const key = JSON.stringify([opType, domain, count, input, attributes])
    const output = this.#results.get(key) ?? this.#add(opType, count, input, attributes, domain)
    this.#results.set(key, output)
    return output
  }

  #add(opType: string, count: number, input: readonly string[], attributes: Attributes, domain: string): readonly string[] {
    const output = Array.from({ length: count }, () => this.name())
    this.#model.operators.add(opType)
    this.nodes.push({ opType, domain, input, output, attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)) })
    return output
  }

  constant(array: NdArray): string {
    return this.#literal(dataType[carrierOf(array.dtype)], array.shape, bytesOf(carried(array)))
  }

  scalar(dtype: Dtype, value: number): string {
    return this.constant(scalar(dtype, value))
  }

  /** A vector of int64, which is how ONNX takes shapes, axes and bounds. */
  int64(values: readonly number[]): string {
    return this.#literal(dataType.i64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer))
  }

  /** A vector of uint64, for arithmetic on 32-bit words. */
  uint64(...values: readonly number[]): string {
    return this.#literal(dataType.u64, [values.length], new Uint8Array(BigUint64Array.from(values, BigInt).buffer))
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
    const known = this.#model.literals.get(key)
    if (known !== undefined) return known.name
    const name = `c${this.#model.literals.size}`
    this.#model.literals.set(key, { name, dataType: type, dims, rawData })
    return name
  }
}
