/**
 * How many examples a classifier gets right, and its mean cross-entropy; of several, by what they say together (an ensemble). Sets of examples
 * count alike. An ensemble has a node for each network's logits on each set, and one that adds them up: another member is asked by itself, and
 * none where the rule moves. Sums are taken anew, as they go over the classes only. Of 8 networks of 784 x 512 x 512 x 10 on 10,000 examples
 * another member takes 0.3 s, where all took 1.2 s; one after another, all from nothing take 1.7 s, for more programs. SPEC M6.
 */
import { choice, defineExpansion, defineKind, lazy, many, metricPort, must, NodeFailure, one, tensorsPort } from "#src"
import * as t from "io-ts"
import { examples } from "../port/examples.ts"
import { network } from "../port/network.ts"
import { networkAnswers } from "../port/network-answers.ts"
import { score, scoreMetric, scoreOfLogits, together, type Scored } from "../port/network-score.ts"

/** `logits` f32 [n, classes]. */
const networkLogits = tensorsPort("network-logits", t.readonly(t.type({})))

const rule = choice(together, { default: "logit-mean", doc: "How several networks answer together" })
const outputs = { metric: metricPort }

export const logitsOfMember = defineKind({
  id: "metric/member-logits",
  module: import.meta.url,
  title: "What a network says of every example",
  params: {},
  inputs: { network: one(network), examples: one(examples) },
  outputs: { logits: networkLogits },
  onDevice: true,
  run: async ({ network: of, examples: data }, _, context) => ({ logits: { meta: {}, tensors: { logits: await networkAnswers(of, data, context) } } }),
})

/** Logits of all networks on the first set of examples, then on the next. */
export const accuracyTogether = defineKind({
  id: "metric/accuracy-together",
  module: import.meta.url,
  title: "Accuracy of what networks say together",
  params: { rule },
  inputs: { logits: many(networkLogits), examples: many(examples) },
  outputs,
  onDevice: true,
  run: async ({ logits, examples: sets }, { rule: by }, context) => {
    const said = logits.map(({ tensors }) => must(tensors["logits"], "logits"))
    const members = said.length / sets.length
    const classes = said.slice(0, members).map(({ shape }) => shape[1])
    if (classes.some((n) => n !== classes[0])) throw new NodeFailure(`the networks tell ${classes.join(", ")} classes apart; to speak together they must have the same`)
    const scored: Scored[] = []
    for (const [i, set] of sets.entries()) scored.push(await scoreOfLogits(said.slice(i * members, (i + 1) * members), set, context, by))
    return { metric: scoreMetric(scored) }
  },
})

export const accuracyAlone = defineKind({
  id: "metric/accuracy-alone",
  module: import.meta.url,
  title: "Accuracy of a network",
  params: {},
  inputs: { network: one(network), examples: many(examples) },
  outputs,
  onDevice: true,
  run: async (inputs, _, context) => {
    const scored: Scored[] = []
    for (const set of inputs.examples) scored.push(await score(inputs.network, set, context))
    return { metric: scoreMetric(scored) }
  },
})

export const accuracy = defineExpansion({
  id: "metric/accuracy",
  module: import.meta.url,
  title: "Accuracy",
  params: { rule },
  inputs: { networks: lazy(many(network)), examples: lazy(many(examples)) },
  outputs,
  expand: (g, params, _, { networks, examples: sets }) => {
    const [only] = networks
    if (only !== undefined && networks.length === 1) return g.add("alone", accuracyAlone, {}, { network: only, examples: [...sets] })
    const logits = sets.flatMap((set, i) => networks.map((of, j) => g.add(`logits/${i}/${j}`, logitsOfMember, {}, { network: of, examples: set }).logits))
    return g.add("together", accuracyTogether, params, { logits, examples: [...sets] })
  },
})
