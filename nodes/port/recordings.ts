/** Sound with what is said of it piece by piece: `sound` f32 [n, pieces, samples], from -1 to 1; `speech` u8 [n, pieces], 1 where somebody speaks. */
import * as t from "io-ts"
import { must, tensorsPort, type PortValue } from "#src"

export const recordings = tensorsPort("recordings", t.readonly(t.type({ source: t.string, /** In Hz. */ rate: t.number })))
export type Recordings = PortValue<typeof recordings>

/** How many, how many pieces each has, and samples of a piece. */
export const extentsOf = ({ tensors }: Recordings): readonly [count: number, pieces: number, samples: number] => must(tensors["sound"], "recordings.sound").shape as readonly [number, number, number]
