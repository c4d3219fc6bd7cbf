/**
 * The greedy soup (Wortsman et al., arXiv 2203.05482, algorithm 1) as nodes: models from the best to the worst by a held-out score, each taken in
 * if the mean with it scores higher; of equal models the one listed first comes first. A node for each model's score and for each rank's
 * trial: a model that is another one is scored by itself, and tried again is from the first rank that changed. SPEC M6.
 */
import { choice, defineExpansion, defineKind, jsonPort, lazy, many, must, one, tablePort, type Output, type PortValue } from "#src"
import * as t from "io-ts"
import { examples, requireLearnable } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { score } from "../port/network-score.ts"
import { linear } from "./data-free/linear.ts"
import { requireSameWidths } from "./joint-grams.ts"
import { merged } from "./merge-kind.ts"

/** Accuracy of a soup on held-out examples, and who is in it: places in the order in which its models came, the first from 0. */
const soup = jsonPort("soup", t.readonly(t.type({ accuracy: t.number, taken: t.readonlyArray(t.number) })))
type Soup = PortValue<typeof soup>

const reference = "https://arxiv.org/abs/2203.05482"
const accept = choice([">", ">="], { default: ">", doc: "A model is taken in when the soup with it is better; or not worse" })

const mixed = (models: readonly Network[], context: Parameters<typeof merged>[3]): Network => merged(linear as never, { models, base: undefined }, { normalize: true }, context) as Network

/** Of a model alone. */
export const scoreAlone = defineKind({
  id: "merger/soup-score",
  module: import.meta.url,
  title: "Held-out accuracy of a model",
  reference,
  params: {},
  inputs: { network: one(network), validation: one(examples) },
  outputs: { soup },
  onDevice: true,
  run: async ({ network: of, validation }, _, context) => {
    requireLearnable(validation, "choose by")
    return { soup: { accuracy: (await score(mixed([of], context), validation, context)).accuracy, taken: [0] } }
  },
})

/** Whether the last of the models is taken in. */
export const tryNext = defineKind({
  id: "merger/soup-trial",
  module: import.meta.url,
  title: "The soup with one more model",
  reference,
  params: { accept },
  inputs: { soup: one(soup), models: many(network), validation: one(examples) },
  outputs: { soup },
  onDevice: true,
  run: async ({ soup: { accuracy, taken }, models, validation }, { accept: by }, context) => {
    requireSameWidths(models)
    const wider = [...taken, models.length - 1]
    const now = (await score(mixed(wider.map((i) => must(models[i], "model")), context), validation, context)).accuracy
    return { soup: now > accuracy || (by === ">=" && now === accuracy) ? { accuracy: now, taken: wider } : { accuracy, taken } }
  },
})

/** The mean of those taken in, and a table by the order in which models are listed. */
export const mixSoup = defineKind({
  id: "merger/soup-mix",
  module: import.meta.url,
  title: "The mean of the models taken in",
  reference,
  params: {},
  inputs: { soup: one(soup), models: many(network), scores: many(soup) },
  outputs: { network, coefficients: tablePort },
  run: ({ soup: { taken }, models, scores }, _, context) => {
    const order = ranked(scores)
    const places = taken.map((rank) => must(order[rank], "rank"))
    return {
      network: mixed(places.map((i) => must(models[i], "model")), context),
      coefficients: { title: "Soup", columns: ["model", "share"], rows: models.map((_, i) => [`${i + 1}`, places.includes(i) ? 1 / places.length : 0]) },
    }
  },
})

/** Places of models, the best first. */
const ranked = (scores: readonly Soup[]): readonly number[] => scores.map((_, i) => i).sort((i, j) => scores[j]!.accuracy - scores[i]!.accuracy || i - j)

/** One trial after another, in the order of the scores. */
export const tryInTurn = defineExpansion({
  id: "merger/soup-trials",
  module: import.meta.url,
  title: "Trials from the best model to the worst",
  reference,
  params: { accept },
  inputs: { scores: many(soup), models: lazy(many(network)), validation: lazy(one(examples)) },
  outputs: { network, coefficients: tablePort },
  expand: (g, params, { scores }, { scores: wires, models, validation }) => {
    const order = ranked(scores)
    const at = <A>(of: readonly A[], rank: number): A => must(of[must(order[rank], "rank")], "model")
    const best: Output<typeof soup> = at(wires, 0)
    const taken = order.slice(1).reduce((soup, _, i) => g.add(`trial/${i + 1}`, tryNext, params, { soup, models: order.slice(0, i + 2).map((place) => must(models[place], "model")), validation }).soup, best)
    return g.add("mix", mixSoup, {}, { soup: taken, models: [...models], scores: [...wires] })
  },
})

export const greedySoup = defineExpansion({
  id: "merger/greedy-soup",
  module: import.meta.url,
  title: "Greedy soup",
  reference,
  params: { accept },
  inputs: { models: lazy(many(network)), validation: lazy(one(examples)) },
  outputs: { network, coefficients: tablePort },
  expand: (g, params, _, { models, validation }) => {
    const scores = models.map((of, i) => g.add(`score/${i}`, scoreAlone, {}, { network: of, validation }).soup)
    return g.add("soup", tryInTurn, params, { scores, models: [...models], validation })
  },
})
