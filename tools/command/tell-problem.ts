/** User mistakes on standard error: what is wrong, line by line, and the stack trace only when asked for. */
import type { LoadProblem } from "./load-graph-file.ts"

export const tellProblem = ({ messages, stack }: LoadProblem, debug: boolean): void => {
  for (const message of messages) console.error(message)
  if (debug && stack !== undefined) console.error(stack)
}
