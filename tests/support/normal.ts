/** Random tensors for tests. */
import { ndarray, sizeOf, type NdArray } from "../../src/base/ndarray.ts"
import { random } from "../../src/base/random.ts"

/** Standard normal deviates; the same for the same name and shape. */
export const normal = (name: string, ...shape: readonly number[]): NdArray<"f32"> => ndarray("f32", shape, random(name).normals(sizeOf(shape)))
