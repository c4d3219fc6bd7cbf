/** How one weight is shared among experts: the first gets `weight`, the others what is left in equal parts. */
export const shares = (weight: number, experts: number): readonly number[] =>
  experts === 1 ? [1] : Array.from({ length: experts }, (_, j) => (j === 0 ? weight : (1 - weight) / (experts - 1)))
