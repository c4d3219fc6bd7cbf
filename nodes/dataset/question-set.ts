/**
 * Multiple-choice questions: made from WordNet's glosses, from quizzes that Debian has (`npx cambium data wordnet`, `npx cambium data quiz`), or read
 * from a file that its authors published.
 */
import * as E from "fp-ts/lib/Either.js"
import { basename, join, resolve } from "node:path"
import { choice, defineKind, integer, NodeFailure, text, type Random } from "#src"
import { questions as questionsPort, type Question } from "../port/questions.ts"
import { orFail, readText } from "./problem.ts"
import { formats, parseQuestions, type Format } from "./question/published.ts"
import { analogyQuestions, quizQuestions, quizTopics } from "./question/quiz.ts"
import { parseEntries, wordnetFiles, wordnetQuestions } from "./question/wordnet.ts"

const quizFile = (topic: string): string => join("quiz", topic)
const analogiesFile = "verbal_analogies.xml"

const read = async (file: string, name: string): Promise<string> => orFail(await readText(file, { param: "folder", remedy: `run npx cambium data ${name}` }))

type Set = "wordnet" | "quiz" | "analogies"

/** Where a set lies unless the folder is given. */
const folderOf = (set: Set, folder: string): string => resolve(folder === "" ? join(".cambium/data", set === "wordnet" ? "wordnet" : "quiz") : folder)

const filesOf = (set: Set): readonly string[] => (set === "wordnet" ? wordnetFiles : set === "quiz" ? Object.keys(quizTopics).map(quizFile) : [analogiesFile])

const make = async (set: Set, folder: string, { items, options }: { readonly items: number; readonly options: number }, random: Random): Promise<readonly Question[]> => {
  const name = set === "wordnet" ? "wordnet" : "quiz"
  const texts = await Promise.all(filesOf(set).map((file) => read(join(folder, file), name)))
  const all = (of: (text: string, i: number) => readonly Question[]): readonly Question[] => texts.flatMap(of)
  if (set === "wordnet") return wordnetQuestions(texts.flatMap((of, i) => parseEntries(of, wordnetFiles[i]?.split(".")[1] ?? "")), items, options, random)
  const found = set === "analogies" ? all(analogyQuestions) : all((of, i) => quizQuestions(of, Object.keys(quizTopics)[i] ?? "", options, random))
  return found.slice(0, items)
}

export const questionSet = defineKind({
  id: "dataset/question-set",
  module: import.meta.url,
  title: "Multiple-choice questions",
  params: {
    set: choice(["wordnet", "quiz", "analogies"], { default: "wordnet", doc: "Glosses of WordNet, topics of bsdgames' quiz, or gbrainy's verbal analogies" }),
    items: integer({ min: 1, max: 1_000_000, default: 2048, doc: "Questions, at most" }),
    options: integer({ min: 2, max: 26, default: 4, doc: "Options a question; analogies have their own" }),
    folder: text({ default: "", doc: "Where cambium data put the set, if not below .cambium/data" }),
  },
  inputs: {},
  outputs: { questions: questionsPort },
  seeded: true,
  files: ({ set, folder }) => filesOf(set).map((file) => join(folderOf(set, folder), file)),
  run: async (_, { set, folder, ...size }, { random }) => {
    const found = await make(set, folderOf(set, folder), size, random)
    if (found.length === 0) throw new NodeFailure(`no question of ${size.options} options can be made of ${set}`, { param: "options" })
    return { questions: { title: { wordnet: "WordNet glosses", quiz: "Quiz", analogies: "Verbal analogies" }[set], questions: found } }
  },
})

export const questionFile = defineKind({
  id: "dataset/question-file",
  module: import.meta.url,
  title: "Published questions",
  params: {
    file: text({ doc: "File as its authors published it" }),
    format: choice(formats, { doc: "MMLU's CSV, the JSON lines of ARC and CommonsenseQA, or SQuAD's JSON" }),
    items: integer({ min: 0, max: 1e9, default: 0, doc: "Questions, from the start; 0 for all" }),
  },
  inputs: {},
  outputs: { questions: questionsPort },
  files: ({ file }) => [resolve(file)],
  run: async (_, { file, format, items }) => {
    const content = orFail(await readText(resolve(file), { param: "file" }))
    const found = parseQuestions(format as Format, content, basename(file).replace(/\.\w+$/, ""))
    if (E.isLeft(found)) throw new NodeFailure(`${file}: ${found.left}`, { param: "file" })
    if (found.right.length === 0) throw new NodeFailure(`${file}: there are no questions in it`, { param: "file" })
    return { questions: { title: { mmlu: "MMLU", arc: "ARC", commonsenseqa: "CommonsenseQA", squad: "SQuAD, options of its paragraph" }[format], questions: items === 0 ? found.right : found.right.slice(0, items) } }
  },
})
