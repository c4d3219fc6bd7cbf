/** Rules about what is written inside a file, read off its syntax tree. */
import ts from "typescript"
import { lineOf, type Finding, type Source } from "./source.ts"

const isQuiet = (path: string): boolean => /^(src|nodes|graphs)\//.test(path)
const unfinished = /\b(TODO|FIXME|XXX|HACK)\b/
const silenced = /@ts-(ignore|nocheck)/

export const codeRules = ({ path, tree }: Source): readonly Finding[] => {
  const findings: Finding[] = []
  const report = (position: number, message: string): void => void findings.push({ file: path, line: lineOf(tree, position), message })
  for (const { start, text } of commentsOf(tree)) {
    const word = unfinished.exec(text)?.[0]
    if (word !== undefined) report(start, `a comment says ${word}; finish it or write it down where work is planned`)
    if (silenced.test(text)) report(start, "silences the type checker")
  }
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) report(node.getStart(), "any switches the type checker off; use unknown and narrow it")
    if (isDefaultExport(node) && !/(^|\/)graphs\//.test(path) && !isConfiguration(path)) report(node.getStart(), "default exports are for graph files; give it a name")
    if (isQuiet(path) && ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "console") {
      report(node.getStart(), "the library and its nodes are silent; return values, or report progress through the context")
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  for (const statement of isQuiet(path) ? tree.statements : []) {
    if (ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) === 0 && !isAmbient(statement)) {
      report(statement.getStart(), "module-level mutable state; pass it in or keep it in a value that someone owns")
    }
  }
  return findings
}

const isConfiguration = (path: string): boolean => /\.config\.ts$/.test(path)
const isAmbient = (node: ts.VariableStatement): boolean => node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword) ?? false

const isDefaultExport = (node: ts.Node): boolean =>
  ts.isExportAssignment(node) ||
  (ts.isExportSpecifier(node) && node.name.text === "default") ||
  (ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false))

/** Every comment once, wherever it stands. */
const commentsOf = (tree: ts.SourceFile): readonly { readonly start: number; readonly text: string }[] => {
  const found = new Map<number, string>()
  const visit = (node: ts.Node): void => {
    for (const range of [...(ts.getLeadingCommentRanges(tree.text, node.pos) ?? []), ...(ts.getTrailingCommentRanges(tree.text, node.end) ?? [])]) {
      found.set(range.pos, tree.text.slice(range.pos, range.end))
    }
    node.getChildren(tree).forEach(visit)
  }
  visit(tree)
  return [...found].map(([start, text]) => ({ start, text }))
}
