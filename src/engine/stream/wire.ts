/**
 * Messages of streams between threads: the elements of a message travel in one buffer that changes hands. The engine
 * passes on the buffer it was given. SPEC S11.
 */
import type { FromJob, ToJob } from "./message.ts"

type Elements = Extract<FromJob, { readonly type: "elements" }>

/** Elements as they travel: back to back. */
interface Packed {
  readonly type: "packed"
  readonly edge: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: readonly number[]
}

export type Wired<M extends FromJob | ToJob> = Exclude<M, Elements> | Packed

/** The message to send and what changes hands with it. */
export const pack = <M extends FromJob | ToJob>(message: M): { readonly message: Wired<M>; readonly transfer: readonly ArrayBuffer[] } => {
  if (message.type !== "elements") return { message: message as Exclude<M, Elements>, transfer: [] }
  const { edge, frames, from } = message
  const lengths = frames.map(({ length }) => length)
  if (from !== undefined) return { message: { type: "packed", edge, bytes: new Uint8Array(from), lengths }, transfer: [from] }
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const frame of frames) {
    bytes.set(frame, at)
    at += frame.length
  }
  return { message: { type: "packed", edge, bytes, lengths }, transfer: [bytes.buffer] }
}

export const unpack = <M extends FromJob | ToJob>(message: Wired<M>): M => {
  if (message.type !== "packed") return message as M
  const { edge, bytes, lengths } = message as Packed
  let at = 0
  const frames = lengths.map((length) => bytes.subarray(at, (at += length)))
  return { type: "elements", edge, frames, from: bytes.buffer } as Elements as M
}
