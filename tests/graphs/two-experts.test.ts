import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { runCommand, scratchFolder } from "../support/command.ts"

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const scratch = scratchFolder()
afterAll(scratch.remove)

describe("the example of the README", () => {
  it("runs", async () => {
    const ended = await runCommand(["run", path("graphs/two-experts.ts"), "--tiny", "--json"], scratch.path)
    expect(ended.code, ended.stdout + ended.stderr).toBe(0)
    expect(ended.lines().find(({ node }) => node === "bits")?.value).toMatchObject({ mix: expect.any(Number) as number })
  })

  it("stands in the README as it is in the file", () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(readFileSync(path("README.md"), "utf8")) ?? []
    expect(readFileSync(path("graphs/two-experts.ts"), "utf8")).toContain((shown ?? "no example").trim())
  })
})
