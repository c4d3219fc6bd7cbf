/**
 * Walks a protobuf message in a file without reading what it skips: fields with their places, so that gigabytes of weights inside a
 * message cost nothing. https://protobuf.dev/programming-guides/encoding
 */
import { readAt } from "./read-file.ts"

/** A field of a message. `varint`: its value; `bytes`: bytes [start, end) of the file; the rest is only passed over. */
export type Field =
  | { readonly number: number; readonly kind: "varint"; readonly value: number }
  | { readonly number: number; readonly kind: "bytes"; readonly start: number; readonly end: number }
  | { readonly number: number; readonly kind: "fixed" }

/** Thrown where bytes are no protobuf message; its message says what they are instead. */
export class WalkError extends Error {}

export interface Walk {
  /** The fields of the message in bytes [start, end). */
  readonly fields: (start: number, end: number) => Generator<Field, undefined>
  /** Bytes [start, end), which are few. */
  readonly bytes: (start: number, end: number) => Uint8Array
}

const windowBytes = 2 ** 16

export const walkFile = (descriptor: number, size: number): Walk => {
  const window = new Uint8Array(Math.min(windowBytes, size))
  let from = 0
  let until = 0
  const byteAt = (at: number): number => {
    if (at < from || at >= until) {
      from = at
      until = at + readAt(descriptor, window, at)
      if (at >= until) throw new WalkError(`the file ends at byte ${at}`)
    }
    return window[at - from] as number
  }
  const bytes = (start: number, end: number): Uint8Array => {
    if (end - start > 2 ** 24) throw new WalkError(`${end - start} bytes where a name or a list of extents is expected`)
    const content = new Uint8Array(end - start)
    if (readAt(descriptor, content, start) < content.length) throw new WalkError(`the file ends before byte ${end}`)
    return content
  }
  const fields = function* (start: number, end: number): Generator<Field, undefined> {
    let at = start
    const varint = (): number => {
      let value = 0
      for (let shift = 0; shift < 70; shift += 7) {
        if (at >= end) throw new WalkError(`a number is cut off at byte ${at}`)
        const byte = byteAt(at++)
        value += (byte & 0x7f) * 2 ** shift
        if (byte < 0x80) return value
      }
      throw new WalkError(`a number of more than 10 bytes before byte ${at}`)
    }
    while (at < end) {
      const tag = varint()
      const [number, wire] = [Math.floor(tag / 8), tag % 8]
      if (wire === 0) yield { number, kind: "varint", value: varint() }
      else if (wire === 1 || wire === 5) {
        at += wire === 1 ? 8 : 4
        yield { number, kind: "fixed" }
      } else if (wire === 2) {
        const length = varint()
        if (at + length > end) throw new WalkError(`a field of ${length} bytes at byte ${at}, of which ${end - at} are there`)
        const inside = at
        at += length
        yield { number, kind: "bytes", start: inside, end: at }
      } else throw new WalkError(`wire type ${wire} at byte ${at}`)
    }
    if (at > end) throw new WalkError(`a field runs over the end at byte ${end}`)
    return undefined
  }
  return { fields, bytes }
}
