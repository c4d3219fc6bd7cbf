/**
 * All experiments of this folder as one graph, so that one run gives one page of verdicts (`cambium results`). Their nodes have the keys
 * they have alone: what an experiment has computed by itself is not computed again here.
 */
import { graph, words, type Builder } from "#src"
import { alignment } from "./alignment.ts"
import { bang } from "./bang.ts"
import { domains } from "./domains.ts"
import { gossip } from "./gossip.ts"
import { levi } from "./levi.ts"
import { conclude, seeds, type Comparison } from "./parts/experiment.ts"
import { publishedSpeech } from "./published/speech.ts"
import { publishedUpscaling } from "./published/upscaling.ts"
import { published } from "./published/weights.ts"
import { soups } from "./soups.ts"
import { specialists } from "./specialists.ts"
import { stacking } from "./stacking.ts"
import { text } from "./text.ts"

type Wired = (g: Builder, path: string, given: { readonly seeds: number; readonly corpus: string }) => readonly Comparison[]

const titles: Readonly<Record<string, string>> = { "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "npm": "prose of npm packages", "libreoffice-help": "LibreOffice's help" }
const images = ["mnist", "fashion-mnist"] as const
const texts = ["npm", "libreoffice-help"] as const
const on = <C extends string>(corpora: readonly C[], wired: (g: Builder, path: string, given: { readonly seeds: number; readonly corpus: C }) => readonly Comparison[]) => ({ corpora, wired: wired as Wired })

/** Letters of their criteria follow this order. */
const experiments: Readonly<Record<string, { readonly corpora: readonly string[]; readonly wired: Wired }>> = {
  domains: on(images, (g, path, given) => g.use(path, domains, given)),
  specialists: on(images, (g, path, given) => g.use(path, specialists, given)),
  alignment: on(images, (g, path, given) => g.use(path, alignment, given)),
  gossip: on(images, (g, path, given) => g.use(path, gossip, given)),
  soups: on(images, (g, path, given) => g.use(path, soups, given)),
  bang: on(images, (g, path, given) => g.use(path, bang, given)),
  levi: on(images, (g, path, given) => g.use(path, levi, given)),
  text: on(texts, (g, path, given) => g.use(path, text, given)),
  stacking: on(texts, (g, path, given) => g.use(path, stacking, given)),
  "published-weights": on(["published"], (g, path) => g.use(path, published, {})),
  "published-upscaling": on(["published"], (g, path, { seeds: count }) => g.use(path, publishedUpscaling, { seeds: count })),
  "published-speech": on(["published"], (g, path, { seeds: count }) => g.use(path, publishedSpeech, { seeds: count })),
}

const params = {
  seeds,
  experiments: words({ default: Object.keys(experiments), doc: "Which experiments" }),
  corpora: words({ default: [...images, ...texts, "published"], doc: "On which data" }),
}

export default graph("merging-study", { params }, (g, { seeds: count, experiments: wanted, corpora: known }) => {
  const parts = Object.entries(experiments).flatMap(([name, { corpora, wired }]) => corpora.map((corpus) => ({ name, corpus, wired })))
  for (const [i, { name, corpus, wired }] of parts.entries()) {
    if (!wanted.includes(name) || !known.includes(corpus)) continue
    conclude(g, String.fromCharCode(65 + i), titles[corpus] ?? "", wired(g, `${name}/${corpus}`, { seeds: count, corpus }))
  }
})

/** Seconds instead of minutes, for tests. */
export const tiny = {
  "seeds": 1, "corpora": ["mnist", "npm"], "*.train": 400, "*.test": 200, "*.validation": 100, "*.steps": 8, "*.hidden": [12], "*.examples": 64, "*.points": 3,
  "*.clients": 3, "*.rounds": 2, "*.copies": 2, "*.phases": 2, "*.bins": 4, "*.small": [8, 6],
  "*.width": 32, "*.limit": 3000, "*tokenizer.size": 384, "*tokens/held-out.limit": 128, "*.context": 32, "*.heads": 2, "*.batch": 4, "text/*base.blocks": 1, "*.windows": 4,
}
