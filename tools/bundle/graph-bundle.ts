/**
 * A graph file as a bundle. It is made again when a source has changed; a file that cannot be bundled, or does not load,
 * is left to whoever can say what is wrong with it. SPEC O1.
 */
import type { ReadWatch } from "../unchanged/read-watch.ts"
import { tellSourceLines } from "./source-lines.ts"
import { textBundle } from "./text-bundle.ts"

/** The module at `path`, bundled; undefined when it has to be loaded in another way. `watch` is told what it is made of, and sees it being loaded. */
export const importBundled = async (path: string, watch: ReadWatch): Promise<unknown> => {
  try {
    const { main, stamps, builtins, isKept } = await textBundle("graph", `export * as graphFile from ${JSON.stringify(path)}`, path)
    tellSourceLines()
    watch.rely(stamps, builtins)
    if (!isKept) watch.giveUp("a source that has only just been written")
    return ((await watch.during((): Promise<unknown> => import(main))) as { readonly graphFile: unknown }).graphFile
  } catch {
    return undefined
  }
}
