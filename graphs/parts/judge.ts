/** Criteria become nodes: an effect for each claim, a verdict for each criterion. */
import type { Builder, Handle } from "#src"
import { effect, verdict, type observe } from "#nodes"
import type { Claim, Criterion, Part } from "./criterion.ts"

export type Observed = Handle<(typeof observe)["outputs"]>["observations"]

/** Figures of one repetition, by the names that claims have for them. */
export type Found = Readonly<Record<string, Observed>>

const methodsOf = ({ numerator, denominator = {} }: Claim): readonly string[] => [...new Set([...Object.keys(numerator), ...Object.keys(denominator)])].filter((name) => name !== "chance")

const isClaim = (of: Claim | Criterion): of is Claim => "numerator" in of

/** @param found figures of every repetition */
export const judgeStudy = (g: Builder, parts: readonly Part[], found: readonly Found[]) => {
  const figure = (name: string) => (of: Found) => {
    const observed = of[name]
    if (observed === undefined) throw new Error(`no arm leaves a figure ${name}`)
    return observed
  }
  const claimNode = (path: string, claim: Claim) => {
    const { denominator = {}, groups = [], unit = "", exact = false, numerator, bounds } = claim
    const methods = methodsOf(claim)
    const observations = methods.flatMap((name) => found.map(figure(name)))
    return g.add(path, effect, { claim: claim.claim, methods: [...methods], numerator, denominator, groups: [...groups], unit, bounds, exact }, { observations }).verdict
  }
  const criterionNode = (path: string, criterion: Criterion, about: { readonly id: string; readonly part: string }): ReturnType<typeof claimNode> => {
    const claims = criterion.of.map((of, i) => (isClaim(of) ? claimNode(`claim/${path}/${i + 1}`, of) : criterionNode(`${path}/${i + 1}`, of, { id: "", part: "" })))
    return g.add(`verdict/${path}`, verdict, { ...about, claim: criterion.claim, need: criterion.need ?? "all" }, { claims }).verdict
  }
  return parts.flatMap(({ title, criteria }) => Object.entries(criteria).map(([id, criterion]) => criterionNode(id, criterion, { id, part: title })))
}
