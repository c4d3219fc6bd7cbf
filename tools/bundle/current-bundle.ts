/** Whether a kept bundle is what its sources say. Apart from what makes bundles, which takes long to load. */
import { headOf, type BundleHead } from "./bundled-file.ts"
import { areUnchanged } from "./stamp.ts"

/** The head of the bundle at `pointer`, if it is made of the sources as they are; `isCore`: if its core is, and no more than that will be loaded. */
export const currentBundle = (pointer: string, isCore = false): BundleHead | undefined => {
  const head = headOf(pointer)
  return head !== undefined && areUnchanged(isCore ? head.stamps.slice(0, head.core) : head.stamps) ? head : undefined
}
