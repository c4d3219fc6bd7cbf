/** A weight for each expert, in the order of the edges they come by. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

export const weights = jsonPort("weights", t.readonly(t.type({ weights: t.readonlyArray(t.number) })))
export type Weights = PortValue<typeof weights>
