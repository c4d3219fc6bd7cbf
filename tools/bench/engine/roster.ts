/** All rows, in the order they are measured in. One file each in `rows/`. */
import type { Row } from "./row.ts"
import { abortRow } from "./rows/abort.ts"
import { coldRow } from "./rows/cold.ts"
import { editRow } from "./rows/edit.ts"
import { loopDelayRow } from "./rows/loop-delay.ts"
import { memoryRow } from "./rows/memory.ts"
import { signatureRow } from "./rows/signature.ts"
import { streamsRow } from "./rows/streams.ts"
import { unchangedRow } from "./rows/unchanged.ts"

export const rows: readonly Row[] = [editRow, coldRow, signatureRow, abortRow, loopDelayRow, memoryRow, streamsRow, unchangedRow]
