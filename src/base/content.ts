/** Content hashes of tensors: equal dtype, shape and bytes, equal hash. SPEC K3. */
import { makeHasher, type Hash } from "./hash.ts"
import { bytesOf, type NdArray } from "./ndarray.ts"

export const contentHash = (array: NdArray): Hash => makeHasher().update(`${array.dtype}[${array.shape.join(",")}]`).update(bytesOf(array)).digest()
