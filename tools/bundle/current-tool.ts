/** Whether a kept bundle, of the command or of what workers run, is what its sources say. Apart from what makes bundles, which takes long to load. */
import { headOf } from "./bundled-file.ts"
import { areUnchanged } from "./stamp.ts"

/** The id of the bundle at `pointer`, if it is made of the sources as they are. */
export const currentTool = (pointer: string): string | undefined => {
  const head = headOf(pointer)
  return head !== undefined && areUnchanged(head.stamps) ? head.id : undefined
}
