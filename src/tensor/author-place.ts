/**
 * Where in the author's code a trace went wrong: the innermost line of the stack that is neither this library's nor a package's. Read
 * off the stack only when an error is made.
 */

const library = new URL("../", import.meta.url)
const project = new URL("../../", import.meta.url)

/** More frames than `Error.stackTraceLimit` holds: functions of `nn` call each other. */
const frames = 100

/** `nodes/model/forward.ts:12` below the project, a whole path elsewhere; nothing when all of the stack is ours. `above` is not in it. */
export const authorPlace = (above: ((...args: never[]) => unknown) | (new (...args: never[]) => unknown)): string | undefined => {
  const limit = Error.stackTraceLimit
  const holder: { stack?: string } = {}
  Error.stackTraceLimit = frames
  Error.captureStackTrace(holder, above)
  Error.stackTraceLimit = limit
  for (const line of (holder.stack ?? "").split("\n")) {
    const [, file, at] = /(?:\(|at )((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(line) ?? []
    if (file === undefined || at === undefined) continue
    const url = file.startsWith("file:") ? file : new URL(`file:///${file.replaceAll("\\", "/").replace(/^\//, "")}`).href
    if (url.startsWith(library.href) || url.includes("/node_modules/")) continue
    const path = url.startsWith(project.href) ? url.slice(project.href.length) : url.replace("file://", "")
    return `${decodeURIComponent(path.replace(/\?.*$/, ""))}:${at}`
  }
  return undefined
}
