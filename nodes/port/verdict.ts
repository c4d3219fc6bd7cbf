/** What became of a claim that was written down before the first run: PASS, FAIL or INCONCLUSIVE, and the figures it rests on. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

export const Outcome = t.keyof({ PASS: null, FAIL: null, INCONCLUSIVE: null })
export type Outcome = t.TypeOf<typeof Outcome>

/** A figure with its interval, and where the claim says that it lies. */
export const Effect = t.readonly(
  t.type({
    name: t.string,
    unit: t.string,
    /** Mean over repetitions, and its 95 % interval. */
    value: t.number,
    low: t.number,
    high: t.number,
    /** By repetition (seed). */
    values: t.readonlyArray(t.number),
    /** What the interval is over: "3 seeds and 212 documents". */
    over: t.string,
    /** The claim: strictly above, strictly below; null where it says nothing. */
    above: t.union([t.number, t.null]),
    below: t.union([t.number, t.null]),
    outcome: Outcome,
  }),
)
export type Effect = t.TypeOf<typeof Effect>

export const Verdict = t.readonly(
  t.type({
    /** Number of the criterion; empty for a single effect, which is no criterion by itself. */
    id: t.string,
    /** The criterion's part of the study: "A. Substrate". */
    part: t.string,
    claim: t.string,
    outcome: Outcome,
    /** All that it was judged by, those of other verdicts included. */
    effects: t.readonlyArray(Effect),
  }),
)

export const verdict = jsonPort("verdict", Verdict)
export type Verdict = PortValue<typeof verdict>
