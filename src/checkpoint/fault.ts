/** What is wrong with a checkpoint, as a value: the file, the tensor where it is about one, what was expected and what came. */
import * as E from "fp-ts/lib/Either.js"

export interface CheckpointFault {
  readonly _tag: "CheckpointFault"
  readonly file: string
  readonly tensor?: string
  readonly expected: string
  readonly got: string
}

export type Checked<A> = E.Either<CheckpointFault, A>

/** A fault as a Left. */
export const refuse = (file: string, expected: string, got: string, tensor?: string): E.Either<CheckpointFault, never> =>
  E.left({ _tag: "CheckpointFault", file, expected, got, ...(tensor === undefined ? {} : { tensor }) })

/** A fault as one sentence. */
export const describeFault = ({ file, tensor, expected, got }: CheckpointFault): string =>
  `${file}: ${tensor === undefined ? "" : `tensor ${tensor}: `}expected ${expected}, got ${got}`
