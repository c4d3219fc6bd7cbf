/**
 * Training without a centre: clients with networks of their own, each beginning from other weights, train on their own and then average
 * with their neighbours on a ring, round after round; or, federated, all with all. Averaging networks of different origin shrinks
 * their weights; the corrected average gives them their variance back (arXiv 2404.04616).
 *
 * Expected, before the first run: after the last round corrected averaging is above plain averaging, on the ring and with all.
 */
import { integer, subgraph, type Handle } from "#src"
import { accuracy, labelledImages, mergeLinear, mergeVarianceCorrected, trainNetwork } from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

const params = {
  ...onImages,
  clients: integer({ min: 3, max: 32, default: 4, doc: "Clients on the ring" }),
  rounds: integer({ min: 1, max: 50, default: 4, doc: "Rounds of training and averaging" }),
}

export const gossip = subgraph({ params, inputs: {} }, (g, { seeds, corpus, clients, rounds }) => {
  const { train, test } = g.add("images", labelledImages, { corpus, test: 5000 })
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const all = Array.from({ length: clients }, (_, i) => i)
    const start = all.map((i) => h.add(`client/${i}`, trainNetwork, { steps: 50 }, { examples: train }, { salt: `${salt}/${i}` }).network)
    const neighbours = (topology: string, i: number): readonly number[] => (topology === "ring" ? [i, (i + 1) % clients, (i + clients - 1) % clients] : [i, ...all.filter((j) => j !== i)])
    return (["ring", "all"] as const).flatMap((topology) =>
      (["plain", "corrected"] as const).map((average) => {
        let now: readonly Networks[] = start
        for (let round = 0; round < rounds; round++) {
          const at = `${topology}/${average}/${round}`
          const mixed = all.map((i): Networks => {
            const [path, wires] = [`${at}/average/${i}`, { models: neighbours(topology, i).map((j) => now[j] as Networks) }]
            return average === "plain" ? h.add(path, mergeLinear, {}, wires).network : h.add(path, mergeVarianceCorrected, {}, wires).network
          })
          now = round + 1 === rounds ? mixed : all.map((i) => h.add(`${at}/train/${i}`, trainNetwork, { steps: 50 }, { examples: train, from: mixed[i] as Networks }, { salt: `${salt}/${round}/${i}` }).network)
        }
        return [`${topology}-${average}`, h.add(`accuracy/${topology}-${average}`, accuracy, {}, { networks: [now[0] as Networks], examples: [test] }).metric] as const
      }),
    )
  })
  return [{
    title: "Clients of different origin that average with others",
    figure: "accuracy",
    expected: [
      moreAccurate("ring-corrected", "ring-plain", "On the ring, the corrected average is more accurate than the plain one"),
      moreAccurate("all-corrected", "all-plain", "All with all, the corrected average is more accurate than the plain one"),
    ],
    repetitions,
  }]
})

export default alone("gossip", gossip)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "clients": 3, "rounds": 2, "*.train": 400, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [12] }
