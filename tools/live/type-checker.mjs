/** A process that checks the types of a graph file again and again: apart from the server, because checking keeps a thread busy. */
import { register } from "tsx/esm/api"

register()
const { serveTypeChecks } = await import("./check-types.ts")
serveTypeChecks()
