/** Multiple-choice questions as text: what comes before the answer, and the answers to choose from. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

export const Question = t.readonly(
  t.type({
    id: t.string,
    /** Subjects count alike in a figure of all. */
    subject: t.string,
    prompt: t.string,
    /** Two or more; each is read right behind the prompt. */
    options: t.readonlyArray(t.string),
    /** An index into `options`. */
    answer: t.number,
  }),
)
export type Question = t.TypeOf<typeof Question>

export const questions = jsonPort("questions", t.readonly(t.type({ title: t.string, questions: t.readonlyArray(Question) })))
export type Questions = PortValue<typeof questions>
