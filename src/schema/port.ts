/**
 * Port types: what may flow along an edge. A port type has a name (two ports fit when the names are equal), an io-ts
 * codec for its structure, and one canonical byte form, which is what the store keeps and what content hashes are of.
 * Two makers cover everything: `jsonPort` for structured values, `tensorsPort` for named tensors with a description.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { canonical, type Json } from "../base/json.ts"
import type { Tensors } from "../base/ndarray.ts"
import { makeSafetensorsCodec } from "../base/safetensors.ts"
import { describeErrors } from "./describe.ts"

/** What a port's value looks like to a person; reports and pages draw by this, never by the kind of node. */
export type View = "data" | "curve" | "metric" | "sample" | "picture" | "table" | "matrix" | "verdict"

export interface PortType<Name extends string = string, A = unknown> {
  readonly name: Name
  readonly view: View
  // Methods, not properties: their parameters are compared loosely, so any port type fits `PortType`.
  /** Canonical bytes, in chunks: equal values give equal bytes. */
  encode(value: A): readonly Uint8Array[]
  /** Left says what is wrong with the bytes. Of bytes that are `lasting`, which nobody writes to again, the value may be a view. */
  decode(bytes: Uint8Array, lasting?: boolean): E.Either<string, A>
  /** One value of many parts, in order (there may be none); see `joinable`. */
  join?(parts: readonly A[]): A
}

/** A port type whose values can be cut into parts of the same type and joined again. */
export interface JoinablePort<Name extends string = string, A = unknown> extends PortType<Name, A> {
  join(parts: readonly A[]): A
}

/** The value that flows through a port type. */
export type PortValue<P> = P extends PortType<string, infer A> ? A : never

/** Named tensors with a JSON description; a safetensors file at rest. */
export interface TensorsValue<Meta> {
  readonly meta: Meta
  readonly tensors: Tensors
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The bytes of a text. An encoder takes ten times as long for one of a few characters. */
const utf8 = (text: string): Uint8Array => {
  if (text.length > 64) return encoder.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 127) return encoder.encode(text)
    bytes[i] = unit
  }
  return bytes
}

/** The text of its UTF-8 form, which a decoder, too, takes longer for than a few characters are worth. */
const textOf = (bytes: Uint8Array): string => {
  if (bytes.length > 12) return decoder.decode(bytes)
  let text = ""
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte > 127) return decoder.decode(bytes)
    text += String.fromCharCode(byte)
  }
  return text
}

const parsed = (text: string): E.Either<string, unknown> => {
  try {
    return E.right(JSON.parse(text))
  } catch (error) {
    return E.left(String(error))
  }
}

export const jsonPort = <const Name extends string, A>(name: Name, codec: t.Type<A, unknown, unknown>, view: View = "data"): PortType<Name, A> => ({
  name,
  view,
  encode: (value) => [utf8(canonical(value as Json))],
  decode: (bytes) => {
    const value = parsed(textOf(bytes))
    return E.isLeft(value) ? value : checked(codec, value.right)
  },
})

export const tensorsPort = <const Name extends string, Meta>(
  name: Name,
  meta: t.Type<Meta, unknown, unknown>,
  view: View = "data",
): PortType<Name, TensorsValue<Meta>> => {
  const codec = makeSafetensorsCodec()
  /** Of the file before: elements of a stream mostly say the same. */
  let last: { readonly metadata: object; readonly meta: Meta } | undefined
  return {
    name,
    view,
    encode: ({ meta: description, tensors }) => codec.encode({ tensors, metadata: { cambium: canonical(description as Json) } }),
    decode: (bytes, lasting) => {
      const file = codec.decode(bytes, lasting)
      if (E.isLeft(file)) return file
      const { tensors, metadata } = file.right
      if (last?.metadata === metadata) return E.right({ meta: last.meta, tensors })
      const value = parsed(metadata["cambium"] ?? "null")
      if (E.isLeft(value)) return value
      const decoded = checked(meta, value.right)
      if (E.isLeft(decoded)) return decoded
      last = { metadata, meta: decoded.right }
      return E.right({ meta: decoded.right, tensors })
    },
  }
}

/** Makes `port` one whose parts may come as a stream; an input of it takes such a stream, joined (schema/stream.ts). */
export const joinable = <const Name extends string, A>(port: PortType<Name, A>, join: (parts: readonly A[]) => A): JoinablePort<Name, A> => ({ ...port, join })

const checked = <A>(codec: t.Type<A, unknown, unknown>, value: unknown): E.Either<string, A> => {
  const decoded = codec.decode(value)
  return E.isRight(decoded) ? decoded : E.left(describeErrors(decoded.left))
}
