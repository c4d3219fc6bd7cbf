/**
 * Question sets as their authors publish them.
 *
 * - `mmlu`: CSV without a header, a row `question,A,B,C,D,letter` (Hendrycks et al., arXiv 2009.03300);
 * - `arc`, `commonsenseqa`: JSON lines of `{ id, question: { stem, choices: [{ label, text }] }, answerKey }` (Clark et al., arXiv 1803.05457;
 *   Talmor et al., arXiv 1811.00937);
 * - `squad`: one JSON of articles, paragraphs and questions (Rajpurkar et al., arXiv 1606.05250, 1806.03822). It asks for a span; to be
 *   scored like the others, the options are the answers to all questions about the same paragraph. Questions without an answer, and
 *   those of paragraphs with one answer in all, are left out.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import type { Question } from "../../port/questions.ts"
import { parseCsv } from "./csv.ts"

export const formats = ["mmlu", "arc", "commonsenseqa", "squad"] as const
export type Format = (typeof formats)[number]

/** Left says what is wrong and where. `name`: of the file, without its ending; the subject where the format has none. */
export const parseQuestions = (format: Format, text: string, name: string): E.Either<string, readonly Question[]> =>
  format === "mmlu" ? mmlu(text, name) : format === "squad" ? squad(text) : choices(text, name)

const asked = (question: string): string => `Question: ${question.trim()}\nAnswer: `

const mmlu = (text: string, name: string): E.Either<string, readonly Question[]> => {
  const rows = parseCsv(text)
  const subject = name.replace(/_(test|dev|val)$/, "")
  const wrong = rows.findIndex((row) => row.length !== 6 || !/^[A-D]$/.test(row[5] ?? ""))
  if (wrong >= 0) return E.left(`row ${wrong + 1}: expected a question, four options and a letter from A to D, got ${rows[wrong]?.length} cells that end in ${JSON.stringify(rows[wrong]?.at(-1) ?? "")}`)
  return E.right(rows.map(([question = "", ...rest], i) => ({ id: `${subject}/${i + 1}`, subject, prompt: asked(question), options: rest.slice(0, 4), answer: "ABCD".indexOf(rest[4] ?? "") })))
}

const ChoiceLine = t.type({
  id: t.string,
  question: t.type({ stem: t.string, choices: t.readonlyArray(t.type({ label: t.string, text: t.string })) }),
  answerKey: t.string,
})

const choices = (text: string, name: string): E.Either<string, readonly Question[]> => {
  const found: Question[] = []
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const value = parsed(line)
    if (!ChoiceLine.is(value)) return E.left(`line ${i + 1}: expected { id, question: { stem, choices: [{ label, text }] }, answerKey }, got ${line.slice(0, 60)}`)
    const { id, question: { stem, choices: given }, answerKey } = value
    const answer = given.findIndex(({ label }) => label === answerKey)
    if (answer < 0 || given.length < 2) return E.left(`line ${i + 1}: the answer ${JSON.stringify(answerKey)} is none of the choices ${given.map(({ label }) => label).join(", ")}`)
    found.push({ id, subject: name, prompt: asked(stem), options: given.map((choice) => choice.text), answer })
  }
  return E.right(found)
}

const Squad = t.type({
  data: t.readonlyArray(
    t.type({
      title: t.string,
      paragraphs: t.readonlyArray(t.type({ context: t.string, qas: t.readonlyArray(t.type({ id: t.string, question: t.string, answers: t.readonlyArray(t.type({ text: t.string })) })) })),
    }),
  ),
})

const squad = (text: string): E.Either<string, readonly Question[]> => {
  const value = parsed(text)
  if (!Squad.is(value)) return E.left("expected { data: [{ title, paragraphs: [{ context, qas: [{ id, question, answers: [{ text }] }] }] }] }")
  return E.right(
    value.data.flatMap(({ title, paragraphs }) =>
      paragraphs.flatMap(({ context, qas }) => {
        const options = [...new Set(qas.flatMap(({ answers }) => answers[0]?.text ?? []))]
        return qas.flatMap(({ id, question, answers }) => {
          const own = answers[0]?.text
          if (own === undefined || options.length < 2) return []
          // Another wording of the right answer is not a wrong one.
          const kept = options.filter((option) => option === own || !answers.some((answer) => answer.text === option))
          return kept.length < 2 ? [] : [{ id, subject: title, prompt: `${context.trim()}\n${asked(question)}`, options: kept, answer: kept.indexOf(own) }]
        })
      }),
    ),
  )
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
