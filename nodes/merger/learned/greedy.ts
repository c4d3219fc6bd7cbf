/**
 * The greedy soup (Wortsman et al., arXiv 2203.05482, algorithm 1): models from the best to the worst by a held-out score, each taken in
 * if the mean with it scores higher. Of equal models the one listed first comes first.
 */
export const greedy = async (models: number, score: (of: readonly number[]) => Promise<number>, accept: ">" | ">="): Promise<readonly number[]> => {
  const alone: (readonly [score: number, model: number])[] = []
  for (let i = 0; i < models; i++) alone.push([await score([i]), i])
  const order = alone.sort(([a, i], [b, j]) => b - a || i - j)
  const [[best, first] = [0, 0], ...others] = order
  let soup: readonly number[] = [first]
  let now = best
  for (const [, model] of others) {
    const wider = await score([...soup, model])
    if (wider > now || (accept === ">=" && wider === now)) {
      soup = [...soup, model]
      now = wider
    }
  }
  return soup
}
