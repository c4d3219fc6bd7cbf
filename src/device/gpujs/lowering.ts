/** The version of this lowering, for the family: how a program is planned, and how gpu.js is told to run it. SPEC D8. */
import { loweringVersion } from "../lowering-version.ts"

export const lowering = (): string => loweringVersion(new URL("./gpujs-device.ts", import.meta.url), new URL("./library.ts", import.meta.url))
