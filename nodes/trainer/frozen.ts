/** Proof that frozen weights did not change: the content hash of every one before and after training, side by side. */
import { assert, contentHash, type NdArray, type Table, type Tensors } from "#src"

/** A row a weight. Asserts that no hash changed: a trainer that touches a frozen weight is a bug, and its model must not be kept. */
export const frozenTable = (before: Tensors, after: Tensors): Table => {
  const rows = Object.keys(before)
    .sort()
    .map((name) => {
      const [was, is] = [contentHash(before[name] as NdArray), contentHash(after[name] as NdArray)]
      assert(was === is, `frozen weight ${name} changed from ${was} to ${is}`)
      return [name, was.slice(0, 16), is.slice(0, 16)]
    })
  return { title: "Frozen weights, by content hash", columns: ["weight", "before", "after"], rows }
}
