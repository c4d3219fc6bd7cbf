/** A learning rate that was picked among several. */
import * as t from "io-ts"
import { jsonPort } from "#src"

export const rate = jsonPort("rate", t.readonly(t.type({ lr: t.number })))
