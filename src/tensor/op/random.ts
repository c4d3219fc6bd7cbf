/** Random bits from a counter. */

export interface RandomOps {
  // random
  /**
   * Philox4x32-10 (Salmon et al., SC 2011): (key i32 [..., 4], counter i32 [...]) -> i32 [..., 4] in [0, 2^24), the batch extents of both
   * broadcast: the upper 24 bits of the four words of block (counter, stream, 0, 0) under the key. A key is 64 bits in four
   * words of 16, the lowest first, and a counter is not negative, so that every number is exact in an f32.
   */
  readonly random_bits: { readonly stream: number }
}
