/** Weights of any network, f32, of which only names and shapes are known: what is read from a published checkpoint. */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

export const namedTensors = tensorsPort("tensors", t.readonly(t.type({ source: t.string })))
export type NamedTensors = PortValue<typeof namedTensors>
