/**
 * Generated cases of every op: the arbitrary that conformance, gradients and the soak draw from. A table over `OpName`, a
 * file a family, so a missing row does not compile. To add a row, in the file of the op's family:
 *
 *     flip: row({ shape: shape({ rank: [1, 4] }), pick, dtype: anyDtype }, ({ shape, pick, dtype }, random) => ({
 *       attrs: { axis: within(pick, shape.length) },
 *       args: [movable(random, shape, dtype)],
 *     })),
 *
 * The first argument names the random parts (see `arbitrary.ts`), the second makes the case. Every draw must be a case that
 * shape rules accept, with values in the range that `../conformance/tolerance.ts` bounds; include extents of 0 and 1 where the op
 * takes them, every dtype it takes, every attribute. Named edge cases go to `../conformance/`.
 */
import type { OpAttrs } from "../../../../src/tensor/op.ts"
import type { GeneratedTable } from "./arbitrary.ts"
import { contraction } from "./contraction.ts"
import { control } from "./control.ts"
import { convolution } from "./convolution.ts"
import { elementwise } from "./elementwise.ts"
import { indexing } from "./indexing.ts"
import { layout } from "./layout.ts"
import { loop } from "./loop.ts"
import { randomness } from "./random.ts"
import { source } from "./source.ts"
import { window } from "./window.ts"

export const generated: GeneratedTable<OpAttrs> = { ...source, ...elementwise, ...contraction, ...convolution, ...window, ...layout, ...indexing, ...control, ...loop, ...randomness }
