import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** What takes longest begins first, so that the workers end together: whole graphs, then commands, then the rest. */
const slow = [/\/tests\/graphs\//, /\/tests\/tools\//]
const rank = ({ moduleId }: TestSpecification): number => {
  const at = slow.findIndex((folder) => folder.test(moduleId))
  return at < 0 ? slow.length : at
}

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    pool: "forks",
    // Left out, one core is kept for Vitest itself, which needs next to nothing of it.
    maxWorkers: "100%",
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
  },
})
