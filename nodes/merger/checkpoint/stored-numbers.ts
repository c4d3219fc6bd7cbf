/** What is stored, as numbers: integers, 8-bit floats, quantised values. The four larger float formats have kernels. */
import { decodeHalves, type StoredDtype, type TensorPlace } from "#src"

/** f64 of the elements in `bytes`, with the tensor's scale and minimum where it has them. 64-bit integers are rounded. */
export const numbersIn = ({ dtype, affine }: Pick<TensorPlace, "dtype" | "affine">, bytes: Uint8Array, into: Float64Array): void => {
  const values = elementsOf(dtype, bytes)
  if (affine === undefined) for (let i = 0; i < into.length; i++) into[i] = Number(values[i]!)
  else for (let i = 0; i < into.length; i++) into[i] = Number(values[i]!) * affine.scale + affine.min
}

type Elements = ArrayLike<number | bigint>

const elementsOf = (dtype: StoredDtype, bytes: Uint8Array): Elements => {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const view = <A>(array: new (buffer: ArrayBufferLike, offset: number, length: number) => A, width: number): A => new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / width)
  switch (dtype) {
    case "F64": return view(Float64Array, 8)
    case "F32": return view(Float32Array, 4)
    case "F16": return decodeHalves("f16", view(Uint16Array, 2))
    case "BF16": return decodeHalves("bf16", view(Uint16Array, 2))
    case "I64": return view(BigInt64Array, 8)
    case "U64": return view(BigUint64Array, 8)
    case "I32": return view(Int32Array, 4)
    case "U32": return view(Uint32Array, 4)
    case "I16": return view(Int16Array, 2)
    case "U16": return view(Uint16Array, 2)
    case "I8": return view(Int8Array, 1)
    case "U8": case "BOOL": return aligned
    case "F8_E4M3": return Float32Array.from(aligned, (bits) => e4m3[bits] as number)
    case "F8_E5M2": return Float32Array.from(aligned, (bits) => e5m2[bits] as number)
  }
}

/** Numbers of 8 bits (Micikevicius et al., arXiv 2209.05433): E5M2 is the upper half of an f16; E4M3 has no infinities and one NaN. */
const e5m2 = decodeHalves("f16", Uint16Array.from({ length: 256 }, (_, bits) => bits << 8))
const e4m3 = Float32Array.from({ length: 256 }, (_, bits) => {
  const [exponent, fraction] = [(bits >> 3) & 15, (bits & 7) / 8]
  const size = exponent === 15 && fraction === 7 / 8 ? NaN : exponent === 0 ? fraction * 2 ** -6 : (1 + fraction) * 2 ** (exponent - 7)
  return bits > 127 ? -size : size
})
