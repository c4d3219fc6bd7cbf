/** The version of this lowering, for the family: how a program is encoded, and how onnxruntime is told to run it. SPEC D8. */
import { loweringVersion } from "../lowering-version.ts"

export const lowering = (): string => loweringVersion(new URL("./encode.ts", import.meta.url), new URL("./session-options.ts", import.meta.url))
