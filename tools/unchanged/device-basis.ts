/** What the choice of a device rests on besides files: the processor, and what the store remembers of it. */
import { cpus } from "node:os"
import { hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Notes } from "../../src/store/notes.ts"

/** Under which the store remembers the choice. */
export const choiceNote = "choice"

/** Packages whose versions are part of it. */
export const devicePackages = ["gpu.js", "onnxruntime-node", "webgpu"] as const

export const deviceBasis = (notes: Notes): Json => ({ processor: cpus()[0]?.model ?? "", remembered: hashJson(notes.get("device", choiceNote) ?? null) })
