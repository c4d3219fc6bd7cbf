/**
 * The closed list of ops: every name, its attributes, and nothing else; a file a family in `op/`. Shape and dtype rules are in
 * `infer/`, gradient rules in `gradient-rules/`, and one lowering a device in `device/`; each of those is a table over
 * `OpName`, so a missing row does not compile. SPEC T1.
 *
 * Elementwise ops with several arguments broadcast as numpy does: shapes aligned at the right, extent 1 stretches.
 */
import type { ContractionOps } from "./op/contraction.ts"
import type { ControlOps } from "./op/control.ts"
import type { ConvolutionOps } from "./op/convolution.ts"
import type { ElementwiseOps } from "./op/elementwise.ts"
import type { IndexingOps } from "./op/indexing.ts"
import type { LayoutOps } from "./op/layout.ts"
import type { LoopOps } from "./op/loop.ts"
import type { RandomOps } from "./op/random.ts"
import type { SourceOps } from "./op/source.ts"
import type { WindowOps } from "./op/window.ts"

export interface OpAttrs extends SourceOps, ElementwiseOps, ContractionOps, ConvolutionOps, WindowOps, LayoutOps, IndexingOps, ControlOps, LoopOps, RandomOps {}

export type OpName = keyof OpAttrs
