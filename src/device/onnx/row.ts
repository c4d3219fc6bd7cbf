/** What a row of the lowering tables is: how one op becomes ONNX nodes. Shapes and dtypes have been checked before. */
import type { Shape } from "../../base/ndarray.ts"
import type { OpAttrs, OpName } from "../../tensor/op.ts"
import type { Carrier } from "./carrier.ts"
import type { Emit } from "./emit.ts"

/** A lowered argument: its name in the ONNX graph. */
export interface Value {
  readonly name: string
  readonly shape: Shape
  readonly dtype: Carrier
}

/** A step whose arguments are lowered. */
export interface Lowered<Op extends OpName> {
  readonly attrs: OpAttrs[Op]
  readonly args: readonly Value[]
  readonly shape: Shape
  readonly dtype: Carrier
}

/** Emits the nodes of a step and gives back the name of its value, which may be the name of an argument. */
export type Row<Op extends OpName> = (emit: Emit, step: Lowered<Op>) => string

export type Rows<Op extends OpName> = { readonly [Name in Op]: Row<Name> }

/** Argument `i` of a step that has one there. */
export const arg = <Op extends OpName>({ args }: Lowered<Op>, i: number): Value => args[i]!

export const names = <Op extends OpName>({ args }: Lowered<Op>): readonly string[] => args.map(({ name }) => name)
