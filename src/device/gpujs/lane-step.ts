/**
 * By how much an index grows from one lane of a vector to the next. The four lanes are the cells x, x + 1, x + 2 and
 * x + 3 of one row, and x is a multiple of four.
 */

/** A node of the syntax tree (ESTree) of a kernel, as far as index expressions go. */
export interface SyntaxNode {
  readonly type: string
  readonly operator?: string
  readonly left?: SyntaxNode
  readonly right?: SyntaxNode
  readonly property?: SyntaxNode
  readonly computed?: boolean
  readonly name?: string
  readonly value?: unknown
}

interface Lanes {
  /** From lane to lane. */
  readonly step: number
  /** Whether the value in the first lane is a multiple of four. */
  readonly aligned: boolean
}

/** The step of the integer expression `index`, or undefined where it is not the same from lane to lane or not known. */
export const laneStep = (index: SyntaxNode, isVarying: (part: SyntaxNode) => boolean): number | undefined => lanes(index, isVarying)?.step

const integer = (node: SyntaxNode | undefined): number | undefined =>
  node?.type === "Literal" && typeof node.value === "number" && Number.isInteger(node.value) ? node.value : undefined

const isMultiple = (value: number | undefined): boolean => value !== undefined && value % 4 === 0

const lanes = (node: SyntaxNode, isVarying: (part: SyntaxNode) => boolean): Lanes | undefined => {
  const { left, right, operator } = node
  if (!isVarying(node)) {
    const multiple = operator === "*" && (isMultiple(integer(left)) || isMultiple(integer(right)))
    return { step: 0, aligned: multiple || isMultiple(integer(node)) }
  }
  if (node.type === "MemberExpression") return node.computed === false && node.property?.name === "x" ? { step: 1, aligned: true } : undefined
  if (node.type !== "BinaryExpression" || left === undefined || right === undefined) return undefined
  if (operator === "|" && integer(right) === 0) return wholeQuotient(left, isVarying)
  const a = lanes(left, isVarying)
  const b = lanes(right, isVarying)
  if (a === undefined || b === undefined) return undefined
  const [first, second] = [integer(left), integer(right)]
  /** Four lanes from a multiple of four on have the same quotient by a multiple of four, and remainders that grow by one. */
  const together = a.step === 1 && a.aligned
  switch (operator) {
    case "+":
      return { step: a.step + b.step, aligned: a.aligned && b.aligned }
    case "-":
      return { step: a.step - b.step, aligned: a.aligned && b.aligned }
    case "*": {
      const factor = second ?? first
      const by = second === undefined ? b : a
      return factor === undefined ? undefined : { step: by.step * factor, aligned: by.aligned || isMultiple(factor) }
    }
    case ">>":
      return (together || a.step === 0) && second !== undefined && second >= 2 ? { step: 0, aligned: false } : undefined
    case "&":
      return together && second !== undefined && isMultiple(second + 1) && Number.isInteger(Math.log2(second + 1)) ? a : undefined
    default:
      return undefined
  }
}

/** `(a / by) | 0` over lanes that share the quotient. */
const wholeQuotient = ({ operator, left, right }: SyntaxNode, isVarying: (part: SyntaxNode) => boolean): Lanes | undefined => {
  if (operator !== "/" || left === undefined || !isMultiple(integer(right))) return undefined
  const a = lanes(left, isVarying)
  return a?.step === 1 && a.aligned ? { step: 0, aligned: false } : undefined
}
