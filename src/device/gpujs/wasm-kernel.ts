/**
 * gpu.js's webasm kernel with two things put right in how its vector code reads memory; what it computes is the same
 * to the bit. Written as a subclass of the class that gpu.js exports, and given to it as `gpu.Kernel`; the same two changes
 * as a patch of gpu.js itself, with measurements, are in `docs/upstream`.
 *
 * 1. Four neighbouring cells that read four neighbouring elements read them at once, where gpu.js loads them one by one.
 * 2. The counter of a loop stays an integer. gpu.js types the literal it starts from anew on each of its passes; the
 *    second pass finds it typed as an integer by the first, and then makes the variable a float, so that every index
 *    in the loop is computed in floats and converted.
 */
import { laneStep, type SyntaxNode } from "./lane-step.ts"

/** Emits code of the kernel's root function; the members of gpu.js's `WebAssemblyFunctionNode` that are needed here. */
interface FunctionWriter {
  /** Above 0 where lanes may be switched off: there an index may lie anywhere. */
  readonly vMaskDepth: number
  /** Known while vector code is written. */
  readonly vInfo: { exprVarying(node: SyntaxNode): boolean } | null
  readonly assembler: { readonly layout: { readonly [table: string]: { readonly [name: string]: { readonly offset: number } | undefined } } }
  readonly em: Emitter
  /** Types of literals by the key of their place, kept from pass to pass. */
  readonly literalTypes: Record<string, string>
  astKey(node: SyntaxNode): string
  /** An index of the first of the four lanes, as one integer. */
  emitIndex(index: SyntaxNode): void
  vGather: Gather
  stmtVariableDeclaration: Declare
  vstmtVariableDeclaration: Declare
}

interface Emitter {
  i32Const(value: number): Emitter
  i32Shl(): Emitter
  f32Load(offset: number): Emitter
  f32x4Splat(): Emitter
  v128Load(offset: number, align: number): Emitter
}

type Gather = (table: string, name: string, x: SyntaxNode, y: SyntaxNode | undefined, z: SyntaxNode | undefined, node: SyntaxNode) => string
interface Declaration {
  readonly declarations: readonly { readonly init: SyntaxNode | null }[]
}
type Declare = (declaration: Declaration) => void

/** The members of gpu.js's `WebAssemblyKernel` that are needed here. */
interface WasmKernel {
  readonly functionBuilder: { readonly functionMap: { readonly kernel: FunctionWriter } }
  /** Types the kernel; false when this backend cannot return what it returns. */
  translateSource(): boolean
}

export type WasmKernelClass = new (source: unknown, settings: unknown) => WasmKernel

const readTogether = (writer: FunctionWriter): void => {
  const gather = writer.vGather.bind(writer)
  writer.vGather = (table, name, x, y, z, node) => {
    const region = writer.assembler.layout[table]?.[name]
    const { vInfo } = writer
    const step = y || z || vInfo === null || writer.vMaskDepth > 0 ? undefined : laneStep(x, (part) => vInfo.exprVarying(part))
    if (region === undefined || (step !== 0 && step !== 1)) return gather(table, name, x, y, z, node)
    writer.emitIndex(x)
    writer.em.i32Const(2).i32Shl()
    if (step === 1) writer.em.v128Load(region.offset, 2)
    else writer.em.f32Load(region.offset).f32x4Splat()
    return "vf32"
  }
}

const keepCounters = (writer: FunctionWriter): void => {
  const forget = (declare: Declare): Declare => (declaration) => {
    for (const { init } of declaration.declarations) if (init?.type === "Literal") delete writer.literalTypes[writer.astKey(init)]
    declare(declaration)
  }
  writer.stmtVariableDeclaration = forget(writer.stmtVariableDeclaration.bind(writer))
  writer.vstmtVariableDeclaration = forget(writer.vstmtVariableDeclaration.bind(writer))
}

/** `base` with both changes. */
export const contiguousKernel = (base: WasmKernelClass): WasmKernelClass =>
  class extends base {
    override translateSource(): boolean {
      const translated = super.translateSource()
      const { kernel } = this.functionBuilder.functionMap
      readTogether(kernel)
      keepCounters(kernel)
      return translated
    }
  }
