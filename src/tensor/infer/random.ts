/** Shape and dtype rules: random bits. */
import { i32, stretched, two, typed, type Rules } from "./rule.ts"
import type { RandomOps } from "../op/random.ts"

export const randomRules: Rules<RandomOps> = {
  random_bits: two((key, counter, { stream }, need) => {
    typed(need, key, i32, "a key")
    typed(need, counter, i32, "a counter")
    need(key.shape.at(-1) === 4, "a key whose last extent is 4")
    need(Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32, `a stream that is a whole number below 2^32, not ${stream}`)
    return { shape: [...stretched(need, key.shape.slice(0, -1), counter.shape), 4], dtype: "i32" }
  }),
}
