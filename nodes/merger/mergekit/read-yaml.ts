/** YAML with places: documents of a file as plain values, and where in the text each part of them is. */
import * as E from "fp-ts/lib/Either.js"
import { isCollection, isMap, LineCounter, parseAllDocuments, type Document, type Node } from "yaml"
import { anchorsOf, type Anchors } from "./anchors.ts"
import type { ConfigIssue, Path } from "./config.ts"
import { showPath } from "./config.ts"

export interface YamlDocument {
  readonly value: unknown
  /** An issue about the part at `path`; where it is not there, about what is nearest to it. `onKey`: about its name. */
  readonly issue: (path: Path, expected: string, got: string, onKey?: boolean) => ConfigIssue
  /** Whether the part at `path` has an anchor that is used elsewhere. */
  readonly isHolder: (path: Path) => boolean
}

/** Aliases may make at most so many nodes of one: a small file shall not become a large value. */
const mostAliases = 100

/** Left: what is no YAML, with line and column. */
export const readYaml = (file: string, text: string): E.Either<readonly ConfigIssue[], readonly YamlDocument[]> => {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, uniqueKeys: true, prettyErrors: false })
  const documents = Array.isArray(parsed) ? (parsed as readonly Document[]) : []
  const issues = documents.flatMap(({ errors }) => errors.map(({ pos, message }): ConfigIssue => ({ _tag: "ConfigIssue", file, ...placeOf(lines, pos[0]), at: "", expected: "YAML", got: message })))
  if (issues.length > 0) return E.left(issues)
  const read: YamlDocument[] = []
  for (const document of documents) {
    const anchors = anchorsOf(document, text)
    if (anchors.faults.length > 0) return E.left(anchors.faults.map(({ offset, expected, got }): ConfigIssue => ({ _tag: "ConfigIssue", file, ...placeOf(lines, offset), at: "", expected, got })))
    const issue: YamlDocument["issue"] = (path, expected, got, onKey = false) => ({ _tag: "ConfigIssue", file, ...placeOf(lines, find(document, anchors, path, onKey).offset), at: showPath(path), expected, got })
    try {
      read.push({ value: document.toJS({ maxAliasCount: mostAliases }) as unknown, issue, isHolder: (path) => anchors.isUsed(find(document, anchors, path, false).node) })
    } catch {
      return E.left([issue([], `at most ${mostAliases} uses of anchors`, "more")])
    }
  }
  return E.right(read)
}

const placeOf = (lines: LineCounter, offset: number): { readonly line: number; readonly column: number } => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** The part at `path` and where it begins, or the nearest part above it. */
const find = (document: Document, anchors: Anchors, path: Path, onKey: boolean): { readonly node: unknown; readonly offset: number } => {
  let node: unknown = document.contents
  let offset = rangeOf(node) ?? 0
  for (const [i, part] of path.entries()) {
    node = anchors.behind(node)
    if (!isCollection(node)) break
    const pair = isMap(node) ? anchors.entryOf(node, part) : undefined
    const next: unknown = isMap(node) ? pair?.value : node.get(part, true)
    const key = rangeOf(pair?.key)
    const found = onKey && i === path.length - 1 ? key : (rangeOf(next) ?? key)
    if (found === undefined) break
    offset = found
    node = next
  }
  return { node, offset }
}

const rangeOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]
