/** Whether a kept bundle is what its sources say. Apart from what makes bundles, which takes long to load. */
import { headOf, type BundleHead } from "./bundled-file.ts"
import { areUnchanged } from "./stamp.ts"

/** The head of the bundle at `pointer`, if it is made of the sources as they are. */
export const currentBundle = (pointer: string): BundleHead | undefined => {
  const head = headOf(pointer)
  return head !== undefined && areUnchanged(head.stamps) ? head : undefined
}

/** Its id: of the command. */
export const currentTool = (pointer: string): string | undefined => currentBundle(pointer)?.id
