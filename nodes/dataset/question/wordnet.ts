/**
 * Questions made from WordNet 3.0 (Miller, 1995; the database's own format, wndb(5)): which word does a gloss explain? The wrong options are words
 * of other entries of the same lexicographer file (animals beside animals), of one word each.
 */
import type { Random } from "#src"
import type { Question } from "../../port/questions.ts"

export const wordnetFiles = ["data.noun", "data.verb", "data.adj", "data.adv"] as const

export interface Entry {
  /** `noun/05`: part of speech and lexicographer file. */
  readonly group: string
  readonly words: readonly string[]
  readonly gloss: string
}

/** The entries of one file of the database. Words are written as people do; glosses come without their examples. */
export const parseEntries = (text: string, part: string): readonly Entry[] =>
  text.split("\n").flatMap((line) => {
    if (!/^\d{8} /.test(line)) return []
    const [head = "", gloss = ""] = line.split(" | ")
    const [, file = "", , count = "0", ...rest] = head.split(" ")
    const words = Array.from({ length: parseInt(count, 16) }, (_, i) => (rest[2 * i] ?? "").replace(/\(\w+\)$/, "").replaceAll("_", " "))
    const explained = (gloss.split('; "')[0] ?? "").trim()
    return explained === "" ? [] : [{ group: `${part}/${file}`, words, gloss: explained }]
  })

/** `n` questions of `options` options, drawn at random, each entry at most once. */
export const wordnetQuestions = (entries: readonly Entry[], n: number, options: number, random: Random): readonly Question[] => {
  const groups = new Map<string, Entry[]>()
  // A gloss that has the word in it gives it away.
  const fit = entries.filter(({ words, gloss }) => /^\p{L}+$/u.test(words[0] ?? "") && !words.some((word) => gloss.toLowerCase().includes(word.toLowerCase())))
  for (const entry of fit) {
    const own = groups.get(entry.group) ?? []
    own.push(entry)
    groups.set(entry.group, own)
  }
  const found: Question[] = []
  const drawn = new Set<number>()
  for (let at = 0; found.length < n && at < 50 * n; at++) {
    const stream = random.fork(String(at))
    const place = stream.below(0, fit.length)
    const entry = fit[place]
    const others = groups.get(entry?.group ?? "") ?? []
    if (entry === undefined || drawn.has(place)) continue
    drawn.add(place)
    const right = entry.words[0] as string
    const wrong = new Set<string>()
    for (let k = 1; wrong.size < options - 1 && k < 20 * options; k++) {
      const word = others[stream.below(k, others.length)]?.words[0] ?? ""
      if (!entry.words.includes(word)) wrong.add(word)
    }
    if (wrong.size < options - 1) continue
    const answer = stream.below(0x10000, options)
    const all = [...wrong]
    found.push({ id: `${entry.group}/${right}`, subject: entry.group.split("/")[0] as string, prompt: `${entry.gloss}: `, options: [...all.slice(0, answer), right, ...all.slice(answer)], answer })
  }
  return found
}
