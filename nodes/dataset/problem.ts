/** What can be wrong with the files a data set is read from: values, turned into a failure of the node by its kind. */
import { messageOf, NodeFailure } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { readFile } from "node:fs/promises"

export interface DatasetProblem extends About {
  readonly _tag: "DatasetProblem"
  /** The file or folder it is about. */
  readonly file: string
  readonly expected: string
  readonly got: string
}

interface About {
  /** What the user can do about it. */
  readonly remedy?: string
  /** The param that names the file, if one does. */
  readonly param?: string
}

export type Read<A> = E.Either<DatasetProblem, A>

/** A problem as a Left. */
export const problem = (file: string, expected: string, got: string, about: About = {}): E.Either<DatasetProblem, never> =>
  E.left({ _tag: "DatasetProblem", file, expected, got, ...about })

/** The problem in one sentence. */
export const describeProblem = ({ file, expected, got, remedy }: DatasetProblem): string =>
  `${file}: expected ${expected}, got ${got}${remedy === undefined ? "" : `; ${remedy}`}`

/** The value, or a `NodeFailure` that carries the problem's sentence and param. */
export const orFail = <A>(result: Read<A>): A => {
  if (E.isRight(result)) return result.right
  throw new NodeFailure(describeProblem(result.left), result.left.param === undefined ? {} : { param: result.left.param })
}

/** A whole UTF-8 file. Left when it is missing, unreadable or not UTF-8. A byte order mark is dropped. */
export const readText = async (file: string, about: About = {}): Promise<Read<string>> => {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    return problem(file, "a readable text file", reasonOf(error), about)
  }
  try {
    return E.right(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    return problem(file, "UTF-8 text", `${bytes.length} bytes that are not UTF-8`, about)
  }
}

/** A whole JSON file, of whatever shape. Left as for `readText`, and when it is not JSON. */
export const readJson = async (file: string): Promise<Read<unknown>> => {
  const content = await readText(file)
  if (E.isLeft(content)) return content
  try {
    return E.right(JSON.parse(content.right))
  } catch (error) {
    return problem(file, "JSON", reasonOf(error))
  }
}

const reasons: Readonly<Record<string, string>> = { ENOENT: "no such file", EACCES: "no permission to read it", EISDIR: "a folder" }

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code ?? ""
  return reasons[code] ?? messageOf(error)
}
