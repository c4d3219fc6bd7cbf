/** The experiments on merging, each at its tiny size, from the command line. */
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { runCommand, scratchFolder } from "../../support/command.ts"

const folder = fileURLToPath(new URL("../../../graphs/merging/", import.meta.url))
const scratch = scratchFolder()
afterAll(scratch.remove)

describe("graphs/merging", () => {
  it.each(readdirSync(folder).filter((file) => file.endsWith(".ts")))("%s runs, and compares its methods", async (file) => {
    const ended = await runCommand(["run", `${folder}${file}`, "--tiny", "--json", "--jobs", "1"], scratch.path)
    expect(ended.code, ended.stdout + ended.stderr).toBe(0)
    const compared = ended.lines().filter(({ node, value }) => /^methods/.test(String(node)) && value !== undefined)
    expect(compared.length).toBeGreaterThan(0)
    for (const { value } of compared) expect(Object.values(value as Record<string, number>).length).toBeGreaterThan(1)
  }, 240_000)
})
