/** YAML with places: documents of a file as plain values, and where in the text each part of them is. */
import * as E from "fp-ts/lib/Either.js"
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, parseAllDocuments, type Document, type Node } from "yaml"
import type { ConfigIssue, Path } from "./config.ts"
import { showPath } from "./config.ts"

export interface YamlDocument {
  readonly value: unknown
  /** An issue about the part at `path`; where it is not there, about what is nearest to it. `onKey`: about its name. */
  readonly issue: (path: Path, expected: string, got: string, onKey?: boolean) => ConfigIssue
}

/** Aliases may make at most so many nodes of one: a small file shall not become a large value. */
const mostAliases = 100

/** Left: what is no YAML, with line and column. */
export const readYaml = (file: string, text: string): E.Either<readonly ConfigIssue[], readonly YamlDocument[]> => {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const documents = Array.isArray(parsed) ? (parsed as readonly Document[]) : []
  const issues = documents.flatMap(({ errors }) => errors.map(({ pos, message }): ConfigIssue => ({ _tag: "ConfigIssue", file, ...placeOf(lines, pos[0]), at: "", expected: "YAML", got: message })))
  if (issues.length > 0) return E.left(issues)
  const read: YamlDocument[] = []
  for (const document of documents) {
    const issue: YamlDocument["issue"] = (path, expected, got, onKey = false) => ({ _tag: "ConfigIssue", file, ...placeOf(lines, offsetOf(document, path, onKey)), at: showPath(path), expected, got })
    try {
      read.push({ value: document.toJS({ maxAliasCount: mostAliases }) as unknown, issue })
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

/** Where the part at `path` begins, or the nearest part above it. */
const offsetOf = (document: Document, path: Path, onKey: boolean): number => {
  let node: unknown = document.contents
  let offset = rangeOf(node) ?? 0
  for (const [i, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (!isCollection(node)) break
    const pair = isMap(node) ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part)) : undefined
    const next: unknown = pair === undefined ? (node as { get: (key: unknown, keep: boolean) => unknown }).get(part, true) : pair.value
    const key = rangeOf(pair?.key)
    const found = onKey && i === path.length - 1 ? key : (rangeOf(next) ?? key)
    if (found === undefined) break
    offset = found
    node = next
  }
  return offset
}

const rangeOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]
