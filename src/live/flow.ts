/** What flows out of a port, in a few words for the edge: dtype and shape of tensors, the type of everything else. SPEC L3. */
import * as E from "fp-ts/lib/Either.js"
import { decodeSafetensors } from "../base/safetensors.ts"
import { isStream, type AnyPort } from "../schema/stream.ts"

export interface Shape {
  readonly what: string
  readonly dtype: string | null
  readonly shape: readonly number[] | null
}

/** By the name of its type alone. */
export const shapeOfType = (type: AnyPort): Shape => ({ what: isStream(type) ? type.element.name : type.name, dtype: null, shape: null })

/** Of the bytes of a value, or of one element of a stream. */
export const shapeOfBytes = (type: AnyPort, bytes: Uint8Array): Shape => {
  const plain = shapeOfType(type)
  const file = bytes[8] === 0x7b ? decodeSafetensors(bytes) : E.left("no tensors")
  if (E.isLeft(file)) return plain
  const tensors = Object.values(file.right.tensors)
  const [largest] = tensors.toSorted((a, b) => b.data.byteLength - a.data.byteLength)
  if (largest === undefined) return plain
  const { dtype, shape } = largest
  const text = `${dtype} [${shape.join(", ")}]`
  return { what: tensors.length === 1 ? text : `${text} and ${tensors.length - 1} more`, dtype, shape }
}
