/** The project's own source files as the checks see them: path, text, syntax tree and imports. */
import { readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import ts from "typescript"

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Leaves no trace in the JavaScript: `import type`, or a type written `import("…")`. */
  readonly typeOnly: boolean
  /** Path from the root for our own files, else undefined. */
  readonly target: string | undefined
}

export interface Source {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

const folders = ["src", "nodes", "graphs", "tools", "tests"]
/** Programs of other projects, measured beside ours; they follow their own customs. */
const excluded = ["tools/bench/peers"]
/** The doors of package.json's `imports`. */
const doors: Readonly<Record<string, string>> = { "#src": "src/index.ts", "#nodes": "nodes/index.ts" }

/** Every TypeScript and JavaScript file of the project below `root`. */
export const readSources = (root: string): readonly Source[] =>
  folders.flatMap((folder) => list(root, folder)).map((path) => makeSource(path, readFileSync(join(root, path), "utf8")))

const list = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (excluded.includes(path)) return []
      if (entry.isDirectory()) return list(root, path)
      return /\.(ts|tsx|mjs|js)$/.test(entry.name) ? [path] : []
    })

/** A source from its text; nothing is read from disk. */
export const makeSource = (path: string, text: string): Source => {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  return { path, text, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0), tree, imports: importsOf(path, tree) }
}

export const lineOf = (tree: ts.SourceFile, position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1

const importsOf = (path: string, tree: ts.SourceFile): readonly Import[] => {
  const found: Import[] = []
  const add = (node: ts.Node, typeOnly: boolean): void => {
    if (!ts.isStringLiteral(node)) return
    const specifier = node.text
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : doors[specifier]
    found.push({ specifier, line: lineOf(tree, node.getStart()), typeOnly, target })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false)
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] !== undefined) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}
