/** The study in the lines that a run has left. */
import * as E from "fp-ts/lib/Either.js"
import { describeErrors } from "../../src/schema/describe.ts"
import { StudyLine } from "../command/line-schema.ts"

/** Left says what is wrong, by line. The last study counts. */
export const readStudy = (text: string): E.Either<string, StudyLine> => {
  const lines = text.split("\n").map((line, i) => [line, i + 1] as const).filter(([line]) => line.includes('"type":"study"'))
  const [line, number] = lines.at(-1) ?? []
  if (line === undefined) return E.left("no line of it is of a study: expected the results.jsonl of a run whose graph has criteria (metric/verdict)")
  const parsed = E.tryCatch(() => JSON.parse(line) as unknown, String)
  if (E.isLeft(parsed)) return E.left(`line ${number}: ${parsed.left}`)
  const decoded = StudyLine.decode(parsed.right)
  return E.isLeft(decoded) ? E.left(`line ${number}: ${describeErrors(decoded.left)}`) : decoded
}
