/** Everything that the bytes of a planned tensor are made of. */
import type { Blend, Copy, Source } from "./merge-plan.ts"

export const sourcesOf = (work: Copy | Blend): readonly Source[] =>
  work._tag === "copy" ? [work.from] : [...(work.base === undefined ? [] : [work.base]), ...work.models.flatMap(({ source, companions }) => [source, ...Object.values(companions)])]
