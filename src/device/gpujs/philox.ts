/**
 * Kernel text of random bits: Philox4x32-10 where every number is an f32. A word of 32 bits is a pair of variables of 16; the
 * product of two halves is an integer only inside one expression, where all backends have 32-bit integers.
 */
import { must } from "../../base/assert.ts"
import type { Step } from "../../tensor/program.ts"
import { broadcastTo, constantForm, type Form } from "./index-form.ts"
import type { Reader } from "./reader.ts"

/** Names of the variables, or texts, that hold a word's lower and upper half. */
type Halves = readonly [low: string, high: string]

const rounds = 10
/** Constants of the rounds, lower half first: multipliers, and what a round adds to each word of the key. */
const [left, right] = [[0x1f53, 0xd251], [0x8d57, 0xcd9e]] as const
const increments = [[0x79b9, 0x9e37], [0xae85, 0xbb67]] as const

const lower = (text: string): string => `(${text} & 65535)`
const upper = (text: string): string => `((${text} >> 16) & 65535)`

/** Lower and upper word of the 64-bit product of a word and a constant. */
const product = ([low, high]: Halves, [m0, m1]: readonly [number, number], declare: (text: string) => string): readonly [Halves, Halves] => {
  const times = (half: string, by: number): string => `((${half} | 0) * ${by})`
  const middle = declare(`${upper(times(low, m0))} + ${lower(times(low, m1))} + ${lower(times(high, m0))}`)
  const top = declare(`(${middle} >> 16) + ${upper(times(low, m1))} + ${upper(times(high, m0))} + ${lower(times(high, m1))}`)
  const last = declare(`((${top} >> 16) + ${upper(times(high, m1))}) & 65535`)
  return [
    [declare(lower(times(low, m0))), declare(lower(middle))],
    [declare(lower(top)), last],
  ]
}

/** The variable with the upper 24 bits of the word that the last coordinate names. */
export const writeBits = (reader: Reader, step: Extract<Step, { readonly op: "random_bits" }>, coords: readonly Form[], level: number): string => {
  const { body } = reader
  const at = (slot: number, ...last: readonly Form[]): string => {
    const index = must(step.args[slot], "argument")
    const { shape } = reader.step(index)
    return body.declare(level, reader.read(index, [...broadcastTo(coords.slice(0, -1), shape.slice(0, shape.length - last.length)), ...last]))
  }
  const word = (low: string, high: string): Halves => [body.declare(level, low), body.declare(level, high)]
  const counter = at(1)
  const { stream } = step.attrs
  const state: readonly Halves[] = [
    word(`${counter} & 65535`, `(${counter} >> 16) & 65535`),
    word(`${stream & 65535}.0`, `${stream >>> 16}.0`),
    word("0.0", "0.0"),
    word("0.0", "0.0"),
  ]
  const keys: readonly Halves[] = [0, 2].map((i) => [at(0, constantForm(i)), at(0, constantForm(i + 1))])
  const [a, b, c, d] = state as readonly [Halves, Halves, Halves, Halves]
  body.loop(level, rounds, (_, inner) => {
    const declare = (text: string): string => body.declare(inner, text)
    const set = (target: Halves, low: string, high: string): void => {
      body.line(inner, `${target[0]} = ${low};`)
      body.line(inner, `${target[1]} = ${high};`)
    }
    const [[low0, high0], [low1, high1]] = [product(a, left, declare), product(c, right, declare)]
    const mixed = (i: 0 | 1, high: Halves, other: Halves, key: Halves): string => `(${high[i]} ^ ${other[i]}) ^ ${key[i]}`
    const [k0, k1] = keys as readonly [Halves, Halves]
    set(a, mixed(0, high1, b, k0), mixed(1, high1, b, k0))
    set(c, mixed(0, high0, d, k1), mixed(1, high0, d, k1))
    set(b, ...low1)
    set(d, ...low0)
    keys.forEach((key, i) => {
      const [low, high] = must(increments[i], "increment")
      const carried = declare(`${key[0]} + ${low}.0`)
      set(key, lower(carried), `(${key[1]} + ${high}.0 + (${carried} >> 16)) & 65535`)
    })
  })
  const pick = body.declare(level, body.index(must(coords.at(-1), "word")))
  const chosen = (i: 0 | 1): string =>
    body.declare(level, `(${pick} < 1.5 ? (${pick} < 0.5 ? ${a[i]} : ${b[i]}) : (${pick} < 2.5 ? ${c[i]} : ${d[i]}))`)
  const [low, high] = [chosen(0), chosen(1)]
  const rest = body.declare(level, `${low} >> 8`)
  return body.declare(level, `${high} * 256.0 + ${rest}`)
}
