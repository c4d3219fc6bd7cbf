/** Numbers in an arena, as they are read and as they are written. */
import { decodeHalves, type InputFormat } from "#src"

/** Where numbers lie in the arena, and as what. */
export interface Loaded {
  readonly format: InputFormat
  readonly at: number
}

/** `count` of them, or what they stand for. Not valid any more when the arena has grown. */
export const numbersAt = ({ format, at }: Loaded, buffer: ArrayBuffer, count: number): ArrayLike<number> => {
  switch (format) {
    case "F64": return new Float64Array(buffer, at, count)
    case "F32": return new Float32Array(buffer, at, count)
    case "U32": return new Uint32Array(buffer, at, count)
    case "F16": return decodeHalves("f16", new Uint16Array(buffer, at, count))
    case "BF16": return decodeHalves("bf16", new Uint16Array(buffer, at, count))
  }
}
