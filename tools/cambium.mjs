#!/usr/bin/env node
/** The `cambium` command. Reads TypeScript as it is, so there is no build; the rest is in cambium.ts. */
import { register } from "tsx/esm/api"

register()
const [{ cambium }, { ignoreBrokenPipes }] = await Promise.all([import("./cambium.ts"), import("./command/broken-pipe.ts")])
ignoreBrokenPipes()
process.exitCode = await cambium(process.argv.slice(2))
