/** A study of made-up methods: one criterion of each outcome, a table and a curve. */
import { graph } from "#src"
import { curveOver, effect, methodTable, verdict } from "#nodes"
import { observed } from "../kinds/observed.ts"

const levels = { grown: 2.4, monolithic: 2.1, stacked: 2.12 }
type Method = keyof typeof levels

export default graph("small-study", (g) => {
  const run = (name: string, level: number) => [1, 2, 3].map((seed) => g.add(`${name}/${seed}`, observed, { level }, {}, { salt: `${name}/${seed}` }).observations)
  const methods = Object.keys(levels) as Method[]
  const measured = Object.fromEntries(methods.map((name) => [name, run(name, levels[name])])) as Record<Method, ReturnType<typeof run>>
  const criterion = (id: string, part: string, claim: string, better: Method, worse: Method, bounds: { above?: number; below?: number }) => {
    const gap = g.add(`effect/${id}`, effect, { claim: `${better} minus ${worse}`, methods: [better, worse], numerator: { [better]: 1, [worse]: -1 }, denominator: { [worse]: 1 }, unit: "of its bits", bounds }, { observations: [...measured[better], ...measured[worse]] })
    g.add(`verdict/${id}`, verdict, { id, part, claim }, { claims: [gap.verdict] })
  }
  criterion("9", "C. Growth", "The grown model has at least 5 % fewer bits than the monolithic one.", "grown", "monolithic", { below: -0.05 })
  criterion("13", "C. Growth", "The monolithic model has fewer bits than the grown one.", "monolithic", "grown", { below: 0 })
  criterion("2", "A. Substrate", "Stacking is within 1 % of training it whole.", "stacked", "monolithic", { above: -0.01, below: 0.01 })
  g.add("methods", methodTable, { title: "Methods | languages", methods }, { observations: methods.flatMap((name) => measured[name]) })
  const depth = ["grown", "monolithic"].flatMap((name) => [1, 2, 3, 4].flatMap((blocks) => run(`${name}/blocks-${blocks}`, levels[name as Method] + 1.5 / blocks)))
  g.add("depth", curveOver, { title: "Bits by depth", x: "blocks", lines: ["grown", "monolithic"], sizes: [1, 2, 3, 4] }, { observations: depth })
})
