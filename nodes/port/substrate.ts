/**
 * The input embedding: `matrix` f32 [vocabulary, width], one row a token. `trainable` marks the control in which the
 * trainer may change it; otherwise it never receives a gradient.
 */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

export const SubstrateMeta = t.readonly(t.type({ source: t.string, trainable: t.boolean }))

export const substrate = tensorsPort("substrate", SubstrateMeta)
export type Substrate = PortValue<typeof substrate>
