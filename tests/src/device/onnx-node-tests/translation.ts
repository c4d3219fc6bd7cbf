/** What the rows of the translation table are written with: one node of an ONNX model, its operands traced. */
import { must } from "../../../../src/base/assert.ts"
import type { NdArray } from "../../../../src/base/ndarray.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { arrayOf, type FileAttribute, type FileNode, NotOurs } from "./model-file.ts"

/** One node: operands (the first three by letter), attributes, and what operands are known to be. */
export class Site {
  readonly node: FileNode
  readonly args: readonly (Expr | undefined)[]
  /** Version of the operator set. */
  readonly version: number
  readonly #valueOf: (x: Expr) => NdArray

  constructor(node: FileNode, args: readonly (Expr | undefined)[], version: number, valueOf: (x: Expr) => NdArray) {
    this.node = node
    this.args = args
    this.version = version
    this.#valueOf = valueOf
  }

  arg(i: number): Expr {
    return must(this.args[i], `operand ${i} of ${this.node.opType}`)
  }
  get x(): Expr {
    return this.arg(0)
  }
  get y(): Expr {
    return this.arg(1)
  }
  get all(): readonly Expr[] {
    return this.args.map((_, i) => this.arg(i))
  }

  /** The elements of an operand that has to be known while tracing: a shape, axes, bounds. */
  known(i: number): readonly number[] | undefined {
    const x = this.args[i]
    return x === undefined ? undefined : Array.from(this.#valueOf(x).data)
  }

  #attribute(name: string): FileAttribute | undefined {
    return this.node.attribute.find((attribute) => attribute.name === name)
  }
  has(name: string): boolean {
    return this.#attribute(name) !== undefined
  }
  int(name: string, otherwise: number): number {
    return this.#attribute(name)?.i ?? otherwise
  }
  float(name: string, otherwise: number): number {
    return this.#attribute(name)?.f ?? otherwise
  }
  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name)?.ints
  }
  text(name: string, otherwise: string): string {
    const found = this.#attribute(name)
    return found === undefined ? otherwise : new TextDecoder().decode(found.s)
  }
  tensor(name: string): NdArray | undefined {
    const found = this.#attribute(name)
    return found === undefined ? undefined : arrayOf(found.t)
  }
  /** Integers that older versions have as an attribute and newer ones as operand `i`. */
  list(name: string, i: number): readonly number[] | undefined {
    return this.ints(name) ?? this.known(i)
  }
}

/** A node as our functions: its result, or its results in order. */
export type Translate = (site: Site) => Expr | readonly Expr[]
export type Translations = { readonly [opType: string]: Translate }

/** Refuses a node unless `condition` holds: `what` is something Cambium does not have. */
export const need = (condition: boolean, what: string): void => {
  if (!condition) throw new NotOurs(what)
}

export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)
