/**
 * Stream ports: elements of one port type, in one order, that consumers may work on while they are still being made.
 * A stream fits an input that declares the same stream; when its elements can be joined into one value (`joinable`), it
 * also fits an input of their type, which then waits for the end. A value never fits a stream. SPEC S2.
 */
import type { JoinablePort, PortType, View } from "./port.ts"

export interface StreamType<Name extends string = string, A = unknown> {
  readonly name: `stream of ${Name}`
  readonly view: View
  readonly element: PortType<Name, A>
  /** False: only the content hash is kept once the stream has ended; who wants the elements later has them made again. */
  readonly kept: boolean
  /** Name of the type that the elements can be joined into, which is their own. */
  readonly collects?: string
}

/** A port type or a stream of one: what an input or output may be. */
export type AnyPort = PortType | StreamType

/** Elements as a node reads them: once, from first to last. `from(stream)` makes it an Observable. */
export type Stream<A> = AsyncIterable<A>

export type StreamElement<P> = P extends StreamType<string, infer A> ? A : never

export const isStream = (port: AnyPort): port is StreamType => "element" in port

/** The stream of `element`s; `kept: false` for what is too big to keep and cheap to make again. */
export function stream<const Name extends string, A>(element: JoinablePort<Name, A>, options?: { readonly kept?: boolean }): StreamType<Name, A> & { readonly collects: Name }
export function stream<const Name extends string, A>(element: PortType<Name, A>, options?: { readonly kept?: boolean }): StreamType<Name, A>
export function stream<const Name extends string, A>(element: PortType<Name, A>, { kept = true }: { readonly kept?: boolean } = {}): StreamType<Name, A> {
  const { name, view } = element
  return { name: `stream of ${name}`, view, element, kept, ...(element.join === undefined ? {} : { collects: name }) }
}

/** Whether an output may be wired to an input. */
export const portFits = (output: AnyPort, input: AnyPort): boolean =>
  output.name === input.name || (isStream(output) && !isStream(input) && output.collects === input.name)
